import type { CurveStep } from '../chain/settlement';

export const CHART = { width: 560, height: 240, left: 64, right: 20, top: 30, bottom: 44 } as const;

export interface CurveGeometry {
  line: string; // path of the steps
  area: string; // the same, closed at the bottom
  x: (value: number) => number;
  y: (shareBps: number) => number;
}

/** Range of values the chart shows: from 0 (or a lower threshold or value) to one step beyond the last. */
export function valueRange(steps: readonly CurveStep[], marked: number | null): [number, number] {
  const thresholds = steps.map(({ threshold }) => threshold);
  const last = Math.max(...thresholds);
  const first = Math.min(...thresholds);
  const beyond = Math.max(last - first, Math.abs(last)) / Math.max(steps.length, 1) || 1;
  const lowest = Math.min(0, first, marked ?? 0);
  return [lowest, Math.max(last + beyond, (marked ?? last) + beyond / 4)];
}

/** Draws a payout curve: flat between thresholds, rising at each. */
export function curveGeometry(steps: readonly CurveStep[], marked: number | null): CurveGeometry {
  const [from, to] = valueRange(steps, marked);
  const x = (value: number) => CHART.left + ((value - from) / (to - from)) * (CHART.width - CHART.left - CHART.right);
  const y = (bps: number) => CHART.height - CHART.bottom - (bps / 10_000) * (CHART.height - CHART.top - CHART.bottom);
  let line = `M${x(from).toFixed(1)} ${y(0).toFixed(1)}`;
  for (const { threshold, shareBps } of steps) line += `H${x(threshold).toFixed(1)}V${y(Number(shareBps)).toFixed(1)}`;
  line += `H${x(to).toFixed(1)}`;
  return { line, area: `${line}V${y(0).toFixed(1)}Z`, x, y };
}
