import { useLedger } from '../shared/chain/LedgerProvider';
import { Moment } from '../shared/ui/Moment';
import { Notice } from '../shared/ui/Notice';
import { useWords } from '../shared/ui/useWords';

/** Which chain, how far, and whether it still answers. */
export function ChainStatus() {
  const { t, count } = useWords();
  const { head, deployment, interrupted } = useLedger();
  return (
    <>
      <dl className="chain-status">
        <div>
          <dt>{t.chain}</dt>
          <dd>{String(deployment.chainId)}</dd>
        </div>
        <div>
          <dt>{t.block}</dt>
          <dd>{count(head.number)}</dd>
        </div>
        <div>
          <dt>{t.chainTime}</dt>
          <dd>
            <Moment at={head.time} />
          </dd>
        </div>
        <div>
          <dt className="visually-hidden">{t.chain}</dt>
          <dd className={interrupted ? 'bad-text' : 'good-text'}>
            <span aria-hidden="true">●</span> {interrupted ? t.interrupted : t.live}
          </dd>
        </div>
      </dl>
      {interrupted ? <Notice tone="bad">{t.interruptedNotice(count(head.number))}</Notice> : null}
    </>
  );
}
