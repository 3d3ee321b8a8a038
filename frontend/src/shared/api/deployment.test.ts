import { describe, expect, it } from 'vitest';
import { loadDeployment, parseDeployment } from './deployment';
import type { Failure } from './failure';
import { LedgerFailure } from './failure';

const contracts = {
  TestStablecoin: '0x1000000000000000000000000000000000000001',
  OracleQuorum: '0x1000000000000000000000000000000000000002',
  Treasury: '0x1000000000000000000000000000000000000003',
  ProductFactory: '0x1000000000000000000000000000000000000004',
};
const file = {
  chain_id: 31_337,
  block_number: 0,
  block_hash: `0x${'ab'.repeat(32)}`,
  rpc_url: 'http://127.0.0.1:1',
  contracts,
};

function failureOf(value: unknown): Failure | null {
  try {
    parseDeployment(value);
    return null;
  } catch (error) {
    return error instanceof LedgerFailure ? error.failure : null;
  }
}

async function loadFailure(answer: () => Promise<Response>): Promise<Failure | null> {
  return loadDeployment(answer).then(
    () => null,
    (error: unknown) => (error instanceof LedgerFailure ? error.failure : null),
  );
}

describe('parseDeployment', () => {
  it('reads a record', () => {
    expect(parseDeployment(file)).toMatchObject({ chainId: 31_337n, blockNumber: 0n, rpcUrl: 'http://127.0.0.1:1' });
  });

  it.each([
    ['chain_id', { ...file, chain_id: '31337' }],
    ['block_number', { ...file, block_number: -1 }],
    ['rpc_url', { ...file, rpc_url: 'file:///etc' }],
    ['contracts', { ...file, contracts: undefined }],
    ['contracts.Treasury', { ...file, contracts: { ...contracts, Treasury: '0x12' } }],
    ['deployment.json', []],
  ])('names %s when it is wrong', (field, value) => {
    expect(failureOf(value)).toEqual({ kind: 'deployment-invalid', field });
  });
});

describe('loadDeployment', () => {
  it('a file that is not there, a server that is not there, a file that is no JSON', async () => {
    expect(await loadFailure(() => Promise.resolve(new Response('', { status: 404 })))).toEqual({
      kind: 'deployment-missing',
    });
    expect(await loadFailure(() => Promise.reject(new TypeError('fetch failed')))).toEqual({
      kind: 'deployment-missing',
    });
    expect(await loadFailure(() => Promise.resolve(new Response('<html>')))).toEqual({
      kind: 'deployment-invalid',
      field: 'deployment.json',
    });
  });
});
