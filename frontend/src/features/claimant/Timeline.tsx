import type { Policy } from '../../shared/chain/model';
import { useConsentProof, useTransferProof } from '../../shared/chain/useProof';
import { shortHex } from '../../shared/format/hex';
import { unreachable } from '../../shared/format/unreachable';
import { HexValue } from '../../shared/ui/HexValue';
import { Moment } from '../../shared/ui/Moment';
import { OutcomeWords } from '../../shared/ui/OutcomeWords';
import { useWords } from '../../shared/ui/useWords';
import { timelineOf, type Step } from './timeline';

function StepTitle({ step }: { step: Step }) {
  const { t } = useWords();
  const titles: Record<Step['kind'], string> = {
    assessed: t.stepAssessed,
    quoted: t.stepQuoted,
    bound: t.stepBound,
    departure: t.stepDeparture,
    reported: t.stepReported,
    'closed-unreported': t.stepClosedUnreported,
    settled: t.stepSettled,
    paid: t.stepPaid,
    held: t.stepHeld,
    released: t.stepReleased,
  };
  return <h3>{titles[step.kind]}</h3>;
}

function Consent({ policy }: { policy: Policy }) {
  const { t } = useWords();
  const proof = useConsentProof(policy);
  if (proof.status !== 'done') return <span className="muted">{t.recovering}</span>;
  const { underwriter, holder } = proof.value;
  if (!underwriter || !holder) return <span>{t.consentInvalid}</span>;
  return <span>{holder === true ? t.consentBoth : t.consentSent}</span>;
}

function Transfer({ policy, text }: { policy: Policy; text: string }) {
  const { t } = useWords();
  const proof = useTransferProof(policy.payment);
  const seen = proof.status === 'done' && proof.value !== null ? proof.value : null;
  return (
    <>
      <span>{text}</span>
      {seen === null ? null : (
        <span className={seen ? 'good-text' : 'bad-text'}>
          <span aria-hidden="true">{seen ? ' ✓ ' : ' ✗ '}</span>
          {seen ? t.transferSeen : t.transferMissing}
        </span>
      )}
    </>
  );
}

function StepText({ step, policy }: { step: Step; policy: Policy }) {
  const { t, amount, ppb } = useWords();
  switch (step.kind) {
    case 'assessed':
      return <>{t.stepAssessedText(ppb(step.expectedSharePpb), amount(step.sumInsuredCap))}</>;
    case 'quoted':
      return <Consent policy={policy} />;
    case 'bound':
      return <>{t.stepBoundText(amount(step.premium))}</>;
    case 'departure':
      return null;
    case 'reported':
    case 'closed-unreported':
      return <OutcomeWords event={policy.event} />;
    case 'settled':
      if (!step.at) return <span className="muted">{t.pending}</span>;
      return <>{step.amount > 0n ? t.stepSettledText(amount(step.amount)) : t.stepSettledNothing}</>;
    case 'paid':
      return (
        <Transfer policy={policy} text={t.stepPaidText(amount(step.payment.amount), shortHex(step.payment.payee))} />
      );
    case 'held':
      return <>{t.stepHeldText(amount(step.payment.amount))}</>;
    case 'released':
      return <Transfer policy={policy} text={t.stepPaidText(amount(step.payment.amount), shortHex(step.to))} />;
    default:
      return unreachable(step);
  }
}

function StepPlace({ step }: { step: Step }) {
  const { t, count } = useWords();
  if (step.kind === 'departure') return <Moment at={step.time} />;
  if (!step.at) return null;
  return (
    <>
      <Moment at={step.at.blockTime} />
      <span className="facts-line muted">
        <span>{t.inBlock(count(step.at.blockNumber))}</span>
        <HexValue value={step.at.transactionHash} label={t.columnTransaction} />
      </span>
    </>
  );
}

/** A policy's life, step by step, each with its block, its time and its transaction. */
export function Timeline({ policy }: { policy: Policy }) {
  return (
    <ol className="timeline">
      {timelineOf(policy).map((step) => (
        <li key={step.kind} className={'at' in step && !step.at ? 'to-come' : undefined} data-step={step.kind}>
          <StepTitle step={step} />
          <p>
            <StepText step={step} policy={policy} />
          </p>
          <div className="place">
            <StepPlace step={step} />
          </div>
        </li>
      ))}
    </ol>
  );
}
