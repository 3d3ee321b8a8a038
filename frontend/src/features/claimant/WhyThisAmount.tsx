import type { Policy } from '../../shared/chain/model';
import type { PublishedProduct } from '../../shared/chain/session';
import { curveSteps } from '../../shared/chain/settlement';
import { unreachable } from '../../shared/format/unreachable';
import { ClauseText } from '../../shared/ui/ClauseText';
import { PayoutCurve } from '../../shared/ui/PayoutCurve';
import { useWords } from '../../shared/ui/useWords';
import { parametersBehind, explain, type Explanation } from './explanation';

interface Props {
  policy: Policy;
  product: PublishedProduct;
}

function useSentences(product: PublishedProduct) {
  const { t, share, value, span } = useWords();
  const inUnit = (measured: number) => value(measured, product.address);
  return (why: Explanation): string[] => {
    switch (why.outcome) {
      case 'open':
        return [t.whyOpen];
      case 'measured': {
        const measured = why.value < 0 ? t.whyEarly(inUnit(-why.value)) : t.whyMeasured(inUnit(why.value));
        if (why.reached) return [measured, t.whyThreshold(inUnit(why.reached.threshold), share(why.reached.shareBps))];
        return [measured, t.whyBelow(inUnit(why.first?.threshold ?? 0))];
      }
      case 'cancelled':
        return [why.shareBps > 0n ? t.whyCancelled(share(why.shareBps)) : t.whyCancelledNothing];
      case 'diverted':
        return [why.shareBps > 0n ? t.whyDiverted(share(why.shareBps)) : t.whyDivertedNothing];
      case 'not-reported':
        return [t.whyNotReported(span(product.terms.reportWindowSeconds))];
      default:
        return unreachable(why);
    }
  };
}

function Sum({ policy, why }: { policy: Policy; why: Explanation }) {
  const { t, amount, share } = useWords();
  if (why.outcome === 'open' || why.due === 0n) return null;
  if (why.outcome === 'not-reported') return <p className="sum">{t.whyRefund(amount(why.due))}</p>;
  const bps = why.outcome === 'measured' ? (why.reached?.shareBps ?? 0n) : why.shareBps;
  return (
    <p className="sum">
      {t.whySum(amount(policy.quote.sumInsured), share(bps), amount(why.due))}{' '}
      <span className="muted hint">{t.whyRounding}</span>
    </p>
  );
}

function Agreement({ policy, why }: { policy: Policy; why: Explanation }) {
  const { t, amount } = useWords();
  if (why.outcome === 'open') return null;
  if (!policy.settledAt) return <p className="muted">{t.whyUnsettled}</p>;
  if (why.due === (policy.payment?.amount ?? 0n)) return <p className="good-text">✓ {t.whyAgrees}</p>;
  return (
    <p className="bad-text" role="alert">
      ✗ {t.whyDiffers(amount(why.due))}
    </p>
  );
}

function Clauses({ policy, product }: Props) {
  const { t } = useWords();
  const wanted = parametersBehind(policy.event.outcome);
  const clauses = product.document?.clauses.filter(({ says }) => says.some((name) => wanted.includes(name))) ?? [];
  return clauses.map((clause) => (
    <div key={clause.id}>
      <p className="muted small">{t.clauseGivesIt(clause.id)}</p>
      <ClauseText clause={clause} />
    </div>
  ));
}

/** Where a policy's amount comes from: what was seen, what the terms say of it, the sum, and the clause. */
export function WhyThisAmount({ policy, product }: Props) {
  const { t } = useWords();
  const why = explain(policy, product.terms);
  const sentences = useSentences(product)(why);
  const showCurve = why.outcome === 'open' || why.outcome === 'measured';
  return (
    <section className="card" aria-labelledby="why-title">
      <h2 id="why-title">{why.outcome === 'open' ? t.whyNotYet : t.whyTitle}</h2>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <Sum policy={policy} why={why} />
      <Agreement policy={policy} why={why} />
      {policy.payment?.fate === 'held' ? <p>{t.whyHeld}</p> : null}
      {showCurve ? (
        <PayoutCurve
          steps={curveSteps(product.terms)}
          unit={product.document?.unit ?? 'minutes'}
          marked={why.outcome === 'measured' ? why.value : null}
        />
      ) : null}
      <Clauses policy={policy} product={product} />
    </section>
  );
}
