import type { Address, Hex, TypedDataDomain } from 'viem';

/** EIP-712 types, as `contracts/libraries/TypedReports.sol` writes them. */
export const ASSESSMENT = [
  { name: 'applicationId', type: 'uint256' },
  { name: 'eventId', type: 'uint256' },
  { name: 'occursAt', type: 'uint40' },
  { name: 'expectedSharePpb', type: 'uint32' },
  { name: 'sumInsuredCap', type: 'uint96' },
  { name: 'commitment', type: 'bytes32' },
] as const;

export const RISK_REPORT_TYPES = {
  RiskReport: [
    { name: 'chainId', type: 'uint256' },
    { name: 'product', type: 'address' },
    { name: 'signerEpoch', type: 'uint32' },
    { name: 'observedAt', type: 'uint40' },
    { name: 'validUntil', type: 'uint40' },
    { name: 'modelHash', type: 'bytes32' },
    { name: 'assessments', type: 'Assessment[]' },
  ],
  Assessment: ASSESSMENT,
} as const;

export const EVENT_REPORT_TYPES = {
  EventReport: [
    { name: 'chainId', type: 'uint256' },
    { name: 'product', type: 'address' },
    { name: 'signerEpoch', type: 'uint32' },
    { name: 'observedAt', type: 'uint40' },
    { name: 'validUntil', type: 'uint40' },
    { name: 'sourceHash', type: 'bytes32' },
    { name: 'measurements', type: 'Measurement[]' },
  ],
  Measurement: [
    { name: 'eventId', type: 'uint256' },
    { name: 'outcome', type: 'uint8' },
    { name: 'value', type: 'int32' },
  ],
} as const;

const OFFER = [
  { name: 'applicationId', type: 'uint256' },
  { name: 'holder', type: 'address' },
  { name: 'underwriter', type: 'address' },
  { name: 'insuredEvent', type: 'string' },
  { name: 'occursAt', type: 'uint40' },
  { name: 'sumInsured', type: 'uint96' },
  { name: 'premium', type: 'uint96' },
  { name: 'validUntil', type: 'uint40' },
] as const;

export const QUOTE_TYPES = { Quote: OFFER } as const;
export const ACCEPTANCE_TYPES = { Acceptance: OFFER } as const;

export const TERMS_TYPES = {
  ParametricTerms: [
    { name: 'treasury', type: 'address' },
    { name: 'quorum', type: 'address' },
    { name: 'clauseRoot', type: 'bytes32' },
    { name: 'documentHash', type: 'bytes32' },
    { name: 'minSumInsured', type: 'uint96' },
    { name: 'maxSumInsured', type: 'uint96' },
    { name: 'maxEventExposure', type: 'uint96' },
    { name: 'minPremium', type: 'uint96' },
    { name: 'loadingBps', type: 'uint16' },
    { name: 'minSignatures', type: 'uint8' },
    { name: 'cancelledShareBps', type: 'uint16' },
    { name: 'divertedShareBps', type: 'uint16' },
    { name: 'minLeadSeconds', type: 'uint32' },
    { name: 'maxLeadSeconds', type: 'uint32' },
    { name: 'reportWindowSeconds', type: 'uint32' },
    { name: 'periodStart', type: 'uint40' },
    { name: 'periodEnd', type: 'uint40' },
    { name: 'thresholds', type: 'int32[]' },
    { name: 'sharesBps', type: 'uint16[]' },
  ],
} as const;

/** A product's EIP-712 domain. */
export function productDomain(chainId: bigint, product: Address): TypedDataDomain {
  return { name: 'Quittance', version: '1', chainId, verifyingContract: product };
}

/** A product's terms as its contract returns them. */
export interface Terms {
  treasury: Address;
  quorum: Address;
  clauseRoot: Hex;
  documentHash: Hex;
  minSumInsured: bigint;
  maxSumInsured: bigint;
  maxEventExposure: bigint;
  minPremium: bigint;
  loadingBps: number;
  minSignatures: number;
  cancelledShareBps: number;
  divertedShareBps: number;
  minLeadSeconds: number;
  maxLeadSeconds: number;
  reportWindowSeconds: number;
  periodStart: number;
  periodEnd: number;
  thresholds: readonly number[];
  sharesBps: readonly number[];
}
