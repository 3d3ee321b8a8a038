import { useState } from 'react';
import { byPosition } from '../chain/ledgerEvents';
import type { Payment } from '../chain/model';
import { FlightName } from './FlightName';
import { paths } from './hash';
import { HexValue } from './HexValue';
import { Moment } from './Moment';
import { StateChip } from './StateChip';
import { useWords } from './useWords';

function PaymentRow({ payment, arrived }: { payment: Payment; arrived: boolean }) {
  const { t, amount, reason } = useWords();
  const { policy } = payment;
  return (
    <tr className={arrived ? 'arrived' : undefined} data-payment={payment.key}>
      <th scope="row">
        <a href={paths.policy(policy.id)}>
          <FlightName insuredEvent={policy.quote.insuredEvent} />
        </a>
      </th>
      <td data-label={t.columnAmount} className="number">
        {amount(payment.amount)}
      </td>
      <td data-label={t.columnState} className="state">
        <StateChip state={payment.fate} />
      </td>
      <td data-label={t.columnWhy}>{reason(payment)}</td>
      <td data-label={t.columnPayee} className="secondary">
        <HexValue value={payment.payee} label={t.columnPayee} />
      </td>
      <td data-label={t.columnTime}>
        <Moment at={payment.at.blockTime} />
      </td>
      <td data-label={t.columnTransaction} className="secondary">
        <HexValue value={payment.at.transactionHash} label={t.columnTransaction} />
      </td>
    </tr>
  );
}

/** Payments, newest first. Those that arrive while the table is open are marked and announced. */
export function PaymentTable({ payments, caption }: { payments: readonly Payment[]; caption: string }) {
  const { t, count } = useWords();
  const [seen] = useState(() => payments[0]?.at ?? null);
  const isNew = (payment: Payment) => seen === null || byPosition(payment.at, seen) > 0;
  const arrived = payments.filter(isNew).length;
  const columns = [t.columnAmount, t.columnState, t.columnWhy, t.columnPayee, t.columnTime, t.columnTransaction];
  return (
    <>
      <p role="status" className="visually-hidden">
        {arrived > 0 ? t.newPayments(count(arrived)) : ''}
      </p>
      {payments.length === 0 ? (
        <p className="empty">{t.noPayments}</p>
      ) : (
        <table className="records">
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{t.columnFlight}</th>
              {columns.map((name) => (
                <th key={name} scope="col" className={name === t.columnAmount ? 'number' : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {payments.map((payment) => (
              <PaymentRow key={payment.key} payment={payment} arrived={isNew(payment)} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
