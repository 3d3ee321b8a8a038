import type { Address, Hash, Hex } from 'viem';
import type { ArgsOf, Position } from './ledgerEvents';
import type { Terms } from './typedData';

/** Numbers as in `Outcome` of contracts/types/ParametricTypes.sol. */
export const OUTCOMES = ['open', 'measured', 'cancelled', 'diverted', 'not-reported'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type RiskReport = ArgsOf<'RisksReported'>['report'];
export type EventReport = ArgsOf<'EventsReported'>['report'];
export type Quote = ArgsOf<'PolicyBound'>['quote'];

export interface ReportRecord<Report> {
  digest: Hash;
  report: Report;
  signatures: readonly Hex[];
  product: Address;
  at: Position;
}
export type RiskReportRecord = ReportRecord<RiskReport>;
export type EventReportRecord = ReportRecord<EventReport>;

/** An insured event and how it ended. */
export interface InsuredEvent {
  key: string; // product and event id
  id: bigint;
  product: Address;
  occursAt: bigint;
  outcome: Outcome;
  value: number;
  shareBps: bigint;
  closedAt: Position | null;
  report: EventReportRecord | null;
  settled: number; // policies settled so far, from ordinal 0
  policies: Policy[];
}

/** What became of an amount that was owed. */
export type Fate = 'paid' | 'held' | 'released';

/** An amount above zero that a settlement gave to a policy. */
export interface Payment {
  key: string; // block and log index
  policy: Policy;
  amount: bigint;
  payee: Address;
  at: Position;
  fate: Fate;
  release: { at: Position; to: Address } | null;
}

export interface Policy {
  key: string; // product and policy id
  id: Hex;
  product: Address;
  event: InsuredEvent;
  ordinal: number;
  holder: Address;
  quote: Quote;
  underwriterSignature: Hex;
  acceptance: Hex;
  bound: Position;
  riskReport: RiskReportRecord | null;
  settledAt: Position | null;
  payment: Payment | null;
  searchText: string;
}

/** Where a policy stands, told from the events alone. */
export type PolicyState = 'open' | 'unsettled' | 'nothing-owed' | 'paid' | 'held' | 'released';

export function policyState(policy: Policy): PolicyState {
  if (policy.payment) return policy.payment.fate;
  if (policy.settledAt) return 'nothing-owed';
  return policy.event.outcome === 'open' ? 'open' : 'unsettled';
}

/** Running sums over the ledger, in token units. */
export interface Totals {
  premiums: bigint;
  exposure: bigint;
  paid: bigint;
  held: bigint;
  settledPolicies: number;
  settledPremiums: bigint; // of policies settled on a known outcome
  indemnities: bigint; // paid or held on a known outcome; premiums returned are not among them
}

export interface LedgerState {
  policies: Policy[]; // in the order they were bound
  policyByKey: Map<string, Policy>;
  events: Map<string, InsuredEvent>;
  riskReports: RiskReportRecord[];
  eventReports: EventReportRecord[];
  payments: Payment[]; // in the order they were settled
  heldByPayee: Map<Address, Payment[]>;
  totals: Totals;
}

export interface Product {
  address: Address;
  terms: Terms;
  termsHash: Hash;
}

export interface Token {
  address: Address;
  symbol: string;
  decimals: number;
}

export interface TreasuryTotals {
  assets: bigint;
  exposure: bigint;
  heldPayouts: bigint;
  freeCapital: bigint;
  requiredRatioBps: bigint;
}

export interface Head {
  number: bigint;
  hash: Hash;
  time: bigint; // unix seconds
}
