// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { Failure } from '../shared/api/failure';
import { en } from '../shared/i18n/en';
import { LanguageProvider } from '../shared/i18n/Language';
import { zh } from '../shared/i18n/zh';
import { FailureView, failureSentence } from './FailureView';
import { parseRoute } from './routes';

afterEach(cleanup);

const FAILURES: Failure[] = [
  { kind: 'deployment-missing' },
  { kind: 'deployment-invalid', field: 'rpc_url' },
  { kind: 'rpc-unreachable', url: 'http://127.0.0.1:8545', reason: 'fetch failed' },
  { kind: 'wrong-chain', expected: 31_337n, actual: 1n },
  { kind: 'other-history', blockNumber: 12n, expected: '0xaa', actual: '0xbb' },
  { kind: 'contract-missing', name: 'treasury', address: '0x12' },
];

describe('FailureView', () => {
  it.each(FAILURES)('$kind is said in a sentence, at once, with what can be done', (failure) => {
    render(
      <LanguageProvider>
        <FailureView failure={failure} />
      </LanguageProvider>,
    );

    expect(screen.getByRole('alert').textContent).toContain(failureSentence(en, 'en-GB', failure));
    expect(failureSentence(zh, 'zh-CN', failure)).toMatch(/。$/);
  });
});

describe('parseRoute', () => {
  it.each([
    ['', { page: 'overview' }],
    ['#/', { page: 'overview' }],
    ['#/policies?q=ua&state=held', { page: 'policies' }],
    ['#/policy/0xab', { page: 'policy', id: '0xab' }],
    ['#/policy', { page: 'not-found' }],
    ['#/policy/0xab/more', { page: 'not-found' }],
    ['#/set-password', { page: 'set-password', token: '' }],
    ['#qt_ab12_Z-9', { page: 'set-password', token: 'qt_ab12_Z-9' }],
    ['#qt_<script>', { page: 'not-found' }],
    ['#/nowhere', { page: 'not-found' }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });
});
