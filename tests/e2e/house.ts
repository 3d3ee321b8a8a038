import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getContract, toFunctionSelector, type Abi, type Address, type Hash, type Hex } from 'viem';
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
  factory: 5n,
};
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
  manager: Address;
  quorum: Address;
  treasury: Address;
  factory: Address;
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
    const manager = await create('AccessManager', administrator.address);
    const signers = nodes.map(({ address }) => address);
    const quorum = await create('OracleQuorum', manager, signers, 1);
    const treasury = await create('Treasury', token, manager, 'Quittance Capital', 'QCAP');
    const factory = await create('ProductFactory', await create('ParametricProduct'));
    const chainId = BigInt(await client.getChainId());
    const house = new House(anvil, { token, manager, quorum, treasury, factory }, chainId, startBlock);
    await house.grantRoles();
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
    const { token, manager, quorum, treasury, factory } = this.at;
    return {
      chain_id: Number(this.chainId),
      block_number: Number(this.startBlock.number),
      block_hash: this.startBlock.hash,
      rpc_url: this.anvil.url,
      contracts: {
        AccessManager: manager,
        TestStablecoin: token,
        OracleQuorum: quorum,
        Treasury: treasury,
        ProductFactory: factory,
      },
      products: [],
    };
  }

  private async grantRoles(): Promise<void> {
    const { abi } = artefact('AccessManager');
    const call = async (functionName: string, ...args: unknown[]) =>
      this.anvil.mined(
        await this.anvil.client.writeContract({
          address: this.at.manager,
          abi,
          functionName,
          args,
          account: administrator,
        }),
      );
    const deposit = toFunctionSelector('deposit(uint256,address)');
    await call('setTargetFunctionRole', this.at.treasury, [deposit], ROLE.treasurer);
    const register = toFunctionSelector('registerProduct(address)');
    await call('setTargetFunctionRole', this.at.treasury, [register], ROLE.factory);
    await call('grantRole', ROLE.productManager, administrator.address, 0);
    await call('grantRole', ROLE.treasurer, administrator.address, 0);
    await call('grantRole', ROLE.factory, this.at.factory, 0);
    await call('grantRole', ROLE.underwriter, underwriter.address, 0);
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
