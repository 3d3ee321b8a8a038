import { useDeferredValue, useMemo } from 'react';
import { useLedger } from '../../shared/chain/LedgerProvider';
import type { Policy } from '../../shared/chain/model';
import { Choice } from '../../shared/ui/Choice';
import { useHashQuery } from '../../shared/ui/hash';
import { Pager } from '../../shared/ui/Pager';
import { usePages } from '../../shared/ui/usePages';
import { useTitle } from '../../shared/ui/useTitle';
import { useWords } from '../../shared/ui/useWords';
import { asFilter, findPolicies } from './policyFilter';
import { PolicyTable } from './PolicyTable';

const ROWS = 50;
const keyOf = (policy: Policy) => policy.key;

/** Every policy, newest first, searched and filtered. Search and filter are part of the address. */
export function PoliciesPage() {
  const { t, count } = useWords();
  useTitle(t.policiesTitle);
  const { state } = useLedger();
  const [query, setField] = useHashQuery();
  const search = query.get('q') ?? '';
  const filter = asFilter(query.get('state'));
  const sought = useDeferredValue(search);
  const found = useMemo(() => findPolicies(state.policies, sought, filter), [state, sought, filter]);
  const page = usePages(found, keyOf, ROWS, `${filter} ${sought}`);
  const options = [
    ['all', t.filterAll],
    ['open', t.filterOpen],
    ['paid', t.filterPaid],
    ['held', t.filterHeld],
    ['nothing', t.filterNothing],
  ] as const;
  return (
    <>
      <h1>{t.policiesTitle}</h1>
      <search className="toolbar">
        <label className="search">
          <span>{t.searchLabel}</span>
          <input
            type="search"
            value={search}
            placeholder={t.searchHint}
            spellCheck={false}
            onChange={(event) => setField('q', event.target.value)}
          />
        </label>
        <Choice
          label={t.filterLabel}
          options={options}
          chosen={filter}
          choose={(next) => setField('state', next === 'all' ? '' : next)}
        />
        <p role="status" className="muted">
          {t.matches(count(found.length), count(state.policies.length))}
        </p>
      </search>
      {page.total > 0 ? (
        <PolicyTable policies={page.rows} />
      ) : (
        <p className="empty">{state.policies.length === 0 ? t.noPolicies : t.noMatches}</p>
      )}
      <Pager page={page} />
    </>
  );
}
