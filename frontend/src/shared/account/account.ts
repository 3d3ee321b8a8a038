import type { components } from '../../generated/api';
import { apiClient, type Api } from '../api/client';
import { readProblem, type Problem } from '../api/problem';

export type CurrentSession = components['schemas']['CurrentSessionView'];
export type SessionView = components['schemas']['SessionView'];
export type FactorMethod = 'totp' | 'recovery_code';

/** Whether somebody is signed in. `pending`: the password was right, the second factor is still to be shown. */
export type SignedIn =
  | { status: 'out' }
  | { status: 'asking' }
  | { status: 'unknown' } // the backend could not be asked
  | { status: 'pending'; csrfToken: string }
  | { status: 'in'; current: CurrentSession };

/** What came of a step; `unreachable` when no backend answered. */
export type Outcome = { done: true } | { done: false; problem: Problem | 'unreachable' };

export interface Credentials {
  tenant: string;
  email: string;
  password: string;
}

const HINT = 'quittance.signed-in'; // holds no secret: it only spares a visitor the question who he is
const OVER = new Set(['unauthenticated', 'session_expired']);
const DONE: Outcome = { done: true };

type Answer<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

/** The reader's session at the backend. The session itself is in a cookie that no script can read. */
export class Account {
  private state: SignedIn;
  private readonly listeners = new Set<() => void>();
  private readonly api: Api;

  constructor(
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
    fetcher?: typeof fetch,
  ) {
    this.api = apiClient(fetcher);
    this.state = storage.getItem(HINT) ? { status: 'asking' } : { status: 'out' };
  }

  readonly now = (): SignedIn => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks who is signed in, where a session was left open before. */
  async resume(): Promise<void> {
    if (this.state.status === 'asking') await this.readCurrent('');
  }

  async signIn(credentials: Credentials, language: string): Promise<Outcome> {
    const body = { ...credentials, carrier: 'cookie' as const };
    const answer = this.api.POST('/v1/sessions', { body, headers: { 'Accept-Language': language } });
    return this.opened(await outcome(answer), language);
  }

  /** Sets a password by an invitation or a reset; whoever has the link may, signed in or not. */
  async setPassword(token: string, password: string, language: string): Promise<Outcome> {
    const headers = { 'Accept-Language': language };
    return outcome(this.api.POST('/v1/passwords/by-token', { body: { token, password }, headers }));
  }

  /** Shows the second factor. */
  async stepUp(method: FactorMethod, code: string, language: string): Promise<Outcome> {
    const answer = this.api.POST('/v1/sessions/current/step-up', {
      body: { method, code },
      headers: this.marked(language),
    });
    return this.opened(await outcome(answer), language);
  }

  async signOut(language: string): Promise<Outcome> {
    return this.leave(await outcome(this.api.DELETE('/v1/sessions/current', { headers: this.marked(language) })));
  }

  /** Ends every session of the reader, this one too. */
  async signOutEverywhere(language: string): Promise<Outcome> {
    return this.leave(await outcome(this.api.DELETE('/v1/sessions', { headers: this.marked(language) })));
  }

  /** Ends one session elsewhere. */
  async endSession(sessionId: string, language: string): Promise<Outcome> {
    const params = { path: { session_id: sessionId } };
    const ended = await outcome(
      this.api.DELETE('/v1/sessions/{session_id}', { params, headers: this.marked(language) }),
    );
    return this.told(ended);
  }

  /** Where the reader is signed in; null when that cannot be known now. */
  async sessions(): Promise<SessionView[] | null> {
    const answer = await outcome(this.api.GET('/v1/sessions'));
    this.told(answer);
    return answer.done ? (answer.data?.sessions ?? []) : null;
  }

  private marked(language: string): Record<string, string> {
    const { state } = this;
    const mark = state.status === 'in' ? state.current.csrf_token : state.status === 'pending' ? state.csrfToken : '';
    return { 'Accept-Language': language, 'X-CSRF-Token': mark };
  }

  private async opened(answer: Known<components['schemas']['OpenedView']>, language: string): Promise<Outcome> {
    if (!answer.done) return this.told(answer);
    if (answer.data?.pending) {
      this.become({ status: 'pending', csrfToken: answer.data.csrf_token });
      return DONE;
    }
    this.storage.setItem(HINT, '1');
    return this.readCurrent(language);
  }

  private async readCurrent(language: string): Promise<Outcome> {
    const headers = language ? { 'Accept-Language': language } : {};
    const answer = await outcome(this.api.GET('/v1/sessions/current', { headers }));
    if (answer.done && answer.data) this.become({ status: 'in', current: answer.data });
    else if (!answer.done && answer.problem !== 'unreachable') this.forget();
    else this.become({ status: 'unknown' });
    return answer;
  }

  private leave(answer: Known<unknown>): Outcome {
    if (answer.done) this.forget();
    return this.told(answer);
  }

  /** A session that is over elsewhere is over here. */
  private told(answer: Outcome): Outcome {
    if (!answer.done && answer.problem !== 'unreachable' && OVER.has(answer.problem.code)) this.forget();
    return answer;
  }

  private forget(): void {
    this.storage.removeItem(HINT);
    this.become({ status: 'out' });
  }

  private become(state: SignedIn): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

type Known<Data> = { done: true; data?: Data | undefined } | Extract<Outcome, { done: false }>;

async function outcome<Data>(asked: Answer<Data>): Promise<Known<Data>> {
  try {
    const { data, error, response } = await asked;
    if (response.ok) return { done: true, data };
    return { done: false, problem: readProblem(error) ?? 'unreachable' };
  } catch {
    return { done: false, problem: 'unreachable' };
  }
}
