import { mnemonicToAccount, type HDAccount } from 'viem/accounts';

const MNEMONIC = 'test test test test test test test test test test test junk';

/** How many of the accounts below anvil has to fund. */
export const FUNDED = 2;

function account(addressIndex: number): HDAccount {
  return mnemonicToAccount(MNEMONIC, { addressIndex });
}

/** Deploys, and sends every transaction. */
export const administrator = account(0);
/** Signs quotes. */
export const underwriter = account(1);
/** The oracle nodes, in the ascending order of their addresses, as the quorum lists them. */
export const nodes = [10, 11, 12, 13].map(account).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
/** Policyholders. They never send anything: they sign. */
export const holders = Array.from({ length: 24 }, (_, i) => account(100 + i));
/** A holder whose address the token's issuer has blocked. */
export const blockedHolder = account(200);
