import { departureOf, policyIdOf } from './insurer';
import { FLIGHTS } from './story';
import { expect, test } from './world';

test('measured: names value, step, share, sum and clause, and every step of the way', async ({ open }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.late)}`);
  const why = page.getByRole('region', { name: 'Why this amount' });

  await expect(page).toHaveTitle(/Policy for UA\s1545/);
  await expect(why).toContainText('The oracle nodes measured an arrival delay of 131 minutes.');
  await expect(why).toContainText(
    'The highest step it reached is 120 minutes; from there 50% of the sum insured is owed.',
  );
  await expect(why).toContainText(/150\.000037\sTUSD × 50% = 75\.000018\sTUSD/);
  await expect(why).toContainText('equals what the contract settled');
  await expect(why.getByRole('article')).toContainText('For an arrival delay we pay you a share of the sum insured');
  await expect(why.getByRole('img')).toHaveAccessibleName(/50% from 120 minutes.*This flight: 131 minutes/);
  const steps = page.locator('[data-step]');
  await expect(steps).toHaveCount(7);
  for (const [kind, text] of [
    ['assessed', 'expected payout 4.1% of the sum insured'],
    ['quoted', 'both signatures recovered here'],
    ['bound', '7.687502'],
    ['reported', 'arrived 131 minutes late'],
    ['settled', '75.000018'],
    ['paid', "the token's own log shows the transfer"],
  ] as const) {
    const step = page.locator(`[data-step="${kind}"]`);
    await expect(step).toContainText(text);
    await expect(step).toContainText(/block \d+/);
    await expect(step).toContainText(/UTC.*New York/);
    await expect(step.getByTitle(/^0x[0-9a-f]{64}$/)).toBeVisible();
  }
  await expect(page.getByText('3 signatures of signer set 1; 3 were needed.')).toBeVisible();
  await expect(page.getByText(/node [234] of 4/)).toHaveCount(3);
});

test('cancelled and diverted: the clause that gives the share', async ({ open }) => {
  const cancelled = await open(`#/policy/${policyIdOf(FLIGHTS.cancelled)}`);
  const why = cancelled.getByRole('region', { name: 'Why this amount' });
  await expect(why).toContainText('The flight was cancelled. For that the terms give 50% of the sum insured.');
  await expect(why.getByRole('article')).toContainText('If the flight is cancelled');

  const diverted = await open(`#/policy/${policyIdOf(FLIGHTS.diverted)}`);
  await expect(why).toContainText('The flight was diverted.');
  await expect(diverted.getByRole('region', { name: 'Why this amount' }).getByRole('article')).toContainText(
    'diverted',
  );
});

test('early, below the first step, exactly on it: nothing, nothing, the step’s share', async ({ open }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.early)}`);
  const why = page.getByRole('region', { name: 'Why this amount' });
  await expect(why).toContainText('The flight arrived 8 minutes early.');
  await expect(why).toContainText('The first step is 60 minutes. It was not reached, so nothing is owed.');

  await open(`#/policy/${policyIdOf(FLIGHTS.onTime)}`);
  await expect(why).toContainText('arrival delay of 12 minutes');

  await open(`#/policy/${policyIdOf(FLIGHTS.onTheStep)}`);
  await expect(why).toContainText('The highest step it reached is 60 minutes; from there 20%');
});

test('open: says what the terms will pay', async ({ open }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.night)}`);

  await expect(page.getByRole('region', { name: 'Why there is no amount yet' }).getByRole('article')).toHaveCount(3);
  await expect(page.locator('[data-step="settled"]')).toContainText('still to come');
});

test('held: says so, and follows the money once it is released', async ({ open, world }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.veryLate, 3)}`);
  await expect(page.locator('[data-step="held"]')).toContainText('the token refused the transfer of 500.00');
  await expect(page.getByText('holds the amount for this payee without limit of time')).toBeVisible();

  await world.house.releaseHeld();

  await expect(page.locator('[data-step="released"]')).toContainText("the token's own log shows the transfer");
  await expect(page.getByText('Paid after hold').first()).toBeVisible();
});

test('nobody reported: the premium goes back, by the clause that says so', async ({ open, world }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.night)}`);
  await expect(page.getByText('Why there is no amount yet')).toBeVisible();

  await world.insurer.closeUnreported(FLIGHTS.night, 2_592_000);

  const why = page.getByRole('region', { name: 'Why this amount' });
  await expect(why).toContainText('No quorum reported this flight within 30 days of its departure');
  await expect(why).toContainText(/premium paid = 50\.808328\sTUSD/);
  await expect(why.getByRole('article')).toContainText('return your premium in full');
});

test('an id nobody knows: says so', async ({ open }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.late, 999)}`);

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such policy');
});

test('times: departure in UTC and in New York, not in the browser’s zone', async ({ open }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.late)}`);

  expect(new Date(departureOf(FLIGHTS.late) * 1_000).toISOString()).toBe('2013-09-12T10:15:00.000Z');
  await expect(page.locator('[data-step="departure"]')).toContainText(/10:15 UTC.*06:15 New York/);
});
