import { describe, expect, it } from 'vitest';
import { parseProductDocument, type ProductDocument } from '../api/productDocument';
import vector from '../testing/flight-delay.json';
import { agrees, canonicalJson, checkDocument, clauseLeaf, clauseRoot, documentHash, termsHash } from './documentCheck';
import type { Terms } from './typedData';

type Raw = Record<string, unknown>;

/** What the chain holds, from the document Python wrote. */
const { terms } = vector;
const onChain: Terms = {
  treasury: terms.treasury as Terms['treasury'],
  quorum: terms.quorum as Terms['quorum'],
  clauseRoot: terms.clause_root as Terms['clauseRoot'],
  documentHash: terms.document_hash as Terms['documentHash'],
  minSumInsured: BigInt(terms.min_sum_insured),
  maxSumInsured: BigInt(terms.max_sum_insured),
  maxEventExposure: BigInt(terms.max_event_exposure),
  minPremium: BigInt(terms.min_premium),
  loadingBps: terms.loading_bps,
  minSignatures: terms.min_signatures,
  cancelledShareBps: terms.cancelled_share_bps,
  divertedShareBps: terms.diverted_share_bps,
  minLeadSeconds: terms.min_lead_seconds,
  maxLeadSeconds: terms.max_lead_seconds,
  reportWindowSeconds: terms.report_window_seconds,
  periodStart: terms.period_start,
  periodEnd: terms.period_end,
  thresholds: terms.thresholds,
  sharesBps: terms.shares_bps,
};

function published(change: (raw: Raw) => void = () => undefined): ProductDocument {
  const raw = structuredClone(vector) as Raw;
  change(raw);
  const document = parseProductDocument(raw);
  if (!document) throw new Error('the vector is no document');
  return document;
}

function differing(document: ProductDocument): string[] {
  return checkDocument(document, onChain, vector.terms_hash as `0x${string}`)
    .filter((check) => !agrees(check))
    .map(({ subject }) => subject);
}

describe('checkDocument', () => {
  it('the document as Python wrote it agrees in every part', () => {
    expect(differing(published())).toEqual([]);
  });

  it('every hash equals Python’s', () => {
    const document = published();

    expect(document.clauses.map(clauseLeaf)).toEqual(vector.clauses.map(({ leaf }) => leaf));
    expect(clauseRoot(document.clauses)).toBe(vector.clause_root);
    expect(documentHash(document.raw)).toBe(vector.document_hash);
    expect(termsHash(onChain)).toBe(vector.terms_hash);
  });

  it.each([
    [
      'a clause in English',
      (raw: Raw) => ((raw['clauses'] as { text: Raw }[])[2]!.text['en'] = 'We pay nothing.'),
      ['clauses', 'document'],
    ],
    [
      'a clause in Chinese',
      (raw: Raw) => ((raw['clauses'] as { text: Raw }[])[2]!.text['zh'] = '不赔。'),
      ['clauses', 'document'],
    ],
    ['a clause taken away', (raw: Raw) => (raw['clauses'] as unknown[]).pop(), ['clauses', 'document']],
    [
      'clauses in another order',
      (raw: Raw) => (raw['clauses'] as unknown[]).unshift(...(raw['clauses'] as unknown[]).splice(2, 1)),
      ['clauses', 'document'],
    ],
    ['the kind of a clause', (raw: Raw) => ((raw['clauses'] as Raw[])[0]!['kind'] = 'exclusion'), ['document']],
    ['the title', (raw: Raw) => ((raw['title'] as Raw)['en'] = 'Anything insurance'), ['document']],
    [
      'a parameter',
      (raw: Raw) => ((raw['parameters'] as Raw)['cancelled_share_bps'] = 9_000),
      ['document', 'parameters'],
    ],
    [
      'a parameter of another type',
      (raw: Raw) => ((raw['parameters'] as Raw)['min_premium'] = 1.5),
      ['document', 'parameters'],
    ],
    ['the terms', (raw: Raw) => ((raw['terms'] as Raw)['loading_bps'] = 1), ['terms']],
    ['a malformed term', (raw: Raw) => ((raw['terms'] as Raw)['treasury'] = 'nobody'), ['terms']],
    ['terms taken away', (raw: Raw) => delete raw['terms'], ['terms']],
    ['a key added', (raw: Raw) => (raw['discount'] = 'none'), ['document']],
  ])('%s changed: says what differs', (_name, change, parts) => {
    expect(differing(published((raw) => void change(raw)))).toEqual(parts);
  });
});

describe('canonicalJson', () => {
  it('sorts keys, leaves out spaces and keeps text as it is', () => {
    expect(canonicalJson({ b: [1, { d: 'é"\n', c: null }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":null,"d":"é\\"\\n"}]}',
    );
  });

  it.each([0.5, 2 ** 53, Number.NaN])('refuses %s, which it could not write exactly', (number) => {
    expect(() => canonicalJson({ number })).toThrow(RangeError);
  });
});
