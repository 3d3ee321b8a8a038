import { useId } from 'react';
import { stepReached, type CurveStep } from '../chain/settlement';
import { CHART, curveGeometry, type CurveGeometry } from './curveGeometry';
import { useWords, valueWithUnit } from './useWords';

interface Props {
  steps: readonly CurveStep[];
  unit: string;
  marked?: number | null; // a measured value to show on the curve
}

const GRID_BPS = [0, 2_500, 5_000, 7_500, 10_000];

function Grid({ geometry, steps }: { geometry: CurveGeometry; steps: readonly CurveStep[] }) {
  const { share, count } = useWords();
  const bottom = CHART.height - CHART.bottom;
  return (
    <g className="curve-grid">
      {GRID_BPS.map((bps) => (
        <g key={bps}>
          <line x1={CHART.left} x2={CHART.width - CHART.right} y1={geometry.y(bps)} y2={geometry.y(bps)} />
          <text x={CHART.left - 8} y={geometry.y(bps) + 4} textAnchor="end">
            {share(BigInt(bps))}
          </text>
        </g>
      ))}
      {steps.map(({ threshold }) => (
        <text key={threshold} x={geometry.x(threshold)} y={bottom + 17} textAnchor="middle">
          {count(threshold)}
        </text>
      ))}
    </g>
  );
}

function Mark({ geometry, steps, value, label }: { geometry: CurveGeometry; value: number; label: string } & Props) {
  const x = geometry.x(value);
  const y = geometry.y(Number(stepReached(steps, value)?.shareBps ?? 0n));
  const anchor = x > CHART.width * 0.6 ? 'end' : x < CHART.width * 0.3 ? 'start' : 'middle';
  return (
    <g className="curve-mark">
      <line x1={x} x2={x} y1={CHART.top - 8} y2={CHART.height - CHART.bottom} />
      <circle cx={x} cy={y} r={5} />
      <text x={x} y={CHART.top - 14} textAnchor={anchor}>
        {label}
      </text>
    </g>
  );
}

/** A payout curve as a step chart. Its label says the same in words. */
export function PayoutCurve({ steps, unit, marked = null }: Props) {
  const { t, share, locale } = useWords();
  const titleId = useId();
  const geometry = curveGeometry(steps, marked);
  const inWords = steps.map((step) =>
    t.curveStep(share(step.shareBps), valueWithUnit(t, locale, step.threshold, unit)),
  );
  const here = marked === null ? '' : t.curveHere(valueWithUnit(t, locale, marked, unit));
  return (
    <svg className="curve" viewBox={`0 0 ${CHART.width} ${CHART.height}`} role="img" aria-labelledby={titleId}>
      <title id={titleId}>{`${t.curveLabel(inWords.join(t.listSeparator))} ${here}`.trim()}</title>
      <Grid geometry={geometry} steps={steps} />
      <path className="curve-area" d={geometry.area} />
      <path className="curve-line" d={geometry.line} />
      <text className="curve-axis" x={(CHART.left + CHART.width - CHART.right) / 2} y={CHART.height - 6}>
        {unit === 'minutes' ? t.curveAxisX : t.curveAxisOther(unit)}
      </text>
      {marked === null ? null : <Mark geometry={geometry} steps={steps} unit={unit} value={marked} label={here} />}
    </svg>
  );
}
