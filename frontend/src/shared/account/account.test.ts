import { describe, expect, it } from 'vitest';
import { Account, type Outcome } from './account';

const CURRENT = {
  session: { session_id: 's1', method: 'password', current: true, created_at: 1, last_seen_at: 2, expires_at: 3 },
  person_id: 'p1',
  tenant_id: 't1',
  roles: ['policyholder'],
  second_factors: ['totp'],
  address: null,
  csrf_token: 'mark-2',
};
const CREDENTIALS = { tenant: 'acme', email: 'name@example.org', password: 'a long sentence of mine' };

interface Asked {
  method: string;
  path: string;
  mark: string | null;
  language: string | null;
  body: unknown;
}

function problem(status: number, code: string, more: object = {}): Response {
  return Response.json({ code, detail: `about ${code}`, status, ...more }, { status });
}

/** An account before a backend that gives these answers in turn, and what it was asked. */
function accountBefore(answers: Response[], left: Record<string, string> = {}) {
  const kept = new Map(Object.entries(left));
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const asked: Asked[] = [];
  const fetcher = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request;
    const text = await request.text();
    asked.push({
      method: request.method,
      path: new URL(request.url).pathname,
      mark: request.headers.get('X-CSRF-Token'),
      language: request.headers.get('Accept-Language'),
      body: text ? (JSON.parse(text) as unknown) : null,
    });
    const answer = answers.shift();
    if (!answer) throw new TypeError('fetch failed');
    return answer;
  };
  return { account: new Account(storage, fetcher), asked, kept };
}

function opened(pending: boolean): Response {
  return Response.json({ pending, csrf_token: 'mark-1', session_id: 's1', token: null }, { status: 201 });
}

describe('signIn', () => {
  it('without a second factor: the session is a cookie, and nothing secret is kept', async () => {
    const { account, asked, kept } = accountBefore([opened(false), Response.json(CURRENT)]);

    expect(await account.signIn(CREDENTIALS, 'zh')).toMatchObject({ done: true });

    expect(asked[0]).toMatchObject({
      path: '/v1/sessions',
      language: 'zh',
      body: { ...CREDENTIALS, carrier: 'cookie' },
    });
    expect(account.now()).toEqual({ status: 'in', current: CURRENT });
    expect([...kept.values()]).toEqual(['1']);
  });

  it('with a second factor: waits for it, and sends the mark of the pending session with it', async () => {
    const { account, asked, kept } = accountBefore([opened(true), opened(false), Response.json(CURRENT)]);

    await account.signIn(CREDENTIALS, 'en');
    expect(account.now()).toEqual({ status: 'pending', csrfToken: 'mark-1' });
    expect(kept.size).toBe(0);

    await account.stepUp('recovery_code', 'abcd-efgh', 'en');
    expect(asked[1]).toMatchObject({ mark: 'mark-1', body: { method: 'recovery_code', code: 'abcd-efgh' } });
    expect(account.now().status).toBe('in');
  });

  it('refused for a while: says for how long', async () => {
    const { account } = accountBefore([problem(429, 'too_many_attempts', { retry_after_seconds: 40 })]);

    const outcome: Outcome = await account.signIn(CREDENTIALS, 'en');

    const expected = { code: 'too_many_attempts', detail: 'about too_many_attempts', retryAfterSeconds: 40 };
    expect(outcome).toEqual({ done: false, problem: expected });
    expect(account.now()).toEqual({ status: 'out' });
  });

  it('no backend, or something that is no problem document: unreachable', async () => {
    const { account } = accountBefore([Response.json('bad gateway', { status: 502 })]);

    expect(await account.signIn(CREDENTIALS, 'en')).toEqual({ done: false, problem: 'unreachable' });
    expect(await account.signIn(CREDENTIALS, 'en')).toEqual({ done: false, problem: 'unreachable' });
  });
});

describe('resume', () => {
  it('a visitor is not asked about', async () => {
    const { account, asked } = accountBefore([]);

    await account.resume();

    expect(asked).toEqual([]);
    expect(account.now()).toEqual({ status: 'out' });
  });

  it('a session left open is taken up, one that is over is forgotten', async () => {
    const left = { 'quittance.signed-in': '1' };
    const open = accountBefore([Response.json(CURRENT)], left);
    const over = accountBefore([problem(401, 'session_expired')], left);

    await Promise.all([open.account.resume(), over.account.resume()]);

    expect(open.account.now().status).toBe('in');
    expect(over.account.now()).toEqual({ status: 'out' });
    expect(over.kept.size).toBe(0);
  });
});

describe('leaving', () => {
  const left = { 'quittance.signed-in': '1' };

  it.each(['signOut', 'signOutEverywhere'] as const)('%s sends the mark and forgets', async (way) => {
    const done = way === 'signOut' ? new Response(null, { status: 204 }) : Response.json({ ended: 2 });
    const { account, asked, kept } = accountBefore([Response.json(CURRENT), done], left);
    await account.resume();

    expect(await account[way]('en')).toMatchObject({ done: true });

    expect(asked[1]).toMatchObject({ method: 'DELETE', mark: 'mark-2' });
    expect(account.now()).toEqual({ status: 'out' });
    expect(kept.size).toBe(0);
  });

  it('signOut without an answer: still signed in', async () => {
    const { account } = accountBefore([Response.json(CURRENT)], left);
    await account.resume();

    expect(await account.signOut('en')).toEqual({ done: false, problem: 'unreachable' });
    expect(account.now().status).toBe('in');
  });

  it('sessions of somebody shut out meanwhile: signed out here too', async () => {
    const { account } = accountBefore([Response.json(CURRENT), problem(401, 'unauthenticated')], left);
    await account.resume();

    expect(await account.sessions()).toBeNull();
    expect(account.now()).toEqual({ status: 'out' });
  });
});
