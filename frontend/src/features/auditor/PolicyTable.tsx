import { policyState, type Policy } from '../../shared/chain/model';
import { FlightName } from '../../shared/ui/FlightName';
import { paths } from '../../shared/ui/hash';
import { HexValue } from '../../shared/ui/HexValue';
import { Moment } from '../../shared/ui/Moment';
import { StateChip } from '../../shared/ui/StateChip';
import { useWords } from '../../shared/ui/useWords';

function PolicyRow({ policy }: { policy: Policy }) {
  const { t, amount } = useWords();
  return (
    <tr>
      <th scope="row">
        <a href={paths.policy(policy.id)}>
          <FlightName insuredEvent={policy.quote.insuredEvent} />
        </a>
      </th>
      <td data-label={t.columnState} className="state">
        <StateChip state={policyState(policy)} />
      </td>
      <td data-label={t.columnAmount} className="number">
        {policy.payment ? amount(policy.payment.amount) : t.none}
      </td>
      <td data-label={t.columnSumInsured} className="number">
        {amount(policy.quote.sumInsured)}
      </td>
      <td data-label={t.columnPremium} className="number secondary">
        {amount(policy.quote.premium)}
      </td>
      <td data-label={t.columnDeparture}>
        <Moment at={policy.event.occursAt} />
      </td>
      <td data-label={t.columnHolder} className="secondary">
        <HexValue value={policy.holder} label={t.columnHolder} />
      </td>
      <td data-label={t.columnPolicy} className="secondary">
        <HexValue value={policy.id} label={t.columnPolicy} />
      </td>
    </tr>
  );
}

/** Policies as rows; each flight leads to the policy's own page. */
export function PolicyTable({ policies }: { policies: readonly Policy[] }) {
  const { t } = useWords();
  const numbers = [t.columnAmount, t.columnSumInsured, t.columnPremium];
  const columns = [t.columnFlight, t.columnState, ...numbers, t.columnDeparture, t.columnHolder, t.columnPolicy];
  return (
    <table className="records">
      <caption className="visually-hidden">{t.policiesTitle}</caption>
      <thead>
        <tr>
          {columns.map((name) => (
            <th key={name} scope="col" className={numbers.includes(name) ? 'number' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {policies.map((policy) => (
          <PolicyRow key={policy.key} policy={policy} />
        ))}
      </tbody>
    </table>
  );
}
