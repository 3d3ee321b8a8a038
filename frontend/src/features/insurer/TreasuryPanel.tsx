import { useLedger } from '../../shared/chain/LedgerProvider';
import { useWords } from '../../shared/ui/useWords';

/** The treasury's totals at the latest block, and whether the events add up to them. */
export function TreasuryPanel() {
  const { t, amount, share } = useWords();
  const { treasury, state } = useLedger();
  const agrees = treasury.exposure === state.totals.exposure && treasury.heldPayouts === state.totals.held;
  const rows = [
    [t.treasuryAssets, treasury.assets, null],
    [t.treasuryExposure, treasury.exposure, t.treasuryExposureHint],
    [t.treasuryHeld, treasury.heldPayouts, t.treasuryHeldHint],
    [t.treasuryFree, treasury.freeCapital, t.treasuryFreeHint(share(treasury.requiredRatioBps))],
  ] as const;
  return (
    <section className="card" aria-labelledby="treasury-title">
      <h2 id="treasury-title">{t.treasuryTitle}</h2>
      <dl className="ledger-lines">
        {rows.map(([name, units, hint]) => (
          <div key={name}>
            <dt>
              {name}
              {hint ? <span className="muted hint">{hint}</span> : null}
            </dt>
            <dd className="number">{amount(units)}</dd>
          </div>
        ))}
      </dl>
      <p className={agrees ? 'muted small' : 'bad-text small'} role={agrees ? undefined : 'alert'}>
        {agrees ? t.treasuryAgrees : t.treasuryDisagrees}
      </p>
    </section>
  );
}
