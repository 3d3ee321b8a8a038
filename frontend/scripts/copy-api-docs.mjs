/* Puts Swagger UI beside the page, so that /docs works without reaching any other server. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const frontend = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(frontend, 'dist', 'docs');
const library = join(frontend, 'node_modules', 'swagger-ui-dist');

mkdirSync(target, { recursive: true });
for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE'])
  copyFileSync(join(library, name), join(target, name));
for (const name of ['index.html', 'start.js']) copyFileSync(join(frontend, 'api-docs', name), join(target, name));
