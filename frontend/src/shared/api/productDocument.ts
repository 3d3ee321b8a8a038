import type { Hex } from 'viem';
import { apiClient } from './client';

export const CLAUSE_KINDS = ['cover', 'exclusion', 'procedure', 'definition'] as const;
export type ClauseKind = (typeof CLAUSE_KINDS)[number];

export interface Bilingual {
  en: string;
  zh: string;
}

export interface Clause {
  id: string;
  kind: ClauseKind;
  text: Bilingual;
  says: string[]; // parameters whose values the clause states
}

/** A product's document as published, and the parts of it the page shows. Nothing in it is believed unchecked. */
export interface ProductDocument {
  productId: string;
  version: string;
  title: Bilingual;
  unit: string;
  clauses: Clause[];
  raw: Readonly<Record<string, unknown>>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asBilingual(value: unknown): Bilingual | null {
  if (!isRecord(value)) return null;
  const { en, zh } = value;
  return typeof en === 'string' && typeof zh === 'string' ? { en, zh } : null;
}

function asClause(value: unknown): Clause | null {
  if (!isRecord(value)) return null;
  const text = asBilingual(value['text']);
  const kind = CLAUSE_KINDS.find((known) => known === value['kind']);
  const says = Array.isArray(value['says']) ? value['says'].filter((name) => typeof name === 'string') : [];
  return typeof value['id'] === 'string' && text && kind ? { id: value['id'], kind, text, says } : null;
}

/** Reads a document; null when it does not have the shape of one. */
export function parseProductDocument(value: unknown): ProductDocument | null {
  if (!isRecord(value) || !Array.isArray(value['clauses'])) return null;
  const title = asBilingual(value['title']);
  const clauses = value['clauses'].map(asClause);
  if (!title || clauses.some((clause) => clause === null)) return null;
  return {
    productId: String(value['product_id']),
    version: String(value['version']),
    title,
    unit: String(value['unit']),
    clauses: clauses.filter((clause) => clause !== null),
    raw: value,
  };
}

/** Fetches the document published for a terms hash; null when there is none or it cannot be read. */
export async function loadProductDocument(
  termsHash: Hex,
  fetcher: typeof fetch = fetch,
): Promise<ProductDocument | null> {
  try {
    const path = { name: `${termsHash}.json` };
    const answer = await apiClient(fetcher).GET('/documents/{name}', { params: { path } });
    return answer.response.ok ? parseProductDocument(answer.data) : null;
  } catch {
    return null;
  }
}
