import type { PublishedProduct } from '../../shared/chain/session';
import { Moment } from '../../shared/ui/Moment';
import { useWords } from '../../shared/ui/useWords';

/** A product's parameters as its contract holds them. */
export function TermsList({ product: { terms } }: { product: PublishedProduct }) {
  const { t, amount, share, span, count } = useWords();
  const rows = [
    [t.termSumInsured, t.termRange(amount(terms.minSumInsured), amount(terms.maxSumInsured))],
    [t.termMaxEventExposure, amount(terms.maxEventExposure)],
    [t.termMinPremium, amount(terms.minPremium)],
    [t.termLoading, share(BigInt(terms.loadingBps))],
    [t.termSaleWindow, t.termSaleWindowText(span(terms.maxLeadSeconds), span(terms.minLeadSeconds))],
    [t.termReportWindow, span(terms.reportWindowSeconds)],
    [t.termSignatures, count(terms.minSignatures)],
  ] as const;
  return (
    <section className="card" aria-label={t.termsTitle}>
      <h3>{t.termsTitle}</h3>
      <dl className="ledger-lines">
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div>
          <dt>{t.termPeriod}</dt>
          <dd className="period">
            <Moment at={terms.periodStart} />
            <span aria-hidden="true">–</span>
            <Moment at={terms.periodEnd} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
