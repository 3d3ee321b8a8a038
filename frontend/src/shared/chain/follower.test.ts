import { describe, expect, it } from 'vitest';
import { encodeAbiParameters, encodeEventTopics, type Hex } from 'viem';
import { parametricProductAbi } from '../../generated/parametricProduct';
import { EVENT_ID, PRODUCT, blockHash } from '../testing/chain';
import { LedgerFollower } from './follower';
import { connect, type ChainClient } from './reader';

interface Call {
  method: string;
  params: [{ fromBlock: Hex; toBlock: Hex }];
}

/** A chain in memory that answers JSON-RPC as a node would; every block holds one `SalesSuspended`-free ledger log. */
class FakeChain {
  height = 0n;
  mostBlocksPerQuery = 10_000n;
  queries: bigint[] = [];
  private readonly forks = new Map<bigint, bigint>();

  mineTo(height: bigint): void {
    this.height = height;
  }

  /** Replaces the last `depth` blocks by others, and leaves `height` blocks. */
  reorganise(depth: bigint, height: bigint, fork: bigint): void {
    for (let n = this.height - depth + 1n; n <= height; n++) this.forks.set(n, fork);
    this.height = height;
  }

  hashOf(n: bigint): Hex {
    return blockHash(n, this.forks.get(n) ?? 0n);
  }

  answer({ method, params }: Call): unknown {
    if (method === 'eth_getBlockByNumber') return this.block(params[0] as unknown as string);
    if (method === 'eth_getLogs') return this.logs(BigInt(params[0].fromBlock), BigInt(params[0].toBlock));
    throw new Error(`unexpected ${method}`);
  }

  private block(tag: string) {
    const number = tag === 'latest' ? this.height : BigInt(tag);
    return number > this.height
      ? null
      : { number: `0x${number.toString(16)}`, hash: this.hashOf(number), timestamp: '0x1', transactions: [] };
  }

  private logs(from: bigint, to: bigint) {
    if (to - from + 1n > this.mostBlocksPerQuery) throw new Error('query returned more than 10000 results');
    this.queries.push(to - from + 1n);
    const logs = [];
    for (let n = from; n <= to; n++) logs.push(this.log(n));
    return logs;
  }

  /** One policy bound in each block; the sum insured tells the fork. */
  private log(n: bigint) {
    const [quote, ...signatures] =
      parametricProductAbi
        .find((item) => item.type === 'event' && item.name === 'PolicyBound')
        ?.inputs.filter((input) => !input.indexed) ?? [];
    if (!quote) throw new Error('no PolicyBound');
    const holder = PRODUCT;
    const data = encodeAbiParameters([quote, ...signatures], [
      {
        applicationId: n,
        holder,
        underwriter: holder,
        insuredEvent: 'x',
        occursAt: 1,
        sumInsured: this.forks.get(n) ?? 0n,
        premium: 1n,
        validUntil: 1,
      },
      '0x',
      '0x',
    ] as never);
    return {
      address: PRODUCT,
      topics: encodeEventTopics({
        abi: parametricProductAbi,
        eventName: 'PolicyBound',
        args: { policyId: (EVENT_ID << 32n) | n, holder, applicationId: n },
      }),
      data,
      blockNumber: `0x${n.toString(16)}`,
      blockHash: this.hashOf(n),
      blockTimestamp: '0x1',
      transactionHash: this.hashOf(n),
      transactionIndex: '0x0',
      logIndex: '0x0',
      removed: false,
    };
  }
}

function clientOf(chain: FakeChain): ChainClient {
  globalThis.fetch = (_url, init) => {
    const calls = JSON.parse(init?.body as string) as ({ id: number } & Call)[] | ({ id: number } & Call);
    const answerOne = ({ id, ...call }: { id: number } & Call) => {
      try {
        return { jsonrpc: '2.0', id, result: chain.answer(call) };
      } catch (error) {
        return { jsonrpc: '2.0', id, error: { code: -32_005, message: String(error) } };
      }
    };
    return Promise.resolve(Response.json(Array.isArray(calls) ? calls.map(answerOne) : answerOne(calls)));
  };
  return connect('http://chain.test');
}

function forksSeen(follower: LedgerFollower): bigint[] {
  return follower.state.policies.map(({ quote }) => quote.sumInsured);
}

describe('LedgerFollower', () => {
  it('reads what is there, then only what is new', async () => {
    const chain = new FakeChain();
    const follower = new LedgerFollower(clientOf(chain), [PRODUCT], 1n);
    chain.mineTo(5n);
    await follower.step();
    chain.mineTo(8n);
    const step = await follower.step();

    expect(step).toMatchObject({ changed: true, reorganised: false });
    expect(follower.state.policies).toHaveLength(8);
    expect(chain.queries).toEqual([5n, 3n]);
    expect(await follower.step()).toMatchObject({ changed: false });
  });

  it('asks for less when a node refuses, and still reads everything once', async () => {
    const chain = new FakeChain();
    chain.mostBlocksPerQuery = 7n;
    chain.mineTo(40n);
    const follower = new LedgerFollower(clientOf(chain), [PRODUCT], 1n);
    await follower.step();

    expect(follower.state.policies).toHaveLength(40);
    expect(new Set(follower.state.policies.map(({ id }) => id)).size).toBe(40);
  });

  it.each([1n, 2n, 5n, 12n])('forgets what a reorganisation of depth %s took away', async (depth) => {
    const chain = new FakeChain();
    const follower = new LedgerFollower(clientOf(chain), [PRODUCT], 1n);
    for (let height = 1n; height <= 20n; height++) {
      chain.mineTo(height);
      await follower.step();
    }
    chain.reorganise(depth, 22n, 9n);
    const step = await follower.step();

    expect(step.reorganised).toBe(true);
    expect(forksSeen(follower)).toEqual([
      ...Array.from({ length: 20 - Number(depth) }, () => 0n),
      ...Array.from({ length: 2 + Number(depth) }, () => 9n),
    ]);
  });

  it('a chain that became shorter is followed back', async () => {
    const chain = new FakeChain();
    const follower = new LedgerFollower(clientOf(chain), [PRODUCT], 1n);
    chain.mineTo(6n);
    await follower.step();
    chain.mineTo(9n);
    await follower.step();
    chain.reorganise(4n, 7n, 3n);
    await follower.step();

    expect(forksSeen(follower)).toEqual([0n, 0n, 0n, 0n, 0n, 3n, 3n]);
  });

  it('a chain that is another from its first block on is read anew', async () => {
    const chain = new FakeChain();
    const follower = new LedgerFollower(clientOf(chain), [PRODUCT], 1n);
    chain.mineTo(4n);
    await follower.step();
    chain.reorganise(4n, 3n, 5n);
    await follower.step();

    expect(forksSeen(follower)).toEqual([5n, 5n, 5n]);
  });
});
