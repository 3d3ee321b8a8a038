import { describe, expect, it } from 'vitest';
import { parseFlight } from './flight';
import { shortHex } from './hex';
import { formatAmount, formatPpb, formatShare, ratioBps } from './money';
import { formatMoment, formatSpan, isoMoment } from './time';

const SUMMER = BigInt(Date.parse('2013-09-12T03:05:00Z') / 1_000);
const WINTER = BigInt(Date.parse('2013-12-12T03:05:00Z') / 1_000);

describe('formatAmount', () => {
  it.each([
    [1_234_500_000n, '1,234.50'],
    [1n, '0.000001'],
    [0n, '0.00'],
    [-5_000_000n, '-5.00'],
    [79_228_162_514_264_337_593_543_950_335n, '79,228,162,514,264,337,593,543.950335'], // 2^96 - 1: exact
  ])('%s units read %s', (units, text) => {
    expect(formatAmount(units, 6, 'en-GB')).toBe(text);
  });
});

describe('shares', () => {
  it('basis points and parts per billion read as percentages', () => {
    expect(formatShare(1_250n, 'en-GB')).toBe('12.5%');
    expect(formatPpb(41_234_567n, 'en-GB')).toBe('4.1235%');
    expect(ratioBps(1n, 3n)).toBe(3_333n);
    expect(ratioBps(1n, 0n)).toBeNull();
  });
});

describe('time', () => {
  it('is shown in UTC and in New York, summer and winter, whatever the machine’s zone', () => {
    expect(formatMoment(SUMMER, 'utc', 'en-GB')).toBe('12 Sept 2013, 03:05');
    expect(formatMoment(SUMMER, 'newYork', 'en-GB')).toBe('11 Sept 2013, 23:05');
    expect(formatMoment(WINTER, 'newYork', 'en-GB')).toBe('11 Dec 2013, 22:05');
    expect(formatMoment(SUMMER, 'utc', 'zh-CN')).toBe('2013年9月12日 03:05');
    expect(isoMoment(SUMMER)).toBe('2013-09-12T03:05:00Z');
  });

  it.each([
    [259_200, '3 days'],
    [3_600, '1 hour'],
    [5_400, '90 minutes'],
    [61, '61 seconds'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(formatSpan(seconds, 'en-GB')).toBe(text);
  });
});

describe('parseFlight', () => {
  it('reads the canonical text, and nothing else', () => {
    const flight = { carrier: '9E', number: '3525', origin: 'JFK', dest: 'SYR' };
    expect(parseFlight('flight/9E/3525/JFK/SYR/2013-09-12T23:55Z')).toEqual(flight);
    expect(parseFlight('flight/UA/0/EWR/IAH/2013-09-12T10:15Z')).toBeNull();
    expect(parseFlight('rain/EWR/2013-09-12')).toBeNull();
  });
});

describe('shortHex', () => {
  it('keeps both ends', () => {
    expect(shortHex(`0x1234${'0'.repeat(32)}cdef`)).toBe('0x1234…cdef');
    expect(shortHex('0x12')).toBe('0x12');
  });
});
