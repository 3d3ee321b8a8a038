import type { PolicyState } from '../chain/model';
import { useLanguage } from '../i18n/Language';
import { stateName } from './useWords';

/** Where a policy stands, in a word. The colour repeats the word and never stands alone. */
export function StateChip({ state }: { state: PolicyState }) {
  const { strings: t } = useLanguage();
  return <span className={`chip chip-${state}`}>{stateName(t, state)}</span>;
}
