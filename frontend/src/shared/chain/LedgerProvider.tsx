import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { LedgerSession, type Ledger, type ReadyLedger } from './session';

const LedgerContext = createContext<ReadyLedger | null>(null);

/** Follows the ledger while mounted. */
export function useLedgerSession(): Ledger {
  const [ledger, setLedger] = useState<Ledger>({ status: 'loading', readTo: null, head: null });
  useEffect(() => {
    const session = new LedgerSession(setLedger);
    void session.run();
    return () => session.stop();
  }, []);
  return ledger;
}

export function LedgerProvider({ ledger, children }: { ledger: ReadyLedger; children: ReactNode }) {
  return <LedgerContext value={ledger}>{children}</LedgerContext>;
}

/** The ledger as read so far. Only below a `LedgerProvider`. */
export function useLedger(): ReadyLedger {
  const ledger = useContext(LedgerContext);
  if (!ledger) throw new Error('useLedger outside LedgerProvider');
  return ledger;
}
