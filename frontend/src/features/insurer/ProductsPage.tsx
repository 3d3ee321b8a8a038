import { useLedger } from '../../shared/chain/LedgerProvider';
import type { PublishedProduct } from '../../shared/chain/session';
import { ClauseText } from '../../shared/ui/ClauseText';
import { DocumentChecks, DocumentVerdict } from '../../shared/ui/DocumentCheck';
import { HexValue } from '../../shared/ui/HexValue';
import { useTitle } from '../../shared/ui/useTitle';
import { useWords } from '../../shared/ui/useWords';
import { CurveCard } from './CurveCard';
import { TermsList } from './TermsList';

function ProductSection({ product }: { product: PublishedProduct }) {
  const { t, code } = useWords();
  const { document } = product;
  return (
    <section className="stack" aria-label={document?.title[code] ?? t.unnamedProduct}>
      <header>
        <h2>{document?.title[code] ?? t.unnamedProduct}</h2>
        <p className="facts-line muted">
          {document ? <span>{t.version(document.version)}</span> : null}
          <span>
            {t.productContract} <HexValue value={product.address} label={t.productContract} />
          </span>
          <span>
            {t.termsHash} <HexValue value={product.termsHash} label={t.termsHash} />
          </span>
        </p>
      </header>
      <DocumentVerdict product={product} />
      <DocumentChecks product={product} />
      <div className="columns">
        <CurveCard product={product} />
        <TermsList product={product} />
      </div>
      {document ? (
        <section aria-label={t.clausesTitle}>
          <h3>{t.clausesTitle}</h3>
          <div className="clauses">
            {document.clauses.map((clause) => (
              <ClauseText key={clause.id} clause={clause} />
            ))}
          </div>
        </section>
      ) : null}
    </section>
  );
}

/** Every product: whether its document is the contract's, what it pays, its terms and clauses. */
export function ProductsPage() {
  const { t } = useWords();
  useTitle(t.productsTitle);
  const { products } = useLedger();
  return (
    <>
      <h1>{t.productsTitle}</h1>
      {products.length === 0 ? <p className="empty">{t.noProducts}</p> : null}
      {products.map((product) => (
        <ProductSection key={product.address} product={product} />
      ))}
    </>
  );
}
