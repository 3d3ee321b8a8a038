import { blockedHolder, holders } from './parties';
import type { Application, Insurer, Observation } from './insurer';
import type { House } from './house';

/** The chain's clock when the story begins. */
export const BEGINS = BigInt(Date.parse('2013-09-11T18:00:00Z') / 1_000);

/** A dozen flights of 12 September 2013, as an insurer would write them. */
export const FLIGHTS = {
  late: 'flight/UA/1545/EWR/IAH/2013-09-12T10:15Z',
  onTime: 'flight/B6/725/JFK/BQN/2013-09-12T10:40Z',
  early: 'flight/DL/461/LGA/ATL/2013-09-12T11:00Z',
  cancelled: 'flight/MQ/4401/LGA/DCA/2013-09-12T11:30Z',
  diverted: 'flight/AA/1141/JFK/MIA/2013-09-12T12:00Z',
  veryLate: 'flight/EV/5708/EWR/IAD/2013-09-12T12:29Z',
  onTheStep: 'flight/WN/3324/EWR/MDW/2013-09-12T13:05Z',
  waiting: 'flight/US/1733/LGA/CLT/2013-09-12T20:10Z',
  evening: 'flight/VX/415/JFK/LAX/2013-09-12T22:30Z',
  night: 'flight/9E/3525/JFK/SYR/2013-09-12T23:55Z',
} as const;

const TUSD = 1_000_000n;

/** Three policies on every flight, and one more for a holder whose payout will be held. */
function applications(): Application[] {
  const sold = Object.values(FLIGHTS).flatMap((flight, i) =>
    [0, 1, 2].map((j) => ({
      flight,
      holder: holders[(i * 3 + j) % holders.length] ?? blockedHolder,
      sumInsured: BigInt(150 + i * 70 + j * 33) * TUSD + 37n,
      expectedSharePpb: 41_000_000 + i * 1_234_567 + j * 333_333,
    })),
  );
  const refused = {
    flight: FLIGHTS.veryLate,
    holder: blockedHolder,
    sumInsured: 500n * TUSD,
    expectedSharePpb: 50_000_000,
  };
  return [...sold, refused];
}

const MORNING: Observation[] = [
  { flight: FLIGHTS.late, outcome: 1, value: 131 },
  { flight: FLIGHTS.onTime, outcome: 1, value: 12 },
  { flight: FLIGHTS.early, outcome: 1, value: -8 },
  { flight: FLIGHTS.cancelled, outcome: 2, value: 0 },
];
const NOON: Observation[] = [
  { flight: FLIGHTS.diverted, outcome: 3, value: 0 },
  { flight: FLIGHTS.veryLate, outcome: 1, value: 244 },
  { flight: FLIGHTS.onTheStep, outcome: 1, value: 60 },
];
/** What is still to come when the story has been told. */
export const EVENING: Observation[] = [{ flight: FLIGHTS.waiting, outcome: 1, value: 185 }];

/** Sells, reports and settles a morning; leaves three flights open and one payout held. */
export async function tell(house: House, insurer: Insurer): Promise<void> {
  const all = applications();
  for (let i = 0; i < all.length; i += 16) await insurer.sell(all.slice(i, i + 16));
  await house.setBlocked(true);
  await insurer.reportAndSettle(MORNING);
  await insurer.reportAndSettle(NOON);
}
