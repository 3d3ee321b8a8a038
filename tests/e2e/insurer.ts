import {
  getContract,
  keccak256,
  maxUint256,
  numberToHex,
  parseSignature,
  stringToBytes,
  type Address,
  type Hash,
  type Hex,
} from 'viem';
import type { HDAccount } from 'viem/accounts';
import { parametricProductAbi } from '../../frontend/src/generated/parametricProduct';
import {
  ACCEPTANCE_TYPES,
  EVENT_REPORT_TYPES,
  QUOTE_TYPES,
  RISK_REPORT_TYPES,
  productDomain,
} from '../../frontend/src/shared/chain/typedData';
import type { House } from './house';
import { administrator, nodes, underwriter } from './parties';

const HOUR = 3_600;
const SETTLED_AT_ONCE = 400;
const NO_PERMIT = {
  value: 0n,
  deadline: 0n,
  v: 0,
  r: numberToHex(0, { size: 32 }),
  s: numberToHex(0, { size: 32 }),
};
const PERMIT_TYPES = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;

export interface Application {
  flight: string; // canonical text
  holder: HDAccount;
  sumInsured: bigint; // token units
  expectedSharePpb: number;
}

export interface Observation {
  flight: string;
  outcome: 1 | 2 | 3; // measured, cancelled, diverted
  value: number;
}

export function eventIdOf(flight: string): bigint {
  return BigInt(keccak256(stringToBytes(flight))) >> 32n;
}

export function policyIdOf(flight: string, ordinal = 0): Hex {
  return numberToHex((eventIdOf(flight) << 32n) | BigInt(ordinal), {
    size: 32,
  });
}

/** Scheduled departure of a flight, unix seconds. */
export function departureOf(flight: string): number {
  return Date.parse(flight.split('/').at(-1)?.replace('Z', ':00Z') ?? '') / 1_000;
}

/** Sells and settles policies of one product, with real signatures of everybody who has to sign. */
export class Insurer {
  private applications = 0n;
  private readonly permitted = new Set<Address>();
  private readonly domain;
  private readonly contract;

  constructor(
    private readonly house: House,
    readonly product: Address,
    private readonly loadingBps: bigint,
    private readonly minPremium: bigint,
  ) {
    this.domain = productDomain(house.chainId, product);
    this.contract = getContract({
      address: product,
      abi: parametricProductAbi,
      client: house.anvil.client,
    });
  }

  /** Binds a batch of applications on one risk report. */
  async sell(applications: readonly Application[]): Promise<Hash> {
    const batch = ++this.applications;
    const { timestamp } = await this.house.anvil.client.getBlock();
    const validUntil = Number(timestamp) + HOUR;
    await this.fund(applications);
    const assessments = applications.map((application, i) => ({
      applicationId: (batch << 8n) | BigInt(i),
      eventId: eventIdOf(application.flight),
      occursAt: departureOf(application.flight),
      expectedSharePpb: application.expectedSharePpb,
      sumInsuredCap: 1_000_000_000n,
      commitment: keccak256(numberToHex((batch << 8n) | BigInt(i))),
    }));
    const report = {
      chainId: this.house.chainId,
      product: this.product,
      signerEpoch: 1,
      observedAt: Number(timestamp),
      validUntil,
      modelHash: keccak256(stringToBytes('delay model, July 2013')),
      assessments,
    };
    const typed = {
      domain: this.domain,
      types: RISK_REPORT_TYPES,
      primaryType: 'RiskReport',
      message: report,
    } as const;
    const signatures = await Promise.all(nodes.slice(0, 3).map((node) => node.signTypedData(typed)));
    const bindings = [];
    for (const [i, application] of applications.entries()) {
      bindings.push(await this.binding(i, application, assessments[i]?.applicationId ?? 0n, validUntil));
    }
    const by = { account: administrator, chain: null } as const;
    const hash = await this.contract.write.bind([report, signatures, bindings], by);
    await this.house.anvil.mined(hash);
    return hash;
  }

  /** Reports how flights ended, six hours after the last of them departed, and settles what is owed. */
  async reportAndSettle(observations: readonly Observation[], signers = nodes.slice(1)): Promise<Hash> {
    const { client } = this.house.anvil;
    const { timestamp } = await client.getBlock();
    const landed = Math.max(...observations.map(({ flight }) => departureOf(flight))) + 6 * HOUR;
    const now = Math.max(landed, Number(timestamp) + 60);
    await client.setNextBlockTimestamp({ timestamp: BigInt(now) });
    const report = {
      chainId: this.house.chainId,
      product: this.product,
      signerEpoch: 1,
      observedAt: now,
      validUntil: now + HOUR,
      sourceHash: keccak256(stringToBytes('flight archive, September 2013')),
      measurements: observations.map(({ flight, outcome, value }) => ({
        eventId: eventIdOf(flight),
        outcome,
        value,
      })),
    };
    const typed = {
      domain: this.domain,
      types: EVENT_REPORT_TYPES,
      primaryType: 'EventReport',
      message: report,
    } as const;
    const signatures = await Promise.all(signers.map((node) => node.signTypedData(typed)));
    const by = { account: administrator, chain: null } as const;
    const hash = await this.contract.write.reportAndSettle([report, signatures, BigInt(SETTLED_AT_ONCE)], by);
    await this.house.anvil.mined(hash);
    return hash;
  }

  /** Settles what one transaction could not, until all policies of these flights are settled. */
  async settleRest(eventIds: readonly bigint[], policies: number): Promise<void> {
    const by = { account: administrator, chain: null } as const;
    for (let settled = SETTLED_AT_ONCE; settled < policies; settled += SETTLED_AT_ONCE) {
      const most = BigInt(SETTLED_AT_ONCE);
      await this.house.anvil.mined(await this.contract.write.settle([eventIds, most], by));
    }
  }

  /** Closes a flight nobody reported, once the report window is over, and gives the premiums back. */
  async closeUnreported(flight: string, reportWindowSeconds: number): Promise<void> {
    const { client } = this.house.anvil;
    const by = { account: administrator, chain: null } as const;
    await client.setNextBlockTimestamp({
      timestamp: BigInt(departureOf(flight) + reportWindowSeconds + HOUR),
    });
    await this.house.anvil.mined(await this.contract.write.closeUnreported([eventIdOf(flight)], by));
    await this.house.anvil.mined(await this.contract.write.settle([[eventIdOf(flight)], 600n], by));
  }

  private premium({ sumInsured, expectedSharePpb }: Application): bigint {
    const unit = 1_000_000_000n * 10_000n;
    const loaded = (sumInsured * BigInt(expectedSharePpb) * (10_000n + this.loadingBps) + unit - 1n) / unit;
    return loaded > this.minPremium ? loaded : this.minPremium;
  }

  private async fund(applications: readonly Application[]): Promise<void> {
    const accounts = [...new Set(applications.map(({ holder }) => holder.address))];
    const by = { account: administrator, chain: null } as const;
    await this.house.anvil.mined(await this.house.contracts.token.write.mintEach([accounts, 1_000_000_000n], by));
  }

  private async binding(assessment: number, application: Application, applicationId: bigint, validUntil: number) {
    const quote = {
      applicationId,
      holder: application.holder.address,
      underwriter: underwriter.address,
      insuredEvent: application.flight,
      occursAt: departureOf(application.flight),
      sumInsured: application.sumInsured,
      premium: this.premium(application),
      validUntil,
    };
    const { domain } = this;
    return {
      assessment: BigInt(assessment),
      quote,
      underwriterSignature: await underwriter.signTypedData({
        domain,
        types: QUOTE_TYPES,
        primaryType: 'Quote',
        message: quote,
      }),
      acceptance: await application.holder.signTypedData({
        domain,
        types: ACCEPTANCE_TYPES,
        primaryType: 'Acceptance',
        message: quote,
      }),
      permit: await this.permit(application.holder, validUntil),
    };
  }

  /** One permit for everything, the first time a holder buys. */
  private async permit(holder: HDAccount, validUntil: number) {
    if (this.permitted.has(holder.address)) return NO_PERMIT;
    this.permitted.add(holder.address);
    const { token, treasury } = this.house.at;
    const deadline = BigInt(validUntil);
    const signature = await holder.signTypedData({
      domain: {
        name: 'Test Dollar',
        version: '1',
        chainId: this.house.chainId,
        verifyingContract: token,
      },
      types: PERMIT_TYPES,
      primaryType: 'Permit',
      message: {
        owner: holder.address,
        spender: treasury,
        value: maxUint256,
        nonce: 0n,
        deadline,
      },
    });
    const { r, s, yParity } = parseSignature(signature);
    return { value: maxUint256, deadline, v: 27 + yParity, r, s };
  }
}
