import { getAddress, isAddress, isHash, type Address, type Hash } from 'viem';
import { apiClient } from './client';
import { LedgerFailure } from './failure';

/** Where the contracts are. The one thing the page has to be told; everything else it reads and checks. */
export interface Deployment {
  chainId: bigint;
  blockNumber: bigint;
  blockHash: Hash | null;
  rpcUrl: string;
  contracts: {
    token: Address;
    quorum: Address;
    treasury: Address;
    factory: Address;
  };
}

type Json = Record<string, unknown>;

function invalid(field: string): LedgerFailure {
  return new LedgerFailure({ kind: 'deployment-invalid', field });
}

function asObject(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field);
  return value as Json;
}

function asInteger(value: unknown, field: string): bigint {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid(field);
  return BigInt(value);
}

function asAddress(value: unknown, field: string): Address {
  if (typeof value !== 'string' || !isAddress(value, { strict: false })) throw invalid(field);
  return getAddress(value);
}

function asUrl(value: unknown, field: string): string {
  if (typeof value !== 'string' || !/^https?:\/\/\S+$/.test(value)) throw invalid(field);
  return value;
}

/**
 * Reads the deployment record.
 * @throws LedgerFailure `deployment-invalid`, naming the field.
 */
export function parseDeployment(value: unknown): Deployment {
  const root = asObject(value, 'deployment.json');
  const contracts = asObject(root['contracts'], 'contracts');
  const blockHash = root['block_hash'];
  return {
    chainId: asInteger(root['chain_id'], 'chain_id'),
    blockNumber: asInteger(root['block_number'], 'block_number'),
    blockHash: typeof blockHash === 'string' && isHash(blockHash) ? blockHash : null,
    rpcUrl: asUrl(root['rpc_url'], 'rpc_url'),
    contracts: {
      token: asAddress(contracts['TestStablecoin'], 'contracts.TestStablecoin'),
      quorum: asAddress(contracts['OracleQuorum'], 'contracts.OracleQuorum'),
      treasury: asAddress(contracts['Treasury'], 'contracts.Treasury'),
      factory: asAddress(contracts['ProductFactory'], 'contracts.ProductFactory'),
    },
  };
}

/**
 * Fetches `/deployment.json`.
 * @throws LedgerFailure `deployment-missing` or `deployment-invalid`.
 */
export async function loadDeployment(fetcher: typeof fetch = fetch): Promise<Deployment> {
  let body: unknown;
  try {
    const answer = await apiClient(fetcher).GET('/deployment.json');
    if (!answer.response.ok) throw new LedgerFailure({ kind: 'deployment-missing' });
    body = answer.data;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid('deployment.json');
    throw new LedgerFailure({ kind: 'deployment-missing' });
  }
  return parseDeployment(body);
}
