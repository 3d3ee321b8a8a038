import type { Policy } from '../../shared/chain/model';
import type { PublishedProduct } from '../../shared/chain/session';
import { HexValue } from '../../shared/ui/HexValue';
import { Moment } from '../../shared/ui/Moment';
import { paths } from '../../shared/ui/hash';
import { useWords } from '../../shared/ui/useWords';

/** What a policy insures, for whom, and under which product. */
export function PolicyFacts({ policy, product }: { policy: Policy; product: PublishedProduct }) {
  const { t, code, amount } = useWords();
  const { quote } = policy;
  const rows = [
    [t.factSumInsured, amount(quote.sumInsured)],
    [t.factPremium, amount(quote.premium)],
    [t.factDeparture, <Moment key="departure" at={quote.occursAt} />],
    [t.factHolder, <HexValue key="holder" value={policy.holder} label={t.factHolder} digits={6} />],
    [t.factUnderwriter, <HexValue key="underwriter" value={quote.underwriter} label={t.factUnderwriter} digits={6} />],
    [t.factPolicyId, <HexValue key="id" value={policy.id} label={t.factPolicyId} digits={6} />],
    [t.factEvent, <code key="event">{quote.insuredEvent}</code>],
    [
      t.factProduct,
      <a key="product" href={paths.products}>
        {product.document?.title[code] ?? t.unnamedProduct}
      </a>,
    ],
  ] as const;
  return (
    <dl className="card policy-facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
