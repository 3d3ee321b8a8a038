import { createPublicClient, getAddress, http, type Address, type PublicClient } from 'viem';
import { LEDGER_EVENTS, byPosition, type LedgerEvent, type LedgerLog } from './ledgerEvents';
import type { Head } from './model';

/** Most blocks asked for at once; halved, down to one, when a node says the answer would be too large. */
export const MAX_BLOCKS_PER_QUERY = 2_000n;

/** What the ledger needs of a chain. */
export type ChainClient = Pick<PublicClient, 'getBlock' | 'getLogs' | 'getChainId' | 'getCode' | 'readContract'>;

/** A client that sends the calls of one moment as one HTTP request. */
export function connect(rpcUrl: string): ChainClient {
  return createPublicClient({
    transport: http(rpcUrl, { batch: { batchSize: 100 }, retryCount: 1, timeout: 15_000 }),
    cacheTime: 0,
  });
}

export async function readHead(client: ChainClient): Promise<Head> {
  const block = await client.getBlock({ blockTag: 'latest', includeTransactions: false });
  return { number: block.number, hash: block.hash, time: block.timestamp };
}

export async function readBlock(client: ChainClient, blockNumber: bigint): Promise<Head> {
  const block = await client.getBlock({ blockNumber, includeTransactions: false });
  return { number: block.number, hash: block.hash, time: block.timestamp };
}

async function timeOfBlocks(client: ChainClient, logs: readonly LedgerLog[]): Promise<Map<bigint, bigint>> {
  const times = new Map<bigint, bigint>();
  const missing = new Set<bigint>();
  for (const log of logs) {
    if (typeof log.blockTimestamp === 'bigint') times.set(log.blockNumber, log.blockTimestamp);
    else missing.add(log.blockNumber);
  }
  await Promise.all(
    [...missing].map(async (blockNumber) => {
      times.set(blockNumber, (await readBlock(client, blockNumber)).time);
    }),
  );
  return times;
}

function asEvent(log: LedgerLog, blockTime: bigint): LedgerEvent {
  const { blockNumber, blockHash, transactionHash, logIndex } = log;
  const at = { blockNumber, blockHash, blockTime, transactionHash, logIndex };
  return { name: log.eventName, args: log.args, emitter: getAddress(log.address), at } as LedgerEvent;
}

/** Ledger events of some blocks, both inclusive, in the order they happened. */
export async function readEvents(
  client: ChainClient,
  contracts: Address[],
  fromBlock: bigint,
  toBlock: bigint,
): Promise<LedgerEvent[]> {
  const logs: LedgerLog[] = await client.getLogs({
    address: contracts,
    events: LEDGER_EVENTS,
    fromBlock,
    toBlock,
    strict: true,
  });
  const times = await timeOfBlocks(client, logs);
  return logs.map((log) => asEvent(log, times.get(log.blockNumber) ?? 0n)).sort((a, b) => byPosition(a.at, b.at));
}

/** Some blocks' events, and the last of those blocks as it was before they were read. */
export interface Chunk {
  events: LedgerEvent[];
  end: Pick<Head, 'number' | 'hash'>;
}

/**
 * Reads ledger events from a block up to the head, piece by piece. A piece that fails is asked for again at half the
 * length; a single block that fails is an error of the node and is thrown.
 */
export async function* readChunks(
  client: ChainClient,
  contracts: Address[],
  fromBlock: bigint,
  head: Head,
): AsyncGenerator<Chunk> {
  let size = MAX_BLOCKS_PER_QUERY;
  let from = fromBlock;
  while (from <= head.number) {
    const to = from + size - 1n < head.number ? from + size - 1n : head.number;
    try {
      // Before its logs: if the chain changes while they are read, this hash will not be found on it again.
      const end = to === head.number ? head : await readBlock(client, to);
      yield { events: await readEvents(client, contracts, from, to), end };
      from = to + 1n;
    } catch (error) {
      if (to === from) throw error;
      size = (to - from + 1n) / 2n;
    }
  }
}
