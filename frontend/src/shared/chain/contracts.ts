import { getAbiItem, type Address, type Hash } from 'viem';
import type { Deployment } from '../api/deployment';
import { LedgerFailure } from '../api/failure';
import { oracleQuorumAbi } from '../../generated/oracleQuorum';
import { parametricProductAbi } from '../../generated/parametricProduct';
import { productFactoryAbi } from '../../generated/productFactory';
import { testStablecoinAbi } from '../../generated/testStablecoin';
import { treasuryAbi } from '../../generated/treasury';
import type { Head, Product, Token, TreasuryTotals } from './model';
import { readBlock, type ChainClient } from './reader';

const TRANSFER = getAbiItem({ abi: testStablecoinAbi, name: 'Transfer' });

/** Products asked for at once. */
const DIRECTORY_PAGE = 100n;

/**
 * Makes sure that this is the chain the contracts were deployed on.
 * @throws LedgerFailure `wrong-chain`, `other-history` or `contract-missing`.
 */
export async function checkChain(client: ChainClient, deployment: Deployment): Promise<void> {
  const actual = BigInt(await client.getChainId());
  if (actual !== deployment.chainId) {
    throw new LedgerFailure({ kind: 'wrong-chain', expected: deployment.chainId, actual });
  }
  for (const [name, address] of Object.entries(deployment.contracts)) {
    const code = await client.getCode({ address });
    if (code === undefined) throw new LedgerFailure({ kind: 'contract-missing', name, address });
  }
  const { blockNumber, blockHash } = deployment;
  if (blockHash === null) return;
  const { hash } = await readBlock(client, blockNumber);
  if (hash !== blockHash) {
    throw new LedgerFailure({ kind: 'other-history', blockNumber, expected: blockHash, actual: hash });
  }
}

export async function readToken(client: ChainClient, address: Address): Promise<Token> {
  const token = { address, abi: testStablecoinAbi } as const;
  const [symbol, decimals] = await Promise.all([
    client.readContract({ ...token, functionName: 'symbol' }),
    client.readContract({ ...token, functionName: 'decimals' }),
  ]);
  return { address, symbol, decimals };
}

/** How many products the factory has deployed. */
export function readProductCount(client: ChainClient, factory: Address): Promise<bigint> {
  return client.readContract({ address: factory, abi: productFactoryAbi, functionName: 'productCount' });
}

async function readProduct(client: ChainClient, address: Address): Promise<Product> {
  const product = { address, abi: parametricProductAbi } as const;
  const [terms, termsHash] = await Promise.all([
    client.readContract({ ...product, functionName: 'terms' }),
    client.readContract({ ...product, functionName: 'termsHash' }),
  ]);
  return { address, terms, termsHash };
}

/** Every product in the factory's directory, oldest first. */
export async function readProducts(client: ChainClient, factory: Address): Promise<Product[]> {
  const addresses: Address[] = [];
  const count = await readProductCount(client, factory);
  for (let from = 0n; from < count; from += DIRECTORY_PAGE) {
    const args = [from, DIRECTORY_PAGE] as const;
    addresses.push(
      ...(await client.readContract({ address: factory, abi: productFactoryAbi, functionName: 'products', args })),
    );
  }
  return Promise.all(addresses.map((address) => readProduct(client, address)));
}

/** The treasury's figures, all at one block. */
export async function readTreasury(client: ChainClient, address: Address, head: Head): Promise<TreasuryTotals> {
  const treasury = { address, abi: treasuryAbi, blockNumber: head.number } as const;
  const [assets, exposure, heldPayouts, freeCapital, requiredRatioBps] = await Promise.all([
    client.readContract({ ...treasury, functionName: 'heldAssets' }),
    client.readContract({ ...treasury, functionName: 'totalExposure' }),
    client.readContract({ ...treasury, functionName: 'totalHeldPayouts' }),
    client.readContract({ ...treasury, functionName: 'freeCapital' }),
    client.readContract({ ...treasury, functionName: 'requiredRatioBps' }),
  ]);
  return { assets, exposure, heldPayouts, freeCapital, requiredRatioBps };
}

export interface SignerSet {
  epoch: number;
  signers: readonly Address[];
  threshold: number;
}

export async function readSignerSet(client: ChainClient, quorum: Address, epoch: number): Promise<SignerSet> {
  const [signers, threshold] = await client.readContract({
    address: quorum,
    abi: oracleQuorumAbi,
    functionName: 'signerSet',
    args: [epoch],
  });
  return { epoch, signers, threshold };
}

/** Whether a token moved from the treasury to a payee in a transaction, told by the token's own log. */
export interface TransferSought {
  token: Address;
  from: Address;
  to: Address;
  amount: bigint;
  blockHash: Hash;
  transactionHash: Hash;
}

export async function sawTransfer(client: ChainClient, sought: TransferSought): Promise<boolean> {
  const logs = await client.getLogs({
    address: sought.token,
    event: TRANSFER,
    args: { from: sought.from, to: sought.to },
    blockHash: sought.blockHash,
    strict: true,
  });
  return logs.some((log) => log.transactionHash === sought.transactionHash && log.args.value >= sought.amount);
}
