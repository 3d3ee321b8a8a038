import { useLedger } from '../../shared/chain/LedgerProvider';
import { policyState, type Policy } from '../../shared/chain/model';
import type { PublishedProduct } from '../../shared/chain/session';
import { agrees } from '../../shared/chain/documentCheck';
import { DocumentVerdict } from '../../shared/ui/DocumentCheck';
import { FlightName } from '../../shared/ui/FlightName';
import { Notice } from '../../shared/ui/Notice';
import { paths } from '../../shared/ui/hash';
import { SignersProof } from '../../shared/ui/SignersProof';
import { StateChip } from '../../shared/ui/StateChip';
import { useTitle } from '../../shared/ui/useTitle';
import { useWords } from '../../shared/ui/useWords';
import { PolicyFacts } from './PolicyFacts';
import { Timeline } from './Timeline';
import { WhyThisAmount } from './WhyThisAmount';

function PolicyView({ policy, product }: { policy: Policy; product: PublishedProduct }) {
  const { t, amount } = useWords();
  const report = policy.event.report;
  const trusted = product.document !== null && product.checks.every(agrees);
  return (
    <div className="stack">
      {trusted ? null : <DocumentVerdict product={product} />}
      <p className="policy-state">
        <StateChip state={policyState(policy)} />
        {policy.payment ? <strong className="figure">{amount(policy.payment.amount)}</strong> : null}
      </p>
      <PolicyFacts policy={policy} product={product} />
      <div className="columns">
        <WhyThisAmount policy={policy} product={product} />
        <section className="card" aria-labelledby="timeline-title">
          <h2 id="timeline-title">{t.timelineTitle}</h2>
          <Timeline policy={policy} />
          {report ? <SignersProof report={{ kind: 'event', record: report }} /> : null}
        </section>
      </div>
    </div>
  );
}

/** One policy: what it insures, where it stands, why this amount, and where all of it is written. */
export function PolicyPage({ id }: { id: string }) {
  const { t, flight, productOf } = useWords();
  const { state } = useLedger();
  const wanted = id.toLowerCase();
  const policy = state.policies.find((one) => one.id === wanted);
  const product = policy && productOf(policy.product);
  useTitle(policy ? t.policyTitle(flight(policy.quote.insuredEvent)) : t.policyNotFoundTitle);
  return (
    <>
      <p>
        <a href={paths.policies}>← {t.backToPolicies}</a>
      </p>
      {policy && product ? (
        <>
          <h1>
            <FlightName insuredEvent={policy.quote.insuredEvent} />
          </h1>
          <PolicyView policy={policy} product={product} />
        </>
      ) : (
        <>
          <h1>{t.policyNotFoundTitle}</h1>
          <Notice tone="plain">{t.policyNotFound(id)}</Notice>
        </>
      )}
    </>
  );
}
