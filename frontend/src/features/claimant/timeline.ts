import type { Position } from '../../shared/chain/ledgerEvents';
import type { Payment, Policy } from '../../shared/chain/model';

/** One step in the life of a policy, with what there is to say of it. */
export type Step =
  | { kind: 'assessed'; at: Position; expectedSharePpb: bigint; sumInsuredCap: bigint }
  | { kind: 'quoted'; at: Position }
  | { kind: 'bound'; at: Position; premium: bigint }
  | { kind: 'departure'; time: bigint }
  | { kind: 'reported'; at: Position | null }
  | { kind: 'closed-unreported'; at: Position }
  | { kind: 'settled'; at: Position | null; amount: bigint }
  | { kind: 'paid'; at: Position; payment: Payment }
  | { kind: 'held'; at: Position; payment: Payment }
  | { kind: 'released'; at: Position; payment: Payment; to: string };

function paymentSteps(payment: Payment): Step[] {
  if (payment.fate === 'paid') return [{ kind: 'paid', at: payment.at, payment }];
  const held: Step = { kind: 'held', at: payment.at, payment };
  if (!payment.release) return [held];
  return [held, { kind: 'released', at: payment.release.at, payment, to: payment.release.to }];
}

/** A policy's life from assessment to payment. Steps still to come have no position. */
export function timelineOf(policy: Policy): Step[] {
  const { bound, event, quote, riskReport, payment } = policy;
  const assessment = riskReport?.report.assessments.find((one) => one.applicationId === quote.applicationId);
  const assessed: Step[] = assessment
    ? [
        {
          kind: 'assessed',
          at: riskReport?.at ?? bound,
          expectedSharePpb: BigInt(assessment.expectedSharePpb),
          sumInsuredCap: assessment.sumInsuredCap,
        },
      ]
    : [];
  const unreported = event.outcome === 'not-reported' && event.closedAt;
  return [
    ...assessed,
    { kind: 'quoted', at: bound },
    { kind: 'bound', at: bound, premium: quote.premium },
    { kind: 'departure', time: event.occursAt },
    unreported ? { kind: 'closed-unreported', at: unreported } : { kind: 'reported', at: event.closedAt },
    { kind: 'settled', at: policy.settledAt, amount: payment?.amount ?? 0n },
    ...(payment ? paymentSteps(payment) : []),
  ];
}
