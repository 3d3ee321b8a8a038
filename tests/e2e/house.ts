import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getContract, type Abi, type Address, type Hash, type Hex } from 'viem';
import { oracleQuorumAbi } from '../../frontend/src/generated/oracleQuorum';
import { parametricProductAbi } from '../../frontend/src/generated/parametricProduct';
import { productFactoryAbi } from '../../frontend/src/generated/productFactory';
import { testStablecoinAbi } from '../../frontend/src/generated/testStablecoin';
import { treasuryAbi } from '../../frontend/src/generated/treasury';
import type { Terms } from '../../frontend/src/shared/chain/typedData';
import { ROOT, type Anvil, type ChainControl } from './chain';
import { administrator, blockedHolder, nodes, underwriter } from './parties';

const ROLE = {
  productManager: 1n,
  underwriter: 2n,
  treasurer: 3n,
};
const SERVICE = { token: 0, quorum: 1 };
const ADMIN_DELAY_SECONDS = 3600;
const CAPITAL = 1_000_000_000_000n; // token units
const VECTOR = join(ROOT, 'frontend', 'src', 'shared', 'testing', 'flight-delay.json');

interface Artefact {
  abi: Abi;
  bytecode: Hex;
}

function artefact(contract: string): Artefact {
  return JSON.parse(readFileSync(join(ROOT, 'ledger', 'abi', `${contract}.json`), 'utf8')) as Artefact;
}

export type Json = Record<string, unknown>;

/** The flight-delay document, as Python wrote it. A copy of its own for each caller. */
export function flightDelayDocument(): Json {
  return JSON.parse(readFileSync(VECTOR, 'utf8')) as Json;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function contracts(client: ChainControl, at: Addresses) {
  return {
    token: getContract({ address: at.token, abi: testStablecoinAbi, client }),
    quorum: getContract({ address: at.quorum, abi: oracleQuorumAbi, client }),
    treasury: getContract({ address: at.treasury, abi: treasuryAbi, client }),
    factory: getContract({
      address: at.factory,
      abi: productFactoryAbi,
      client,
    }),
  };
}

interface Addresses {
  token: Address;
  platform: Address;
  registry: Address;
  manager: Address;
  quorum: Address;
  treasury: Address;
  factory: Address;
}

/** Lets the administrator found an insurer on this token and quorum; the platform's administrator is the same. */
async function registerInsurer(
  anvil: Anvil,
  registry: Address,
  token: Address,
  quorum: Address,
): Promise<Pick<Addresses, 'manager' | 'treasury' | 'factory'>> {
  const { abi } = artefact('InsurerRegistry');
  const send = async (functionName: string, ...args: unknown[]) =>
    anvil.mined(
      await anvil.client.writeContract({ address: registry, abi, functionName, args, account: administrator }),
    );
  const read = async (functionName: string, ...args: unknown[]) =>
    anvil.client.readContract({ address: registry, abi, functionName, args });
  await send('admitService', SERVICE.token, token, true);
  await send('admitService', SERVICE.quorum, quorum, true);
  await send('admitFounder', administrator.address, true);
  const holder = (role: bigint, account: Address) => ({ role, account, executionDelay: 0 });
  await send('registerInsurer', {
    name: 'Quittance Capital',
    symbol: 'QCAP',
    asset: token,
    administrator: administrator.address,
    adminDelaySeconds: ADMIN_DELAY_SECONDS,
    holders: [
      holder(ROLE.productManager, administrator.address),
      holder(ROLE.treasurer, administrator.address),
      holder(ROLE.underwriter, underwriter.address),
    ],
  });
  const insurer = (await read('insurer', 1n)) as { manager: Address; treasuries: [Address] };
  const factory = (await read('factory')) as Address;
  return { manager: insurer.manager, treasury: insurer.treasuries[0], factory };
}

/** An insurer's contracts on a chain, deployed as scripts/deploy.py does it. */
export class House {
  readonly contracts: ReturnType<typeof contracts>;

  private constructor(
    readonly anvil: Anvil,
    readonly at: Addresses,
    readonly chainId: bigint,
    readonly startBlock: { number: bigint; hash: Hash },
  ) {
    this.contracts = contracts(anvil.client, at);
  }

  static async build(anvil: Anvil): Promise<House> {
    const { client } = anvil;
    const create = async (contract: string, ...args: unknown[]): Promise<Address> => {
      const hash = await client.deployContract({
        ...artefact(contract),
        args,
        account: administrator,
      });
      const { contractAddress } = await anvil.mined(hash);
      if (!contractAddress) throw new Error(`${contract} was not created`);
      return contractAddress;
    };
    const startBlock = await client.getBlock();
    const token = await create('TestStablecoin', administrator.address);
    const platform = await create('AccessManager', administrator.address);
    const signers = nodes.map(({ address }) => address);
    const quorum = await create('OracleQuorum', platform, signers, 1);
    const makers = [await create('AccessManagerMaker'), await create('TreasuryMaker')];
    const indemnity = await create('IndemnityProduct', await create('PolicyRules'));
    const registry = await create('InsurerRegistry', platform, ...makers, await create('ParametricProduct'), indemnity);
    const insurer = await registerInsurer(anvil, registry, token, quorum);
    const chainId = BigInt(await client.getChainId());
    const house = new House(anvil, { token, platform, registry, quorum, ...insurer }, chainId, startBlock);
    await house.bringCapital();
    return house;
  }

  /**
   * Deploys the flight-delay product; returns its address and the document that belongs to it.
   * @param other Terms that differ from the product file's. The document then does not agree with them.
   */
  async launchProduct(other: Json = {}): Promise<{ product: Address; termsHash: Hash; document: Json }> {
    const document = flightDelayDocument();
    const claimed = {
      ...(document['terms'] as Json),
      ...other,
      treasury: this.at.treasury,
      quorum: this.at.quorum,
    };
    const entries = Object.entries(claimed).map(([name, value]) => [camelCase(name), value]);
    const terms = Object.fromEntries(entries) as unknown as Terms;
    const by = { account: administrator, chain: null } as const;
    await this.anvil.mined(await this.contracts.factory.write.createParametricProduct([terms], by));
    const count = await this.contracts.factory.read.productCount();
    const [product] = await this.contracts.factory.read.products([count - 1n, 1n]);
    if (!product) throw new Error('the factory has no product');
    const read = {
      address: product,
      abi: parametricProductAbi,
      functionName: 'termsHash',
    } as const;
    const termsHash = await this.anvil.client.readContract(read);
    return {
      product,
      termsHash,
      document: { ...document, terms: claimed, terms_hash: termsHash },
    };
  }

  /** What `/deployment.json` says of this house. */
  deploymentFile(): Json {
    const { token, platform, registry, manager, quorum, treasury, factory } = this.at;
    return {
      chain_id: Number(this.chainId),
      block_number: Number(this.startBlock.number),
      block_hash: this.startBlock.hash,
      rpc_url: this.anvil.url,
      contracts: {
        PlatformManager: platform,
        InsurerRegistry: registry,
        AccessManager: manager,
        TestStablecoin: token,
        OracleQuorum: quorum,
        Treasury: treasury,
        ProductFactory: factory,
      },
      products: [],
    };
  }

  private async bringCapital(): Promise<void> {
    const { token, treasury } = this.contracts;
    const by = { account: administrator, chain: null } as const;
    await this.anvil.mined(await token.write.mint([administrator.address, CAPITAL], by));
    await this.anvil.mined(await token.write.approve([this.at.treasury, CAPITAL], by));
    await this.anvil.mined(await treasury.write.deposit([CAPITAL, administrator.address], by));
  }

  /** Blocks or unblocks the one holder whose payouts are to be held. */
  async setBlocked(blocked: boolean): Promise<void> {
    const by = { account: administrator, chain: null } as const;
    await this.anvil.mined(await this.contracts.token.write.setBlocked([blockedHolder.address, blocked], by));
  }

  /** Lets the token pay the blocked holder again, and pays what is held for them. */
  async releaseHeld(): Promise<void> {
    await this.setBlocked(false);
    const by = { account: administrator, chain: null } as const;
    await this.anvil.mined(await this.contracts.treasury.write.pushHeldPayout([blockedHolder.address], by));
  }
}
