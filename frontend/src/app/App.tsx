import { useEffect, useRef } from 'react';
import { AccountPage } from '../features/account/AccountPage';
import { SetPasswordPage } from '../features/account/SetPasswordPage';
import { SignInPage } from '../features/account/SignInPage';
import { PaymentsPage } from '../features/auditor/PaymentsPage';
import { PoliciesPage } from '../features/auditor/PoliciesPage';
import { ReportsPage } from '../features/auditor/ReportsPage';
import { PolicyPage } from '../features/claimant/PolicyPage';
import { ProductsPage } from '../features/insurer/ProductsPage';
import { LedgerProvider, useLedgerSession } from '../shared/chain/LedgerProvider';
import type { Ledger } from '../shared/chain/session';
import { formatCount } from '../shared/format/money';
import { unreachable } from '../shared/format/unreachable';
import { useLanguage } from '../shared/i18n/Language';
import { Notice } from '../shared/ui/Notice';
import { useHash } from '../shared/ui/hash';
import { ChainStatus } from './ChainStatus';
import { FailureView } from './FailureView';
import { Header } from './Header';
import { OverviewPage } from './OverviewPage';
import { parseRoute, type Route } from './routes';

function NotFound() {
  const { strings: t } = useLanguage();
  return (
    <>
      <h1>{t.notFoundTitle}</h1>
      <p>{t.notFound}</p>
    </>
  );
}

function CurrentPage({ route }: { route: Route }) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'policies':
      return <PoliciesPage />;
    case 'policy':
      return <PolicyPage id={route.id} />;
    case 'payments':
      return <PaymentsPage />;
    case 'reports':
      return <ReportsPage />;
    case 'products':
      return <ProductsPage />;
    case 'sign-in':
      return <SignInPage />;
    case 'account':
      return <AccountPage />;
    case 'set-password':
      return <SetPasswordPage token={route.token} />;
    case 'not-found':
      return <NotFound />;
    default:
      return unreachable(route);
  }
}

function Loading({ ledger }: { ledger: Extract<Ledger, { status: 'loading' }> }) {
  const { strings: t, locale } = useLanguage();
  const { readTo, head } = ledger;
  const known = readTo !== null && head !== null;
  return (
    <Notice tone="plain">
      <p role="status">{known ? t.loadingBlocks(formatCount(readTo, locale), formatCount(head, locale)) : t.loading}</p>
      {known ? <progress value={Number(readTo)} max={Math.max(Number(head), 1)} aria-label={t.loading} /> : null}
    </Notice>
  );
}

/** Pages that read the insurer's server, not the chain. */
function isAccount(route: Route): boolean {
  return route.page === 'sign-in' || route.page === 'account' || route.page === 'set-password';
}

function Content({ ledger, route }: { ledger: Ledger; route: Route }) {
  // Whoever cannot read the chain can still sign in and out.
  if (isAccount(route)) return <CurrentPage route={route} />;
  switch (ledger.status) {
    case 'loading':
      return <Loading ledger={ledger} />;
    case 'failed':
      return <FailureView failure={ledger.failure} />;
    case 'ready':
      return (
        <LedgerProvider ledger={ledger}>
          <ChainStatus />
          <CurrentPage route={route} />
        </LedgerProvider>
      );
    default:
      return unreachable(ledger);
  }
}

/** The page: header, what the address names, and where all of it comes from. */
export function App() {
  const { strings: t } = useLanguage();
  const hash = useHash();
  const route = parseRoute(hash);
  const ledger = useLedgerSession();
  const main = useRef<HTMLElement>(null);
  const place = route.page === 'policy' ? route.id : route.page;
  const firstPlace = useRef(place);
  useEffect(() => {
    // A reader who followed a link hears and sees the new page from its top.
    if (firstPlace.current === place) return;
    firstPlace.current = place;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place]);
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {t.skipToContent}
      </button>
      <Header route={route} />
      <main ref={main} tabIndex={-1}>
        <Content ledger={ledger} route={route} />
      </main>
      <footer className="muted">{isAccount(route) ? t.footerAccount : t.footer}</footer>
    </>
  );
}
