import { agrees, type Check } from '../chain/documentCheck';
import type { PublishedProduct } from '../chain/session';
import { unreachable } from '../format/unreachable';
import type { Strings } from '../i18n/en';
import { useLanguage } from '../i18n/Language';
import { HexValue } from './HexValue';
import { Notice } from './Notice';

function subject(t: Strings, check: Check): readonly [name: string, hint: string] {
  switch (check.subject) {
    case 'clauses':
      return [t.checkClauses, t.checkClausesHint];
    case 'document':
      return [t.checkDocument, t.checkDocumentHint];
    case 'parameters':
      return [t.checkParameters, t.checkParametersHint];
    case 'terms':
      return [t.checkTerms, t.checkTermsHint];
    default:
      return unreachable(check.subject);
  }
}

/** Whether the published document is the one the contract is bound to, and what differs. */
export function DocumentVerdict({ product }: { product: PublishedProduct }) {
  const { strings: t, code } = useLanguage();
  if (!product.document) return <Notice tone="bad">{t.documentUnavailable}</Notice>;
  const differing = product.checks.filter((check) => !agrees(check)).map((check) => subject(t, check)[0]);
  if (differing.length === 0) {
    return (
      <Notice tone="good" title={t.verified}>
        {t.verifiedText(product.document.title[code])}
      </Notice>
    );
  }
  return (
    <Notice tone="bad" title={t.differs}>
      {t.differsText(differing.join(t.listSeparator))}
    </Notice>
  );
}

function CheckRow({ check }: { check: Check }) {
  const { strings: t } = useLanguage();
  const [name, hint] = subject(t, check);
  return (
    <tr>
      <th scope="row">
        {name} <span className="muted hint">{hint}</span>
      </th>
      <td data-label={t.computedColumn}>
        {check.computed ? <HexValue value={check.computed} label={name} digits={6} /> : t.notComputable}
      </td>
      <td data-label={t.onChainColumn}>
        <HexValue value={check.onChain} label={name} digits={6} />
      </td>
      <td data-label={t.resultColumn}>
        <span className={`chip ${agrees(check) ? 'chip-paid' : 'chip-held'}`}>
          {agrees(check) ? t.verified : t.differs}
        </span>
      </td>
    </tr>
  );
}

/** Every comparison, hash beside hash. */
export function DocumentChecks({ product }: { product: PublishedProduct }) {
  const { strings: t } = useLanguage();
  if (!product.document) return null;
  return (
    <table className="records">
      <caption className="visually-hidden">{t.verificationTitle}</caption>
      <thead>
        <tr>
          <th scope="col">{t.checkColumn}</th>
          <th scope="col">{t.computedColumn}</th>
          <th scope="col">{t.onChainColumn}</th>
          <th scope="col">{t.resultColumn}</th>
        </tr>
      </thead>
      <tbody>
        {product.checks.map((check) => (
          <CheckRow key={check.subject} check={check} />
        ))}
      </tbody>
    </table>
  );
}
