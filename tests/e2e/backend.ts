import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, UNTIL_INPUT_ENDS, freePort, type Anvil } from './chain';
import type { House } from './house';

const PYTHON = join(ROOT, '.venv', 'bin', 'python');
const QUITTANCE = ['-W', 'ignore', '-m', 'scripts.cli'];
const START_LIMIT = 120_000; // milliseconds
const run = promisify(execFile);

/** A real backend with a database of its own, which serves the built page and follows a chain. */
export class Backend {
  private constructor(
    readonly url: string,
    private readonly home: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly process: ChildProcess,
  ) {}

  /** Starts it on an empty folder and waits until it answers. */
  static async start(anvil: Anvil, house: House): Promise<Backend> {
    const home = await mkdtemp(join(tmpdir(), 'quittance-e2e-'));
    const port = await freePort();
    const url = `http://localhost:${port}`; // the one name a browser keeps a secure cookie for without TLS
    const deployment = join(home, 'deployment.json');
    await writeFile(deployment, JSON.stringify(house.deploymentFile()));
    const environment = {
      ...process.env,
      QUITTANCE_HOME: home,
      QUITTANCE_DATABASE_URL: '',
      QUITTANCE_DEPLOYMENT: deployment,
      QUITTANCE_IDENTITY_KEY_FILE: join(home, 'identity.key'),
      QUITTANCE_PUBLIC_ORIGIN: url,
      QUITTANCE_PUBLIC_RPC_URL: anvil.url,
      QUITTANCE_FRONTEND_DIR: join(ROOT, 'frontend', 'dist'),
    };
    await run(PYTHON, [...QUITTANCE, 'backend', 'identity-key', environment.QUITTANCE_IDENTITY_KEY_FILE], {
      cwd: ROOT,
      env: environment,
    });
    const log = openSync(join(home, 'backend.log'), 'a');
    const command = [PYTHON, ...QUITTANCE, 'backend', 'run', '--port', String(port)];
    const child = spawn('sh', ['-c', UNTIL_INPUT_ENDS, 'backend', ...command], {
      cwd: ROOT,
      env: environment,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    const backend = new Backend(url, home, environment, child);
    try {
      await backend.ready();
    } catch (error) {
      await backend.stop();
      throw error;
    }
    return backend;
  }

  /** Runs `quittance …` beside it, as the operator does on the host. Returns what it printed. */
  async quittance(...words: string[]): Promise<string> {
    const { stdout } = await run(PYTHON, [...QUITTANCE, ...words], { cwd: ROOT, env: this.environment });
    return stdout;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = new Promise<void>((resolve) => this.process.once('exit', () => resolve()));
      this.process.stdin?.end();
      await gone;
    }
    await rm(this.home, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    const deadline = Date.now() + START_LIMIT;
    while (Date.now() < deadline && this.process.exitCode === null) {
      const answer = await fetch(`${this.url}/v1/health/live`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const written = await readFile(join(this.home, 'backend.log'), 'utf8');
    throw new Error(`the backend did not start. The last it wrote:\n${written.split('\n').slice(-12).join('\n')}`);
  }
}
