import { useLedger } from '../../shared/chain/LedgerProvider';
import { paths } from '../../shared/ui/hash';
import { PaymentTable } from '../../shared/ui/PaymentTable';
import { useWords } from '../../shared/ui/useWords';

const LATEST = 8;

/** The last payments, as they arrive. */
export function LatestPayments() {
  const { t } = useWords();
  const { state } = useLedger();
  return (
    <section className="card" aria-labelledby="latest-title">
      <h2 id="latest-title">{t.latestPayments}</h2>
      <PaymentTable payments={state.payments.slice(-LATEST).reverse()} caption={t.latestPayments} />
      {state.payments.length > LATEST ? (
        <p>
          <a href={paths.payments}>{t.allPayments}</a>
        </p>
      ) : null}
    </section>
  );
}
