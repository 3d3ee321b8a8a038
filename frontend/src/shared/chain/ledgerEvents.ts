import { getAbiItem, type Address, type ContractEventName, type Hash, type Log } from 'viem';
import { parametricProductAbi } from '../../generated/parametricProduct';
import { treasuryAbi } from '../../generated/treasury';

/** The events that rebuild every policy and payment. Others (token transfers, ERC-5192) repeat what these say. */
export const LEDGER_EVENTS = [
  getAbiItem({ abi: parametricProductAbi, name: 'RisksReported' }),
  getAbiItem({ abi: parametricProductAbi, name: 'PolicyBound' }),
  getAbiItem({ abi: parametricProductAbi, name: 'EventsReported' }),
  getAbiItem({ abi: parametricProductAbi, name: 'EventClosed' }),
  getAbiItem({ abi: parametricProductAbi, name: 'PolicySettled' }),
  getAbiItem({ abi: parametricProductAbi, name: 'PoliciesSettled' }),
  getAbiItem({ abi: treasuryAbi, name: 'PayoutHeld' }),
  getAbiItem({ abi: treasuryAbi, name: 'HeldPayoutPaid' }),
] as const;

type LedgerEventName = ContractEventName<typeof LEDGER_EVENTS>;
type LogOf<Name extends LedgerEventName> = Log<
  bigint,
  number,
  false,
  Extract<(typeof LEDGER_EVENTS)[number], { name: Name }>,
  true
>;
/** A mined, fully decoded log of one of `LEDGER_EVENTS`. */
export type LedgerLog = { [Name in LedgerEventName]: LogOf<Name> }[LedgerEventName];
export type ArgsOf<Name extends LedgerEventName> = LogOf<Name>['args'];

/** Where and when something happened on the chain. Unique and ordered by block and log index. */
export interface Position {
  blockNumber: bigint;
  blockHash: Hash;
  blockTime: bigint; // unix seconds
  transactionHash: Hash;
  logIndex: number;
}

/** A decoded log with its place in time. */
export type LedgerEvent = {
  [Name in LedgerEventName]: { name: Name; args: ArgsOf<Name>; emitter: Address; at: Position };
}[LedgerEventName];

/** Order in which things happened: negative when `a` came first. */
export function byPosition(a: Position, b: Position): number {
  if (a.blockNumber !== b.blockNumber) return a.blockNumber < b.blockNumber ? -1 : 1;
  return a.logIndex - b.logIndex;
}
