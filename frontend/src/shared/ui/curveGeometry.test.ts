import { describe, expect, it } from 'vitest';
import { TERMS } from '../testing/chain';
import { curveSteps } from '../chain/settlement';
import { CHART, curveGeometry, valueRange } from './curveGeometry';

const steps = curveSteps(TERMS);

describe('curveGeometry', () => {
  it('rises at each threshold and nowhere else, up to the last share', () => {
    const { line, x, y } = curveGeometry(steps, null);

    expect(line.match(/V/g)).toHaveLength(3);
    expect(line).toContain(`H${x(120).toFixed(1)}V${y(5_000).toFixed(1)}`);
    expect(y(10_000)).toBe(CHART.top);
    expect(y(0)).toBe(CHART.height - CHART.bottom);
  });

  it.each([-45, 0, 60, 1_400])('value %s lies inside the chart', (value) => {
    const x = curveGeometry(steps, value).x(value);

    expect(x).toBeGreaterThanOrEqual(CHART.left);
    expect(x).toBeLessThan(CHART.width - CHART.right);
  });

  it('negative thresholds are shown too', () => {
    expect(valueRange([{ threshold: -30, shareBps: 1n }], null)[0]).toBe(-30);
  });
});
