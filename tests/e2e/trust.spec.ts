import type { Json } from './house';
import { policyIdOf } from './insurer';
import { holders } from './parties';
import { FLIGHTS } from './story';
import { buildWorld, endWorld, expect, publish, test } from './world';

const CHANGES: readonly (readonly [name: string, change: (document: Json) => void, differing: string])[] = [
  [
    'a clause',
    (document) => {
      const [, , clause] = document['clauses'] as { text: Json }[];
      if (clause) clause.text['en'] = 'For an arrival delay of ten minutes we pay you everything.';
    },
    'Clauses, Document.',
  ],
  ['the title', (document) => Object.assign(document, { title: { en: 'Free money', zh: '免费' } }), 'Document.'],
  [
    'a parameter',
    (document) => Object.assign(document['parameters'] as Json, { min_premium: 1 }),
    'Document, Parameters.',
  ],
  ['the terms', (document) => Object.assign(document['terms'] as Json, { loading_bps: 1 }), 'Terms.'],
];

for (const [name, change, differing] of CHANGES) {
  test(`a document with ${name} altered: says what differs, on every page that shows it`, async ({ open, world }) => {
    const document = structuredClone(world.document);
    change(document);
    world.site.files.set(world.documentPath, document);

    const page = await open('#/');
    await expect(page.getByRole('alert')).toContainText('Differs');
    await expect(page.getByRole('alert')).toContainText(
      `from what the contract is bound to: ${differing.slice(0, -1)}`,
    );
    await page.getByRole('link', { name: 'Products' }).click();
    await expect(page.getByRole('cell', { name: 'Differs' })).toHaveCount(differing.split(',').length);
    await open(`#/policy/${policyIdOf(FLIGHTS.late)}`);
    await expect(page.getByRole('alert')).toContainText('Do not rely on the clauses');
    await expect(page.getByRole('region', { name: 'Why this amount' })).toContainText('75.000018');
  });
}

test('no document: terms and amounts are shown all the same, and it is said', async ({ open, world }) => {
  world.site.files.delete(world.documentPath);

  const page = await open('#/products');

  await expect(page.getByRole('alert')).toContainText('No readable document is published');
  await expect(page.getByRole('region', { name: 'Terms, from the contract' })).toContainText('1,000.00');
});

test('nothing but two static files is taken from the server, and no page logs an error', async ({
  open,
  world,
  page,
}) => {
  const asked: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await open('#/');
  await expect(page.getByText('Verified', { exact: true })).toBeVisible();
  for (const name of ['Policies', 'Payments', 'Reports', 'Products', 'Overview']) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'page');
  }

  const { site, anvil, documentPath } = world;
  const own = asked.filter((url) => url.startsWith(site.url)).map((url) => new URL(url).pathname);
  const ofThePage = (path: string) => path === '/' || path.startsWith('/assets/') || path === '/favicon.svg';
  expect(own.filter((path) => !ofThePage(path))).toEqual(['/deployment.json', documentPath]);
  expect(asked.every((url) => url.startsWith(site.url) || url.startsWith(anvil.url))).toBe(true);
  expect(errors).toEqual([]);
});

test.describe('what cannot be shown is explained', () => {
  test('no deployment.json, then there is one', async ({ open, world }) => {
    const deployment = world.site.files.get('/deployment.json');
    world.site.files.delete('/deployment.json');
    const page = await open();
    await expect(page.getByRole('alert')).toContainText('There is no deployment.json here');

    world.site.files.set('/deployment.json', deployment);

    await expect(page.getByRole('heading', { name: 'The ledger at a glance' })).toBeVisible();
  });

  const wrong: readonly (readonly [string, (file: Json) => void, string])[] = [
    ['malformed', (file) => delete file['rpc_url'], 'the field rpc_url is missing or wrong'],
    [
      'another chain',
      (file) => Object.assign(file, { chain_id: 5 }),
      'speaks for chain 31337, but the contracts were deployed on chain 5',
    ],
    [
      'another history',
      (file) => Object.assign(file, { block_hash: `0x${'ab'.repeat(32)}` }),
      'This chain has another history',
    ],
    [
      'no chain',
      (file) => Object.assign(file, { rpc_url: 'http://127.0.0.1:9' }),
      'The chain does not answer at http://127.0.0.1:9',
    ],
    [
      'no contract',
      (file) =>
        Object.assign(file['contracts'] as Json, {
          Treasury: '0x000000000000000000000000000000000000dEaD',
        }),
      'There is no contract at 0x000000000000000000000000000000000000dEaD',
    ],
  ];
  for (const [name, change, sentence] of wrong) {
    test(name, async ({ open, world }) => {
      const file = world.house.deploymentFile();
      change(file);
      world.site.files.set('/deployment.json', file);

      const page = await open();

      await expect(page.getByRole('alert')).toContainText(sentence, {
        timeout: 20_000,
      });
    });
  }

  test('no policies yet, then the first one', async ({ page }) => {
    const world = await buildWorld(() => Promise.resolve());
    try {
      publish(world);
      await page.goto(`${world.site.url}/#/policies`);
      await expect(page.getByText('No policies yet.')).toBeVisible();

      await world.insurer.sell([
        {
          flight: FLIGHTS.late,
          holder: holders[0]!,
          sumInsured: 200_000_000n,
          expectedSharePpb: 40_000_000,
        },
      ]);

      await expect(page.getByRole('row')).toHaveCount(2);
    } finally {
      await endWorld(world);
    }
  });
});
