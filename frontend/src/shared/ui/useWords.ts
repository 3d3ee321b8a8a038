import type { Address } from 'viem';
import { useLedger } from '../chain/LedgerProvider';
import type { Payment, PolicyState } from '../chain/model';
import type { PublishedProduct } from '../chain/session';
import { parseFlight } from '../format/flight';
import { formatAmount, formatCount, formatPpb, formatShare } from '../format/money';
import { formatSpan } from '../format/time';
import { unreachable } from '../format/unreachable';
import type { Strings } from '../i18n/en';
import { useLanguage } from '../i18n/Language';

export function stateName(t: Strings, state: PolicyState): string {
  switch (state) {
    case 'open':
      return t.stateOpen;
    case 'unsettled':
      return t.stateUnsettled;
    case 'nothing-owed':
      return t.stateNothingOwed;
    case 'paid':
      return t.statePaid;
    case 'held':
      return t.stateHeld;
    case 'released':
      return t.stateReleased;
    default:
      return unreachable(state);
  }
}

/** A measured value with its unit. */
export function valueWithUnit(t: Strings, locale: string, value: number, unit: string): string {
  const formatted = formatCount(value, locale);
  return unit === 'minutes' ? t.minutes(value, formatted) : t.otherUnit(formatted, unit);
}

/** Why a payment was owed, in a few words. */
function reasonOf(t: Strings, payment: Payment, share: string, value: string): string {
  const { outcome } = payment.policy.event;
  switch (outcome) {
    case 'measured':
      return t.becauseMeasured(value, share);
    case 'cancelled':
      return t.becauseCancelled(share);
    case 'diverted':
      return t.becauseDiverted(share);
    case 'not-reported':
      return t.becauseNotReported;
    case 'open':
      return t.outcomeOpen;
    default:
      return unreachable(outcome);
  }
}

/** Everything a component needs to say something in the reader's language and the ledger's token. */
export function useWords() {
  const { strings: t, locale, code } = useLanguage();
  const { token, products } = useLedger();
  const productOf = (address: Address): PublishedProduct | undefined =>
    products.find((product) => product.address === address);
  const share = (bps: bigint) => formatShare(bps, locale);
  const value = (measured: number, product: Address) =>
    valueWithUnit(t, locale, measured, productOf(product)?.document?.unit ?? 'minutes');
  return {
    t,
    code,
    locale,
    productOf,
    share,
    value,
    amount: (units: bigint) => `${formatAmount(units, token.decimals, locale)}\u00a0${token.symbol}`,
    count: (count: number | bigint) => formatCount(count, locale),
    ppb: (ppb: bigint) => formatPpb(ppb, locale),
    span: (seconds: number) => formatSpan(seconds, locale),
    flight: (insuredEvent: string) => {
      const flight = parseFlight(insuredEvent);
      return flight ? `${flight.carrier}\u00a0${flight.number}` : insuredEvent;
    },
    reason: (payment: Payment) => {
      const { event } = payment.policy;
      return reasonOf(t, payment, share(event.shareBps), value(event.value, event.product));
    },
  };
}
