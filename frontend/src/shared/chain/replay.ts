import { numberToHex, type Address } from 'viem';
import type { ArgsOf, LedgerEvent, Position } from './ledgerEvents';
import { unreachable } from '../format/unreachable';
import { OUTCOMES, type InsuredEvent, type LedgerState, type Outcome, type Payment, type Policy } from './model';

const ORDINAL_BITS = 32n;

export function emptyState(): LedgerState {
  return {
    policies: [],
    policyByKey: new Map(),
    events: new Map(),
    riskReports: [],
    eventReports: [],
    payments: [],
    heldByPayee: new Map(),
    totals: {
      premiums: 0n,
      exposure: 0n,
      paid: 0n,
      held: 0n,
      settledPolicies: 0,
      settledPremiums: 0n,
      indemnities: 0n,
    },
  };
}

export function policyKey(product: Address, policyId: bigint): string {
  return `${product}:${numberToHex(policyId, { size: 32 })}`;
}

function eventKey(product: Address, eventId: bigint): string {
  return `${product}:${eventId}`;
}

function outcomeOf(index: number): Outcome {
  const outcome = OUTCOMES[index];
  if (!outcome) throw new RangeError(`unknown outcome ${index}`);
  return outcome;
}

/** `flight/UA/1545/…` is found as "UA 1545", "ua1545" and "EWR"; ids and addresses by any part of them. */
function searchText(insuredEvent: string, id: string, holder: string): string {
  const [, carrier = '', number = '', origin = '', dest = ''] = insuredEvent.split('/');
  return `${carrier}${number} ${carrier} ${number} ${origin} ${dest} ${insuredEvent} ${id} ${holder}`.toLowerCase();
}

function newEvent(product: Address, id: bigint, occursAt: bigint): InsuredEvent {
  return {
    key: eventKey(product, id),
    id,
    product,
    occursAt,
    outcome: 'open',
    value: 0,
    shareBps: 0n,
    closedAt: null,
    report: null,
    settled: 0,
    policies: [],
  };
}

function bindPolicy(state: LedgerState, product: Address, args: ArgsOf<'PolicyBound'>, at: Position): void {
  const eventId = args.policyId >> ORDINAL_BITS;
  const event = state.events.get(eventKey(product, eventId)) ?? newEvent(product, eventId, BigInt(args.quote.occursAt));
  const lastReport = state.riskReports.at(-1);
  const id = numberToHex(args.policyId, { size: 32 });
  const policy: Policy = {
    key: policyKey(product, args.policyId),
    id,
    product,
    event,
    ordinal: event.policies.length,
    holder: args.holder,
    quote: args.quote,
    underwriterSignature: args.underwriterSignature,
    acceptance: args.acceptance,
    bound: at,
    riskReport: lastReport?.at.transactionHash === at.transactionHash ? lastReport : null,
    settledAt: null,
    payment: null,
    searchText: searchText(args.quote.insuredEvent, id, args.holder),
  };
  state.events.set(event.key, event);
  event.policies.push(policy);
  state.policies.push(policy);
  state.policyByKey.set(policy.key, policy);
  state.totals.premiums += args.quote.premium;
  state.totals.exposure += args.quote.sumInsured;
}

function closeEvent(state: LedgerState, product: Address, args: ArgsOf<'EventClosed'>, at: Position): void {
  const event = state.events.get(eventKey(product, args.eventId));
  if (!event) return;
  const lastReport = state.eventReports.at(-1);
  event.outcome = outcomeOf(args.outcome);
  event.value = args.value;
  event.shareBps = BigInt(args.shareBps);
  event.closedAt = at;
  event.report =
    event.outcome !== 'not-reported' && lastReport?.at.transactionHash === at.transactionHash ? lastReport : null;
}

function recordPayment(state: LedgerState, product: Address, args: ArgsOf<'PolicySettled'>, at: Position): void {
  const policy = state.policyByKey.get(policyKey(product, args.policyId));
  if (!policy || args.amount === 0n) return;
  const key = `${at.blockNumber}-${at.logIndex}`;
  const payment: Payment = {
    key,
    policy,
    amount: args.amount,
    payee: args.payee,
    at,
    fate: 'paid',
    release: null,
  };
  policy.payment = payment;
  state.payments.push(payment);
  state.totals.paid += args.amount;
  if (policy.event.outcome !== 'not-reported') state.totals.indemnities += args.amount;
}

function settlePolicies(state: LedgerState, product: Address, args: ArgsOf<'PoliciesSettled'>, at: Position): void {
  const event = state.events.get(eventKey(product, args.eventId));
  if (!event) return;
  const settled = event.policies.slice(Number(args.from), Number(args.to));
  for (const policy of settled) {
    policy.settledAt = at;
    if (event.outcome !== 'not-reported') state.totals.settledPremiums += policy.quote.premium;
  }
  event.settled = Number(args.to);
  state.totals.settledPolicies += settled.length;
  state.totals.exposure -= args.exposure;
}

function holdPayment(state: LedgerState, args: ArgsOf<'PayoutHeld'>): void {
  const payment = state.policyByKey.get(policyKey(args.product, args.policyId))?.payment;
  if (!payment) return;
  payment.fate = 'held';
  state.totals.paid -= args.amount;
  state.totals.held += args.amount;
  state.heldByPayee.set(args.payee, [...(state.heldByPayee.get(args.payee) ?? []), payment]);
}

function releaseHeld(state: LedgerState, args: ArgsOf<'HeldPayoutPaid'>, at: Position): void {
  for (const payment of state.heldByPayee.get(args.payee) ?? []) {
    payment.fate = 'released';
    payment.release = { at, to: args.to };
  }
  state.heldByPayee.delete(args.payee);
  state.totals.held -= args.amount;
  state.totals.paid += args.amount;
}

/** Takes one event into the state. Events come in the order of the chain. */
export function applyEvent(state: LedgerState, event: LedgerEvent): void {
  const { emitter, at } = event;
  switch (event.name) {
    case 'RisksReported':
      state.riskReports.push({ ...event.args, product: emitter, at });
      break;
    case 'PolicyBound':
      bindPolicy(state, emitter, event.args, at);
      break;
    case 'EventsReported':
      state.eventReports.push({ ...event.args, product: emitter, at });
      break;
    case 'EventClosed':
      closeEvent(state, emitter, event.args, at);
      break;
    case 'PolicySettled':
      recordPayment(state, emitter, event.args, at);
      break;
    case 'PoliciesSettled':
      settlePolicies(state, emitter, event.args, at);
      break;
    case 'PayoutHeld':
      holdPayment(state, event.args);
      break;
    case 'HeldPayoutPaid':
      releaseHeld(state, event.args, at);
      break;
    default:
      unreachable(event);
  }
}
