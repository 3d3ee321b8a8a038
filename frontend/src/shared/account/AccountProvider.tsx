import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import type { Account, SignedIn } from './account';

const AccountContext = createContext<Account | null>(null);

/** Gives the page the reader's session, and asks once whether one was left open. */
export function AccountProvider({ account, children }: { account: Account; children: ReactNode }) {
  useEffect(() => {
    void account.resume();
  }, [account]);
  return <AccountContext.Provider value={account}>{children}</AccountContext.Provider>;
}

/** The account, and whether somebody is signed in now. */
export function useAccount(): { account: Account; signedIn: SignedIn } {
  const account = useContext(AccountContext);
  if (!account) throw new Error('useAccount needs an AccountProvider around it');
  return { account, signedIn: useSyncExternalStore(account.subscribe, account.now) };
}
