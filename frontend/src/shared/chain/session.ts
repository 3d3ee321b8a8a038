import { loadDeployment, type Deployment } from '../api/deployment';
import type { Failure } from '../api/failure';
import { loadProductDocument, type ProductDocument } from '../api/productDocument';
import { checkChain, readProductCount, readProducts, readToken, readTreasury } from './contracts';
import { checkDocument, type Check } from './documentCheck';
import { LedgerFollower, asFailure } from './follower';
import type { Head, LedgerState, Product, Token, TreasuryTotals } from './model';
import { connect, type ChainClient } from './reader';

/** Pause between two looks at the chain, milliseconds. */
const POLL_PAUSE = 1_500;

/** A product with the document published for it, and whether the two agree. */
export interface PublishedProduct extends Product {
  document: ProductDocument | null;
  checks: Check[];
}

export interface ReadyLedger {
  status: 'ready';
  client: ChainClient;
  deployment: Deployment;
  products: PublishedProduct[];
  token: Token;
  head: Head;
  state: LedgerState; // another object after every change; what it refers to is changed in place
  treasury: TreasuryTotals;
  interrupted: Failure | null; // why the last look failed; what is shown is from before
}

/** What is known before the first look. */
type Start = Pick<ReadyLedger, 'client' | 'deployment' | 'products' | 'token'>;

export type Ledger =
  | { status: 'loading'; readTo: bigint | null; head: bigint | null }
  | { status: 'failed'; failure: Failure }
  | ReadyLedger;

async function publish(client: ChainClient, deployment: Deployment): Promise<PublishedProduct[]> {
  const products = await readProducts(client, deployment.contracts.factory);
  return Promise.all(
    products.map(async (product) => {
      const document = await loadProductDocument(product.termsHash);
      const checks = document ? checkDocument(document, product.terms, product.termsHash) : [];
      return { ...product, document, checks };
    }),
  );
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, POLL_PAUSE);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Reads the ledger and keeps following it; tells its listener after every change. */
export class LedgerSession {
  private readonly abort = new AbortController();
  private deployment: Deployment | null = null;

  constructor(private readonly listener: (ledger: Ledger) => void) {}

  /** Runs until `stop`. A failure before the first full read is shown and tried again. */
  async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.follow();
      } catch (error) {
        const { failure } = asFailure(error, this.deployment?.rpcUrl ?? '');
        this.tell({ status: 'failed', failure });
        await pause(this.abort.signal);
      }
    }
  }

  stop(): void {
    this.abort.abort();
  }

  private get stopped(): boolean {
    return this.abort.signal.aborted;
  }

  private tell(ledger: Ledger): void {
    if (!this.stopped) this.listener(ledger);
  }

  /** One run over the chain; returns when the directory of products has grown, to start anew with all of them. */
  private async follow(): Promise<void> {
    const deployment = (this.deployment = await loadDeployment());
    const client = connect(deployment.rpcUrl);
    await checkChain(client, deployment);
    const [products, token] = await Promise.all([
      publish(client, deployment),
      readToken(client, deployment.contracts.token),
    ]);
    const contracts = [...products.map(({ address }) => address), deployment.contracts.treasury];
    const follower = new LedgerFollower(client, contracts, deployment.blockNumber, (readTo, head) => {
      if (!ready) this.tell({ status: 'loading', readTo, head: head.number });
    });
    let ready: ReadyLedger | null = null;
    while (!this.stopped) {
      ready = await this.look(follower, ready ?? { client, deployment, products, token });
      this.tell(ready);
      if (!ready.interrupted && (await hasNewProducts(ready))) return;
      await pause(this.abort.signal);
    }
  }

  private async look(follower: LedgerFollower, last: ReadyLedger | Start): Promise<ReadyLedger> {
    const { client, deployment } = last;
    const before = 'state' in last ? last : null;
    try {
      const { head, changed } = await follower.step();
      const treasury = await readTreasury(client, deployment.contracts.treasury, head);
      const state = before && !changed ? before.state : { ...follower.state };
      return { ...last, status: 'ready', head, state, treasury, interrupted: null };
    } catch (error) {
      if (!before) throw error;
      const { failure } = asFailure(error, deployment.rpcUrl);
      return { ...before, state: { ...follower.state }, interrupted: failure };
    }
  }
}

async function hasNewProducts({ client, deployment, products }: ReadyLedger): Promise<boolean> {
  try {
    return (await readProductCount(client, deployment.contracts.factory)) !== BigInt(products.length);
  } catch {
    return false; // the next look tells
  }
}
