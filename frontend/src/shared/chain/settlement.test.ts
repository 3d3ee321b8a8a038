import { describe, expect, it } from 'vitest';
import { TERMS } from '../testing/chain';
import { curveSteps, indemnity, shareDue, stepReached } from './settlement';

const steps = curveSteps(TERMS);

describe('stepReached', () => {
  it.each([
    [-20, null],
    [59, null],
    [60, 60],
    [119, 60],
    [120, 120],
    [180, 180],
    [5_000, 180],
  ])('value %s reaches step %s', (value, threshold) => {
    expect(stepReached(steps, value)?.threshold ?? null).toBe(threshold);
  });
});

describe('shareDue', () => {
  it('takes the curve for a measured value and the terms’ own shares otherwise', () => {
    expect(shareDue(TERMS, 'measured', 131)).toBe(5_000n);
    expect(shareDue(TERMS, 'cancelled', 0)).toBe(5_000n);
    expect(shareDue(TERMS, 'diverted', 0)).toBe(2_500n);
    expect(shareDue(TERMS, 'not-reported', 0)).toBe(0n);
  });
});

describe('indemnity', () => {
  it('rounds down to the token unit', () => {
    expect(indemnity(200_000_001n, 5_000n)).toBe(100_000_000n);
    expect(indemnity(9_999n, 1n)).toBe(0n);
    expect(indemnity(2n ** 96n - 1n, 10_000n)).toBe(2n ** 96n - 1n);
  });
});
