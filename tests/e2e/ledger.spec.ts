import { policyIdOf } from './insurer';
import { blockedHolder } from './parties';
import { FLIGHTS } from './story';
import { expect, test } from './world';

test('overview: says how much was sold, paid and held, and that the document is the contract’s', async ({ open }) => {
  const page = await open();

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The ledger at a glance');
  await expect(page.getByText('Verified', { exact: true })).toBeVisible();
  const figure = (name: string) => page.locator('dl.figures > div', { hasText: name });
  await expect(figure('Policies in all')).toContainText(/31\s*9 still open/);
  await expect(figure('Premiums written')).toContainText('933.911093 TUSD');
  await expect(figure('Paid out')).toContainText(/3,519\.300294 TUSD\s*16 payments/);
  await expect(figure('Held for payees')).toContainText('500.00 TUSD');
  await expect(page.getByText('The exposure and the held payouts equal')).toBeVisible();
});

test('policies: are listed, searched by flight, id and holder, and filtered', async ({ open }) => {
  const page = await open('#/policies');
  const rows = page.getByRole('table').getByRole('row');

  await expect(rows).toHaveCount(32);
  await page.getByRole('searchbox').fill('ua 1545');
  await expect(rows).toHaveCount(4);
  await page.getByRole('searchbox').fill(policyIdOf(FLIGHTS.cancelled, 2));
  await expect(rows).toHaveCount(2);
  await page.getByRole('searchbox').fill(blockedHolder.address);
  await expect(rows).toHaveCount(2);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: 'Held', exact: true }).click();
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: 'Paid', exact: true }).click();
  await expect(rows).toHaveCount(16);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(rows).toHaveCount(10);
  await page.getByRole('searchbox').fill('no such flight');
  await expect(page.getByText('No policy matches.')).toBeVisible();
});
