import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createTestClient, http, publicActions, walletActions, type Hash, type TransactionReceipt } from 'viem';
import { foundry } from 'viem/chains';

export const ROOT = join(__dirname, '..', '..');
const ANVIL = join(ROOT, 'node_modules', '@foundry-rs', `anvil-${process.platform}-amd64`, 'bin', 'anvil');
/** Runs a command until its own input is closed, which also happens when whoever started it is killed. */
export const UNTIL_INPUT_ENDS = '"$@" & pid=$!; cat > /dev/null; kill $pid 2> /dev/null; wait $pid';
const START_LIMIT = 20_000; // milliseconds
const MINING_LIMIT = 30_000; // milliseconds

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

function connect(url: string) {
  return createTestClient({
    chain: foundry,
    mode: 'anvil',
    transport: http(url, { timeout: 60_000 }),
    pollingInterval: 20,
  })
    .extend(publicActions)
    .extend(walletActions);
}

export type ChainControl = ReturnType<typeof connect>;

/** A real anvil on a port of its own. */
export class Anvil {
  readonly client: ChainControl;

  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {
    this.client = connect(url);
  }

  /** Starts a chain whose clock shows `timestamp`, unix seconds. */
  static async start(timestamp: bigint, accounts: number): Promise<Anvil> {
    if (!existsSync(ANVIL)) throw new Error(`${ANVIL} is missing: run npm ci at the root of the repository`);
    const port = await freePort();
    const flags = [
      '--port',
      String(port),
      '--timestamp',
      String(timestamp),
      '--accounts',
      String(accounts),
      '--silent',
    ];
    const command = ['-c', UNTIL_INPUT_ENDS, 'anvil', ANVIL, ...flags, '--gas-limit', '60000000'];
    const child = spawn('sh', command, { stdio: ['pipe', 'ignore', 'ignore'] });
    const anvil = new Anvil(`http://127.0.0.1:${port}`, child);
    const deadline = Date.now() + START_LIMIT;
    while (Date.now() < deadline) {
      try {
        await anvil.client.getChainId();
        return anvil;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await anvil.stop();
    throw new Error(`anvil did not answer at ${anvil.url} within ${START_LIMIT / 1_000} seconds`);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.process.once('exit', () => resolve()));
    this.process.stdin?.end();
    await gone;
  }

  /**
   * Waits for a transaction. Asks for the receipt itself: viem waits for a further block, which may never come here.
   * @throws if it was reverted, or is not mined in time.
   */
  async mined(hash: Hash): Promise<TransactionReceipt> {
    const deadline = Date.now() + MINING_LIMIT;
    while (Date.now() < deadline) {
      const receipt = await this.client.getTransactionReceipt({ hash }).catch(() => null);
      if (receipt?.status === 'success') return receipt;
      if (receipt) throw new Error(`transaction ${hash} was reverted`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`transaction ${hash} was not mined within ${MINING_LIMIT / 1_000} seconds`);
  }
}
