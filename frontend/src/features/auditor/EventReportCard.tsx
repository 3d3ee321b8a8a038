import { useLedger } from '../../shared/chain/LedgerProvider';
import { OUTCOMES, type EventReport, type EventReportRecord, type Outcome } from '../../shared/chain/model';
import { FlightName } from '../../shared/ui/FlightName';
import { OutcomeWords } from '../../shared/ui/OutcomeWords';
import { useWords } from '../../shared/ui/useWords';
import { ReportCard } from './ReportCard';

const FLIGHTS_SHOWN = 100;

function countOf(report: EventReport, outcome: Outcome): number {
  return report.measurements.filter((measurement) => OUTCOMES[measurement.outcome] === outcome).length;
}

function ReportedFlights({ record }: { record: EventReportRecord }) {
  const { t, count } = useWords();
  const { state } = useLedger();
  const { measurements } = record.report;
  const rest = measurements.length - FLIGHTS_SHOWN;
  return (
    <details>
      <summary>{t.showFlights}</summary>
      <ul className="flights">
        {measurements.slice(0, FLIGHTS_SHOWN).map(({ eventId }) => {
          const event = state.events.get(`${record.product}:${eventId}`);
          return event ? (
            <li key={event.key}>
              <FlightName insuredEvent={event.policies[0]?.quote.insuredEvent ?? ''} /> <OutcomeWords event={event} />
            </li>
          ) : null;
        })}
        {rest > 0 ? <li className="muted">{t.andMore(count(rest))}</li> : null}
      </ul>
    </details>
  );
}

/** A quorum's word on how flights ended. */
export function EventReportCard({ record }: { record: EventReportRecord }) {
  const { t, count } = useWords();
  const { report } = record;
  const counts = [
    t.measuredCount(count(countOf(report, 'measured'))),
    t.cancelledCount(count(countOf(report, 'cancelled'))),
    t.divertedCount(count(countOf(report, 'diverted'))),
  ];
  return (
    <ReportCard
      report={{ kind: 'event', record }}
      title={t.eventReportTitle(count(report.measurements.length))}
      hash={[t.sourceHash, report.sourceHash]}
    >
      <p>{counts.join(t.listSeparator)}</p>
      <ReportedFlights record={record} />
    </ReportCard>
  );
}
