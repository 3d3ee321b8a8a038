// The browser tests live in tests/e2e and take their packages from here: one link, made after every install.
import { existsSync, lstatSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'tests', 'e2e');
const link = join(tests, 'node_modules');
const linked = lstatSync(link, { throwIfNoEntry: false }) !== undefined;
if (existsSync(tests) && !linked) symlinkSync(join('..', '..', 'frontend', 'node_modules'), link, 'dir');
