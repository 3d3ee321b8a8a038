import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { Account } from './shared/account/account';
import { AccountProvider } from './shared/account/AccountProvider';
import './app/styles/index.css';
import { LanguageProvider } from './shared/i18n/Language';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const account = new Account(window.localStorage);
createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <AccountProvider account={account}>
        <App />
      </AccountProvider>
    </LanguageProvider>
  </StrictMode>,
);
