import { formatUnits } from 'viem';

const FRACTION_SHOWN = 2;

/** Token units in words a person reads, exact to the last unit: 1_234_500_000 → "1,234.50". */
export function formatAmount(units: bigint, decimals: number, locale: string): string {
  const formatter = new Intl.NumberFormat(locale, {
    minimumFractionDigits: Math.min(FRACTION_SHOWN, decimals),
    maximumFractionDigits: decimals,
  });
  return formatter.format(formatUnits(units, decimals) as `${number}`);
}

/** Basis points as a percentage: 1_250 → "12.5%". */
export function formatShare(bps: bigint, locale: string): string {
  const formatter = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
  return formatter.format(formatUnits(bps, 4) as `${number}`);
}

/** Parts per billion as a percentage: 12_345_678 → "1.2346%". */
export function formatPpb(ppb: bigint, locale: string): string {
  const formatter = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 });
  return formatter.format(formatUnits(ppb, 9) as `${number}`);
}

/** A quotient of two amounts in basis points, rounded down; null when there is nothing to divide by. */
export function ratioBps(part: bigint, whole: bigint): bigint | null {
  return whole === 0n ? null : (part * 10_000n) / whole;
}

export function formatCount(count: number | bigint, locale: string): string {
  return new Intl.NumberFormat(locale).format(count);
}
