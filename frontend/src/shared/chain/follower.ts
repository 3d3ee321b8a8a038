import type { Address } from 'viem';
import { LedgerFailure } from '../api/failure';
import type { LedgerEvent } from './ledgerEvents';
import type { Head, LedgerState } from './model';
import { readBlock, readChunks, readHead, type ChainClient } from './reader';
import { applyEvent, emptyState } from './replay';

/** Heads remembered to find the last block that is still part of the chain after a reorganisation. */
const MAX_MARKS = 256;

type Mark = Pick<Head, 'number' | 'hash'>;

/** What one look at the chain changed. */
export interface Step {
  head: Head;
  changed: boolean;
  reorganised: boolean;
}

/**
 * Follows the chain: reads what is new, and when the chain was reorganised goes back to the last head that is still
 * on it, forgets what came after, and reads again from there.
 */
export class LedgerFollower {
  state: LedgerState = emptyState();
  private events: LedgerEvent[] = [];
  private marks: Mark[] = [];

  constructor(
    private readonly client: ChainClient,
    private readonly contracts: Address[],
    private readonly startBlock: bigint,
    private readonly onProgress: (readTo: bigint, head: Head) => void = () => undefined,
  ) {}

  /** Looks once. @throws whatever the client throws; what was read until then is kept and true. */
  async step(): Promise<Step> {
    const head = await readHead(this.client);
    const reorganised = await this.rewind(head);
    const from = this.readTo() + 1n;
    let changed = reorganised;
    for await (const chunk of readChunks(this.client, this.contracts, from, head)) {
      changed = this.take(chunk.events) || changed;
      this.mark(chunk.end);
      this.onProgress(chunk.end.number, head);
    }
    return { head, changed, reorganised };
  }

  private readTo(): bigint {
    return this.marks.at(-1)?.number ?? this.startBlock - 1n;
  }

  private take(events: readonly LedgerEvent[]): boolean {
    for (const event of events) {
      applyEvent(this.state, event);
      this.events.push(event);
    }
    return events.length > 0;
  }

  private mark(mark: Mark): void {
    this.marks.push({ number: mark.number, hash: mark.hash });
    if (this.marks.length > MAX_MARKS) this.marks.splice(1, 1); // the first stays, to fall back on
  }

  /** Goes back to the last mark that is still on the chain. True if anything had to be forgotten. */
  private async rewind(head: Head): Promise<boolean> {
    let rewound = false;
    for (let mark = this.marks.at(-1); mark && !(await this.isOnChain(mark, head)); mark = this.marks.at(-1)) {
      this.marks.pop();
      rewound = true;
    }
    if (rewound) this.forgetAfter(this.readTo());
    return rewound;
  }

  private async isOnChain(mark: Mark, head: Head): Promise<boolean> {
    if (mark.number > head.number) return false;
    if (mark.number === head.number) return mark.hash === head.hash;
    return (await readBlock(this.client, mark.number)).hash === mark.hash;
  }

  private forgetAfter(blockNumber: bigint): void {
    const kept = this.events.filter((event) => event.at.blockNumber <= blockNumber);
    this.state = emptyState();
    this.events = [];
    this.take(kept);
  }
}

/** Turns an error of the transport into a failure a person can read. */
export function asFailure(error: unknown, url: string): LedgerFailure {
  if (error instanceof LedgerFailure) return error;
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new LedgerFailure({ kind: 'rpc-unreachable', url, reason });
}
