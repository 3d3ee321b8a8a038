import type { PublishedProduct } from '../../shared/chain/session';
import { curveSteps } from '../../shared/chain/settlement';
import { PayoutCurve } from '../../shared/ui/PayoutCurve';
import { useWords } from '../../shared/ui/useWords';

/** What the terms pay: the curve, and the fixed shares, as a chart and as a table. */
export function CurveCard({ product }: { product: PublishedProduct }) {
  const { t, share, value } = useWords();
  const steps = curveSteps(product.terms);
  const rows = [
    ...steps.map((step) => [value(step.threshold, product.address), step.shareBps] as const),
    [t.cancelledRow, BigInt(product.terms.cancelledShareBps)] as const,
    [t.divertedRow, BigInt(product.terms.divertedShareBps)] as const,
  ];
  return (
    <section className="card" aria-label={t.curveTitle}>
      <h3>{t.curveTitle}</h3>
      <PayoutCurve steps={steps} unit={product.document?.unit ?? 'minutes'} />
      <table className="plain">
        <caption className="visually-hidden">{t.curveTitle}</caption>
        <thead>
          <tr>
            <th scope="col">{t.curveFrom}</th>
            <th scope="col" className="number">
              {t.curveShare}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([from, bps]) => (
            <tr key={from}>
              <th scope="row">{from}</th>
              <td className="number">{share(bps)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
