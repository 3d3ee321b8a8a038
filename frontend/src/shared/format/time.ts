const ZONES = { utc: 'UTC', newYork: 'America/New_York' } as const;
export type Zone = keyof typeof ZONES;

function asDate(unixSeconds: bigint): Date {
  return new Date(Number(unixSeconds) * 1_000);
}

/** Day and minute in a zone: "12 Sept 2013, 14:05". */
export function formatMoment(unixSeconds: bigint, zone: Zone, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: ZONES[zone],
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(asDate(unixSeconds));
}

/** For the `datetime` attribute: "2013-09-12T14:05:00Z". */
export function isoMoment(unixSeconds: bigint): string {
  return asDate(unixSeconds).toISOString().replace('.000Z', 'Z');
}

const SPANS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** A length of time in its largest whole unit: 259_200 → "3 days". */
export function formatSpan(seconds: number, locale: string): string {
  const [unit, length] = SPANS.find(([, size]) => seconds % size === 0) ?? (['second', 1] as const);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / length);
}
