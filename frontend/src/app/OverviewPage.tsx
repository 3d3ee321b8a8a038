import { Figures } from '../features/auditor/Figures';
import { LatestPayments } from '../features/auditor/LatestPayments';
import { CurveCard } from '../features/insurer/CurveCard';
import { TreasuryPanel } from '../features/insurer/TreasuryPanel';
import { useLedger } from '../shared/chain/LedgerProvider';
import { DocumentVerdict } from '../shared/ui/DocumentCheck';
import { Notice } from '../shared/ui/Notice';
import { useTitle } from '../shared/ui/useTitle';
import { useWords } from '../shared/ui/useWords';

/** The whole ledger at a glance. */
export function OverviewPage() {
  const { t } = useWords();
  useTitle(t.overviewTitle);
  const { products, state } = useLedger();
  const newest = products.at(-1);
  return (
    <>
      <h1>{t.overviewTitle}</h1>
      <div className="stack">
        {products.map((product) => (
          <DocumentVerdict key={product.address} product={product} />
        ))}
        {state.policies.length === 0 ? <Notice tone="plain">{t.noPolicies}</Notice> : null}
        <Figures />
        <LatestPayments />
        <div className="columns">
          <TreasuryPanel />
          {newest ? <CurveCard product={newest} /> : null}
        </div>
      </div>
    </>
  );
}
