import { EVENING } from './story';
import { expect, test } from './world';

test('a payment that is made while the page is open arrives by itself, and is announced', async ({ open, world }) => {
  const page = await open('#/payments');
  await expect(page.getByRole('row')).toHaveCount(17);

  await world.insurer.reportAndSettle(EVENING);

  await expect(page.getByRole('row')).toHaveCount(20);
  await expect(page.getByRole('row').nth(1)).toContainText(/US\s1733/);
  await expect(page.getByRole('row').nth(1)).toContainText('185 minutes late: 100%');
  await expect(page.getByRole('status').filter({ hasText: '3 new payments have arrived.' })).toHaveCount(1);
});

test('a payment that a reorganisation takes away disappears, and comes back with the new chain', async ({
  open,
  world,
}) => {
  const page = await open('#/payments');
  await expect(page.getByRole('row')).toHaveCount(17);
  const before = await world.anvil.client.snapshot();
  await world.insurer.reportAndSettle(EVENING);
  await expect(page.getByRole('row')).toHaveCount(20);

  await world.anvil.client.revert({ id: before });
  await world.anvil.client.mine({ blocks: 3 });

  await expect(page.getByRole('row')).toHaveCount(17);
  await world.insurer.reportAndSettle(EVENING.map((one) => ({ ...one, value: 61 })));
  await expect(page.getByRole('row').nth(1)).toContainText('61 minutes late: 20%');
});

test('treasury, figures and reports follow too', async ({ open, world }) => {
  const page = await open('#/');
  const treasury = page.getByRole('region', { name: 'Treasury' });
  await expect(treasury).toContainText('equal what the events on the ledger add up to');
  const before = await treasury.textContent();

  await world.insurer.reportAndSettle(EVENING);

  await expect.poll(() => treasury.textContent()).not.toBe(before);
  await expect(treasury).toContainText('equal what the events on the ledger add up to');
  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByText('Flights in this report').first().click();
  await expect(page.getByRole('article').first()).toContainText(/US\s1733.*arrived 185 minutes late/);
});

test('a chain that stops answering: what was read stays, with a sentence, until it answers again', async ({
  open,
  world,
  page,
}) => {
  await open('#/policies');
  await expect(page.getByRole('row')).toHaveCount(32);

  await page.route(`${world.anvil.url}/**`, (route) => route.abort());
  await expect(page.getByRole('alert')).toContainText('The chain has stopped answering.', { timeout: 20_000 });
  await expect(page.getByRole('row')).toHaveCount(32);

  await page.unroute(`${world.anvil.url}/**`);
  await expect(page.getByText('Following the chain')).toBeVisible({
    timeout: 20_000,
  });
});

test('a product deployed later appears', async ({ open, world }) => {
  const page = await open('#/products');
  await expect(page.getByRole('heading', { level: 2 })).toHaveCount(1);

  const { termsHash, document } = await world.house.launchProduct({
    min_premium: 2_000_000,
  });
  world.site.files.set(`/documents/${termsHash}.json`, document);

  await expect(page.getByRole('heading', { level: 2 })).toHaveCount(2);
});
