import type { ReactNode } from 'react';
import type { AnyReport } from '../../shared/chain/useProof';
import { HexValue } from '../../shared/ui/HexValue';
import { Moment } from '../../shared/ui/Moment';
import { SignersProof } from '../../shared/ui/SignersProof';
import { useWords } from '../../shared/ui/useWords';

interface Props {
  report: AnyReport;
  title: string;
  hash: readonly [name: string, value: string]; // what the report's word rests on
  children?: ReactNode;
}

/** One report: when, on what, and who signed it. */
export function ReportCard({ report, title, hash: [hashName, hash], children }: Props) {
  const { t, count } = useWords();
  const { record } = report;
  return (
    <article className="card report">
      <header>
        <h2>{title}</h2>
        <p className="facts-line muted">
          <span>{t.inBlock(count(record.at.blockNumber))}</span>
          <HexValue value={record.at.transactionHash} label={t.columnTransaction} />
        </p>
      </header>
      <dl className="report-facts">
        <div>
          <dt>{t.observedAt}</dt>
          <dd>
            <Moment at={record.report.observedAt} />
          </dd>
        </div>
        <div>
          <dt>{t.takenAt}</dt>
          <dd>
            <Moment at={record.at.blockTime} />
          </dd>
        </div>
        <div>
          <dt>{hashName}</dt>
          <dd>
            <HexValue value={hash} label={hashName} />
          </dd>
        </div>
      </dl>
      {children}
      <SignersProof report={report} />
    </article>
  );
}
