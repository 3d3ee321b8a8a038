import { useMemo } from 'react';
import { useLedger } from '../../shared/chain/LedgerProvider';
import { policyState } from '../../shared/chain/model';
import { ratioBps } from '../../shared/format/money';
import { useWords } from '../../shared/ui/useWords';

/** The ledger in five figures, added up from its events. */
export function Figures() {
  const { t, amount, count, share } = useWords();
  const { state } = useLedger();
  const open = useMemo(() => state.policies.filter((policy) => policyState(policy) === 'open').length, [state]);
  const { totals } = state;
  const lossRatio = ratioBps(totals.indemnities, totals.settledPremiums);
  const figures = [
    [t.figurePolicies, count(state.policies.length), t.figureOpen(count(open))],
    [t.figurePremiums, amount(totals.premiums), null],
    [t.figurePaid, amount(totals.paid), t.figurePayments(count(state.payments.length))],
    [t.figureHeld, amount(totals.held), t.figureHeldHint],
    [t.figureLossRatio, lossRatio === null ? t.none : share(lossRatio), t.figureLossRatioHint],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([name, figure, hint]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span className="figure">{figure.replace('\u00a0', ' ')}</span>
            {hint ? <span className="muted hint">{hint}</span> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
