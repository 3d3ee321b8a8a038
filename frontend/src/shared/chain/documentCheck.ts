import { concat, encodeAbiParameters, hashStruct, keccak256, stringToBytes, type Hex } from 'viem';
import type { Clause, ProductDocument } from '../api/productDocument';
import { TERMS_TYPES, type Terms } from './typedData';

/** One comparison between what is published and what the chain holds. `computed` null: it could not be computed. */
export interface Check {
  subject: 'clauses' | 'document' | 'parameters' | 'terms';
  computed: Hex | null;
  onChain: Hex;
}

export function agrees(check: Check): boolean {
  return check.computed?.toLowerCase() === check.onChain.toLowerCase();
}

/** Keys of a document that are derived from the rest of it, so are not part of what is hashed. */
const DERIVED_KEYS = new Set(['clause_root', 'document_hash', 'terms_hash', 'terms']);

/**
 * Canonical JSON: sorted keys, no spaces, text as it is.
 * @throws RangeError for a number that JSON cannot carry exactly, because its hash would mean nothing.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not an exact integer: ${value}`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Record<string, unknown>;
  const members = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  return `{${members.join(',')}}`;
}

/** Terms that are no parameters: they are set by the deployment or are hashes themselves. */
const BOUND_BY_HASH: ReadonlySet<string> = new Set(['treasury', 'quorum', 'clauseRoot', 'documentHash']);

function textHash(text: string): Hex {
  return keccak256(stringToBytes(text));
}

/** Leaf of a clause in the clause tree: hashed twice, so that no inner node can pass for a leaf. */
export function clauseLeaf(clause: Clause): Hex {
  const words = [textHash(clause.id), textHash(clause.text.en), textHash(clause.text.zh)] as const;
  return keccak256(
    keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }], words)),
  );
}

/** Merkle root with sorted pairs (OpenZeppelin `MerkleProof`); an odd node is carried up. Null without clauses. */
export function clauseRoot(clauses: readonly Clause[]): Hex | null {
  let level = clauses.map(clauseLeaf);
  while (level.length > 1) {
    const above: Hex[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = level.slice(i, i + 2);
      if (left && right) above.push(keccak256(concat(left < right ? [left, right] : [right, left])));
      else if (left) above.push(left);
    }
    level = above;
  }
  return level[0] ?? null;
}

function withoutLeaf(clause: unknown): unknown {
  if (typeof clause !== 'object' || clause === null) return clause;
  return Object.fromEntries(Object.entries(clause).filter(([key]) => key !== 'leaf'));
}

/** Hash of the canonical document. Null when the document cannot be written canonically. */
export function documentHash(raw: Readonly<Record<string, unknown>>): Hex | null {
  const kept = Object.fromEntries(Object.entries(raw).filter(([key]) => !DERIVED_KEYS.has(key)));
  const clauses = kept['clauses'];
  try {
    return textHash(canonicalJson({ ...kept, clauses: Array.isArray(clauses) ? clauses.map(withoutLeaf) : clauses }));
  } catch {
    return null;
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Terms hash of the terms a document claims. Null when they do not have the fields of terms. */
export function claimedTermsHash(raw: Readonly<Record<string, unknown>>): Hex | null {
  const claimed = raw['terms'];
  if (typeof claimed !== 'object' || claimed === null) return null;
  const byName = claimed as Record<string, unknown>;
  const message = Object.fromEntries(
    TERMS_TYPES.ParametricTerms.map(({ name }) => [name, byName[snakeCase(name)]]),
  ) as unknown as Terms;
  try {
    return termsHash(message);
  } catch {
    return null;
  }
}

/** EIP-712 struct hash of terms, as `TypedReports.termsHash`. */
export function termsHash(terms: Terms): Hex {
  return hashStruct({ types: TERMS_TYPES, primaryType: 'ParametricTerms', data: { ...terms } });
}

/** Hashes of the parameters a document states, and of the same ones as the chain holds them. */
function parameterHashes(raw: Readonly<Record<string, unknown>>, terms: Terms): { stated: Hex | null; held: Hex } {
  const parameters: Record<string, unknown> = { ...(raw['parameters'] ?? {}) };
  const held = TERMS_TYPES.ParametricTerms.filter(({ name }) => !BOUND_BY_HASH.has(name)).map(({ name }) => {
    const value = terms[name];
    return [snakeCase(name), typeof value === 'bigint' ? Number(value) : value] as const;
  });
  let stated: Hex | null = null;
  try {
    stated = textHash(canonicalJson(parameters));
  } catch {
    stated = null;
  }
  return { stated, held: textHash(canonicalJson(Object.fromEntries(held))) };
}

/** Compares a published document with what the product's contract holds. */
export function checkDocument(document: ProductDocument, terms: Terms, onChainTermsHash: Hex): Check[] {
  const { stated, held } = parameterHashes(document.raw, terms);
  return [
    { subject: 'clauses', computed: clauseRoot(document.clauses), onChain: terms.clauseRoot },
    { subject: 'document', computed: documentHash(document.raw), onChain: terms.documentHash },
    { subject: 'parameters', computed: stated, onChain: held },
    { subject: 'terms', computed: claimedTermsHash(document.raw), onChain: onChainTermsHash },
  ];
}
