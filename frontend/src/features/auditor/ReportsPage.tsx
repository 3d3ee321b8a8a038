import { useLedger } from '../../shared/chain/LedgerProvider';
import type { EventReportRecord, RiskReportRecord } from '../../shared/chain/model';
import { Choice } from '../../shared/ui/Choice';
import { useHashQuery } from '../../shared/ui/hash';
import { Pager } from '../../shared/ui/Pager';
import { usePages } from '../../shared/ui/usePages';
import { useTitle } from '../../shared/ui/useTitle';
import { useWords } from '../../shared/ui/useWords';
import { EventReportCard } from './EventReportCard';
import { ReportCard } from './ReportCard';

const ROWS = 10;
const keyOf = (record: EventReportRecord | RiskReportRecord) => `${record.at.transactionHash} ${record.digest}`;

function EventReports() {
  const { t } = useWords();
  const { state } = useLedger();
  const page = usePages(state.eventReports.toReversed(), keyOf, ROWS, 'events');
  if (page.total === 0) return <p className="empty">{t.noReports}</p>;
  return (
    <>
      {page.rows.map((record) => (
        <EventReportCard key={keyOf(record)} record={record} />
      ))}
      <Pager page={page} />
    </>
  );
}

function RiskReports() {
  const { t, count } = useWords();
  const { state } = useLedger();
  const page = usePages(state.riskReports.toReversed(), keyOf, ROWS, 'risks');
  if (page.total === 0) return <p className="empty">{t.noReports}</p>;
  return (
    <>
      {page.rows.map((record) => (
        <ReportCard
          key={keyOf(record)}
          report={{ kind: 'risk', record }}
          title={t.riskReportTitle(count(record.report.assessments.length))}
          hash={[t.modelHash, record.report.modelHash]}
        />
      ))}
      <Pager page={page} />
    </>
  );
}

/** What the oracle nodes signed, newest first, with the signers recovered here. */
export function ReportsPage() {
  const { t } = useWords();
  useTitle(t.reportsTitle);
  const [query, setField] = useHashQuery();
  const kind = query.get('kind') === 'risk' ? 'risk' : 'event';
  const options = [
    ['event', t.eventReports],
    ['risk', t.riskReports],
  ] as const;
  return (
    <>
      <h1>{t.reportsTitle}</h1>
      <Choice
        label={t.reportKind}
        options={options}
        chosen={kind}
        choose={(next) => setField('kind', next === 'event' ? '' : next)}
      />
      <div className="stack">{kind === 'event' ? <EventReports /> : <RiskReports />}</div>
    </>
  );
}
