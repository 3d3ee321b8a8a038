/** What the backend said is wrong, in the language it was asked in. */
export interface Problem {
  code: string;
  detail: string;
  retryAfterSeconds: number | null; // how long a caller who guessed has to wait
}

/** Reads an answer of `application/problem+json`; null when it is none, as when a proxy answers instead. */
export function readProblem(body: unknown): Problem | null {
  if (typeof body !== 'object' || body === null) return null;
  const fields = body as Record<string, unknown>;
  const { code, detail } = fields;
  const wait = fields['retry_after_seconds'];
  if (typeof code !== 'string' || typeof detail !== 'string') return null;
  return { code, detail, retryAfterSeconds: typeof wait === 'number' ? wait : null };
}
