import type { Clause, ClauseKind } from '../api/productDocument';
import { unreachable } from '../format/unreachable';
import type { Strings } from '../i18n/en';
import { useLanguage } from '../i18n/Language';

function kindName(t: Strings, kind: ClauseKind): string {
  switch (kind) {
    case 'cover':
      return t.kindCover;
    case 'exclusion':
      return t.kindExclusion;
    case 'procedure':
      return t.kindProcedure;
    case 'definition':
      return t.kindDefinition;
    default:
      return unreachable(kind);
  }
}

/** One clause in the reader's language. */
export function ClauseText({ clause }: { clause: Clause }) {
  const { strings: t, code, locale } = useLanguage();
  return (
    <article className="clause">
      <header>
        <strong>{clause.id}</strong> <span className={`kind kind-${clause.kind}`}>{kindName(t, clause.kind)}</span>
      </header>
      <p lang={locale}>{clause.text[code].trim()}</p>
    </article>
  );
}
