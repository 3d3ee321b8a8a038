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
  const moments = [
    [t.termPeriodStart, terms.periodStart],
    [t.termPeriodEnd, terms.periodEnd],
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
        {moments.map(([name, at]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Moment at={at} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
