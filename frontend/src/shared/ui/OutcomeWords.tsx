import type { InsuredEvent } from '../chain/model';
import { unreachable } from '../format/unreachable';
import { useWords } from './useWords';

/** How an insured event ended, in words: never by colour alone. */
export function OutcomeWords({ event }: { event: InsuredEvent }) {
  const { t, value } = useWords();
  const { outcome } = event;
  switch (outcome) {
    case 'open':
      return <span className="muted">{t.outcomeOpen}</span>;
    case 'measured':
      if (event.value === 0) return <span>{t.outcomeOnTime}</span>;
      return event.value < 0 ? (
        <span>{t.outcomeEarly(value(-event.value, event.product))}</span>
      ) : (
        <span>{t.outcomeMeasured(value(event.value, event.product))}</span>
      );
    case 'cancelled':
      return <span>{t.outcomeCancelled}</span>;
    case 'diverted':
      return <span>{t.outcomeDiverted}</span>;
    case 'not-reported':
      return <span>{t.outcomeNotReported}</span>;
    default:
      return unreachable(outcome);
  }
}
