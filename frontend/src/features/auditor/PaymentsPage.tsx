import { useLedger } from '../../shared/chain/LedgerProvider';
import type { Payment } from '../../shared/chain/model';
import { Pager } from '../../shared/ui/Pager';
import { PaymentTable } from '../../shared/ui/PaymentTable';
import { usePages } from '../../shared/ui/usePages';
import { useTitle } from '../../shared/ui/useTitle';
import { useWords } from '../../shared/ui/useWords';

const ROWS = 50;
const keyOf = (payment: Payment) => payment.key;

/** Every payment, newest first. */
export function PaymentsPage() {
  const { t } = useWords();
  useTitle(t.paymentsTitle);
  const { state } = useLedger();
  const page = usePages(state.payments.toReversed(), keyOf, ROWS, 'payments');
  return (
    <>
      <h1>{t.paymentsTitle}</h1>
      <PaymentTable payments={page.rows} caption={t.paymentsTitle} />
      <Pager page={page} />
    </>
  );
}
