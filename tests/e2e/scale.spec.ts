import { eventIdOf, type Application, type Insurer } from './insurer';
import { holders } from './parties';
import { buildWorld, endWorld, expect, publish, test } from './world';

/** Policies on the ledger. LEDGER_SIZE=5000 for the full size. */
const POLICIES = Number(process.env['LEDGER_SIZE'] ?? 600);
const ON_ONE_FLIGHT = 50;
const BATCH = 50;

const FLIGHTS = Array.from({ length: Math.ceil(POLICIES / ON_ONE_FLIGHT) }, (_, i) => {
  const time = new Date(Date.UTC(2013, 8, 12, 10, i));
  return `flight/UA/${1_000 + i}/EWR/IAH/${time.toISOString().slice(0, 16)}Z`;
});

async function sellAndSettle(insurer: Insurer): Promise<void> {
  const applications = Array.from({ length: POLICIES }, (_, i): Application => {
    const flight = FLIGHTS[Math.floor(i / ON_ONE_FLIGHT)]!;
    return { flight, holder: holders[i % holders.length]!, sumInsured: 200_000_000n, expectedSharePpb: 40_000_000 };
  });
  for (let i = 0; i < POLICIES; i += BATCH) await insurer.sell(applications.slice(i, i + BATCH));
  const observations = FLIGHTS.map((flight) => ({ flight, outcome: 1 as const, value: 131 }));
  await insurer.reportAndSettle(observations);
  await insurer.settleRest(FLIGHTS.map(eventIdOf), POLICIES);
}

test('a large ledger is read, searched and paged', async ({ page }) => {
  test.setTimeout(60_000 + POLICIES * 200);
  const world = await buildWorld((_house, insurer) => sellAndSettle(insurer));
  try {
    publish(world);
    const all = POLICIES.toLocaleString('en-GB');
    const opened = Date.now();
    await page.goto(`${world.site.url}/#/policies`);
    await expect(page.getByText(`${all} of ${all} policies`)).toBeVisible({ timeout: 60_000 });
    const read = Date.now() - opened;

    await expect(page.getByRole('row')).toHaveCount(51);
    await page.getByRole('button', { name: 'Older', exact: true }).click();
    await expect(page.getByText(`51 to 100 of ${all}`)).toBeVisible();
    const typed = Date.now();
    await page.getByRole('searchbox').fill('ua 1003');
    await expect(page.getByText(`${ON_ONE_FLIGHT} of ${all} policies`)).toBeVisible();
    const searched = Date.now() - typed;

    // `quittance figures page` reads these and holds them against their limits.
    console.log(`${POLICIES} policies: read ${read} ms, searched ${searched} ms`);
  } finally {
    await endWorld(world);
  }
});
