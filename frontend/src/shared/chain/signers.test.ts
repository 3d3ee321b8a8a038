import { privateKeyToAccount } from 'viem/accounts';
import { numberToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { EVENT_ID, PRODUCT, at } from '../testing/chain';
import type { EventReportRecord } from './model';
import { eventReportDigest, proveQuorum } from './signers';
import { EVENT_REPORT_TYPES, productDomain } from './typedData';

const CHAIN = 31_337n;
const nodes = [1, 2, 3, 4].map((key) => privateKeyToAccount(numberToHex(key, { size: 32 })));
const stranger = privateKeyToAccount(numberToHex(99, { size: 32 }));
const set = { epoch: 1, threshold: 3, signers: nodes.map(({ address }) => address) };
const report: EventReportRecord['report'] = {
  chainId: CHAIN,
  product: PRODUCT,
  signerEpoch: 1,
  observedAt: 1_378_990_000,
  validUntil: 1_378_993_600,
  sourceHash: numberToHex(5, { size: 32 }),
  measurements: [{ eventId: EVENT_ID, outcome: 1, value: -8 }],
};

async function signedBy(signers: typeof nodes): Promise<EventReportRecord> {
  const typed = { types: EVENT_REPORT_TYPES, primaryType: 'EventReport', message: report } as const;
  const domain = productDomain(CHAIN, PRODUCT);
  const signatures = await Promise.all(signers.map((signer) => signer.signTypedData({ ...typed, domain })));
  const record = { report, signatures, product: PRODUCT, at: at(5n), digest: numberToHex(0, { size: 32 }) };
  return { ...record, digest: eventReportDigest(CHAIN, record) };
}

function prove(record: EventReportRecord, digest = record.digest) {
  return proveQuorum(digest, record, set, 3);
}

describe('proveQuorum', () => {
  it('three of the set: reached, each with its place', async () => {
    const proof = await prove(await signedBy(nodes.slice(1)));

    expect(proof).toMatchObject({ reached: true, digestAgrees: true, threshold: 3, setSize: 4 });
    expect(proof.signers.map(({ place }) => place)).toEqual([2, 3, 4]);
  });

  it.each([
    ['two of the set', nodes.slice(0, 2)],
    ['the same node three times', [nodes[0]!, nodes[0]!, nodes[0]!]],
    ['a stranger among four', [nodes[0]!, nodes[1]!, nodes[2]!, stranger]],
  ])('%s: not reached', async (_name, signers) => {
    expect(await prove(await signedBy(signers))).toMatchObject({ reached: false });
  });

  it('a digest that is not the report’s: not reached, and said so', async () => {
    const record = await signedBy(nodes);
    const proof = await prove({ ...record, digest: numberToHex(7, { size: 32 }) }, record.digest);

    expect(proof).toMatchObject({ reached: false, digestAgrees: false });
  });

  it('bytes that are no signature recover to nobody', async () => {
    const record = await signedBy(nodes);
    const proof = await prove({ ...record, signatures: ['0x1234', ...record.signatures] });

    expect(proof.signers[0]).toEqual({ address: null, place: null });
    expect(proof.reached).toBe(false);
  });
});
