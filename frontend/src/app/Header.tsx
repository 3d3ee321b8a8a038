import { useLanguage, LANGUAGES, type LanguageCode } from '../shared/i18n/Language';
import { Choice } from '../shared/ui/Choice';
import { paths } from '../shared/ui/hash';
import type { Route } from './routes';
import { SignedInAs } from './SignedInAs';

const LANGUAGE_OPTIONS = (Object.keys(LANGUAGES) as LanguageCode[]).map(
  (code) => [code, LANGUAGES[code].name] as const,
);

/** Name, pages, language. */
export function Header({ route }: { route: Route }) {
  const { strings: t, code, choose } = useLanguage();
  const links = [
    ['overview', paths.overview, t.navOverview],
    ['policies', paths.policies, t.navPolicies],
    ['payments', paths.payments, t.navPayments],
    ['reports', paths.reports, t.navReports],
    ['products', paths.products, t.navProducts],
  ] as const;
  const current = route.page === 'policy' ? 'policies' : route.page;
  return (
    <header className="masthead">
      <div className="brand">
        <a href={paths.overview} className="name">
          Quittance
        </a>
        <span className="muted tagline">{t.tagline}</span>
      </div>
      <div className="reader">
        <SignedInAs />
        <Choice label={t.language} options={LANGUAGE_OPTIONS} chosen={code} choose={choose} />
      </div>
      <nav aria-label={t.navigation}>
        {links.map(([page, href, name]) => (
          <a key={page} href={href} aria-current={page === current ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
    </header>
  );
}
