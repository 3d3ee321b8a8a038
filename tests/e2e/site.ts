import { readFile, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, relative } from 'node:path';
import { ROOT, freePort } from './chain';

const DIST = join(ROOT, 'frontend', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
}

/** The built page as it was at the start: building it anew meanwhile changes nothing for the tests that run. */
async function readBuiltPage(): Promise<Map<string, Answer>> {
  const entries = await readdir(DIST, { recursive: true, withFileTypes: true }).catch(() => []);
  const page = new Map<string, Answer>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    page.set(`/${relative(DIST, file)}`, { status: 200, type, body: await readFile(file) });
  }
  const front = page.get('/index.html');
  if (!front) throw new Error(`${DIST} holds no page: run npm run build first`);
  return page.set('/', front);
}

/** Serves the built page, and `/deployment.json` and `/documents/…` as a backend would. */
export class Site {
  /** JSON by path; what a test takes away is not found. */
  readonly files = new Map<string, unknown>();

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly page: ReadonlyMap<string, Answer>,
  ) {}

  /** @param rpcUrl The one other place the page may connect to, as the backend's policy has it. */
  static async start(rpcUrl: string): Promise<Site> {
    const page = await readBuiltPage();
    const port = await freePort();
    const policy = `default-src 'self'; connect-src 'self' ${rpcUrl}; object-src 'none'; base-uri 'none'`;
    const server = createServer((request, response) => {
      const { status, type, body } = site.answer(new URL(request.url ?? '/', 'http://site').pathname);
      response.writeHead(status, { 'content-type': type, 'content-security-policy': policy }).end(body);
    });
    const site = new Site(`http://127.0.0.1:${port}`, server, page);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return site;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(path: string): Answer {
    const json = this.files.get(path);
    if (json !== undefined) return { status: 200, type: 'application/json', body: JSON.stringify(json) };
    return this.page.get(path) ?? { status: 404, type: 'text/plain', body: 'not found' };
  }
}
