import { keccak256, numberToHex, type Address, type Hash } from 'viem';
import type { LedgerEvent, Position } from '../chain/ledgerEvents';
import type { Terms } from '../chain/typedData';

/** Places and terms that several tests start from. */
export const PRODUCT: Address = '0x1000000000000000000000000000000000000001';
export const TREASURY: Address = '0x2000000000000000000000000000000000000002';
export const HOLDER: Address = '0x3000000000000000000000000000000000000003';
export const OTHER: Address = '0x4000000000000000000000000000000000000004';

export const TERMS: Terms = {
  treasury: TREASURY,
  quorum: OTHER,
  clauseRoot: numberToHex(1, { size: 32 }),
  documentHash: numberToHex(2, { size: 32 }),
  minSumInsured: 100_000_000n,
  maxSumInsured: 1_000_000_000n,
  maxEventExposure: 2_000_000_000_000n,
  minPremium: 1_000_000n,
  loadingBps: 2_500,
  minSignatures: 3,
  cancelledShareBps: 5_000,
  divertedShareBps: 2_500,
  minLeadSeconds: 3_600,
  maxLeadSeconds: 259_200,
  reportWindowSeconds: 2_592_000,
  periodStart: 1_356_998_400,
  periodEnd: 1_388_552_400,
  thresholds: [60, 120, 180],
  sharesBps: [2_000, 5_000, 10_000],
};

export function blockHash(blockNumber: bigint, fork = 0n): Hash {
  return keccak256(numberToHex((fork << 64n) | blockNumber, { size: 32 }));
}

export function at(blockNumber: bigint, logIndex = 0): Position {
  return {
    blockNumber,
    blockHash: blockHash(blockNumber),
    blockTime: 1_378_900_000n + blockNumber * 12n,
    transactionHash: keccak256(numberToHex(blockNumber)),
    logIndex,
  };
}

export const EVENT_ID = 77n;
export const FLIGHT = 'flight/UA/1545/EWR/IAH/2013-09-12T10:15Z';

/** `PolicyBound` of policy number `ordinal` on the flight. */
export function bound(ordinal: number, blockNumber: bigint, sumInsured = 200_000_001n, holder = HOLDER): LedgerEvent {
  return {
    name: 'PolicyBound',
    emitter: PRODUCT,
    at: at(blockNumber, ordinal + 1),
    args: {
      policyId: (EVENT_ID << 32n) | BigInt(ordinal),
      holder,
      applicationId: BigInt(900 + ordinal),
      quote: {
        applicationId: BigInt(900 + ordinal),
        holder,
        underwriter: OTHER,
        insuredEvent: FLIGHT,
        occursAt: 1_378_980_900,
        sumInsured,
        premium: 5_000_000n,
        validUntil: 1_378_970_000,
      },
      underwriterSignature: '0x',
      acceptance: '0x',
    },
  };
}

/** `EventClosed`, then the settlement of the first `amounts.length` policies. */
export function closed(outcome: number, value: number, shareBps: number, blockNumber: bigint): LedgerEvent {
  return {
    name: 'EventClosed',
    emitter: PRODUCT,
    at: at(blockNumber, 1),
    args: { eventId: EVENT_ID, outcome, value, shareBps },
  };
}

export function settled(ordinal: number, amount: bigint, blockNumber: bigint): LedgerEvent {
  return {
    name: 'PolicySettled',
    emitter: PRODUCT,
    at: at(blockNumber, 10 + ordinal),
    args: { policyId: (EVENT_ID << 32n) | BigInt(ordinal), payee: HOLDER, amount },
  };
}

export function batchSettled(to: bigint, exposure: bigint, paid: bigint, blockNumber: bigint): LedgerEvent {
  return {
    name: 'PoliciesSettled',
    emitter: PRODUCT,
    at: at(blockNumber, 50),
    args: { eventId: EVENT_ID, from: 0n, to, exposure, paid },
  };
}
