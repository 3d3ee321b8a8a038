import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { ROOT, freePort } from './chain';

const DIST = join(ROOT, 'frontend', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves the built page, and `/deployment.json` and `/documents/…` as a backend would. */
export class Site {
  /** JSON by path; what a test takes away is not found. */
  readonly files = new Map<string, unknown>();

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<Site> {
    const port = await freePort();
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://site').pathname;
      site.answer(path).then(
        ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
        () => response.writeHead(404).end('not found'),
      );
    });
    const site = new Site(`http://127.0.0.1:${port}`, server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return site;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(path: string): Promise<{ status: number; type: string; body: string | Buffer }> {
    const json = this.files.get(path);
    if (json !== undefined)
      return {
        status: 200,
        type: 'application/json',
        body: JSON.stringify(json),
      };
    const file = normalize(join(DIST, path === '/' ? 'index.html' : path));
    if (!file.startsWith(DIST)) return { status: 404, type: 'text/plain', body: 'not found' };
    return {
      status: 200,
      type: TYPES[extname(file)] ?? 'application/octet-stream',
      body: await readFile(file),
    };
  }
}
