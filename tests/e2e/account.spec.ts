import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';
import { join } from 'node:path';
import { Backend } from './backend';
import { Anvil } from './chain';
import { House } from './house';
import { FUNDED } from './parties';
import { BEGINS } from './story';

const FOLDER = process.env['SCREENSHOT_FOLDER'];
const INSURER = 'harbour';
const EMAIL = 'ada@example.org';
const PASSWORD = 'seven quiet harbour lamps';
const START_LIMIT = 240_000; // milliseconds

/** The link that invites a person to a backend of this file's own: its start is what costs. */
const test = base.extend<object, { invitation: string }>({
  invitation: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures wanted from the pattern
    async ({}, give) => {
      const anvil = await Anvil.start(BEGINS, FUNDED);
      try {
        const house = await House.build(anvil);
        const backend = await Backend.start(anvil, house);
        try {
          await backend.quittance('tenant', 'add', INSURER, 'Harbour Mutual');
          const told = await backend.quittance('person', 'add', INSURER, EMAIL, 'Ada', '--role', 'policyholder');
          await give(told.split('\n')[0] ?? '');
        } finally {
          await backend.stop();
        }
      } finally {
        await anvil.stop();
      }
    },
    { scope: 'worker', timeout: START_LIMIT },
  ],
});

async function look(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  if (FOLDER) await page.screenshot({ path: join(FOLDER, `account-${name}.png`), fullPage: true });
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Your insurer’s short name').fill(INSURER);
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
}

test('an invited person sets a password, is refused with a wrong one, signs in, sees the sessions, signs out', async ({
  invitation,
  page,
  context,
}) => {
  const token = new URL(invitation).hash.slice(1);
  expect(token).toMatch(/^qt_/);

  await page.goto(invitation);
  await page.getByLabel('New password').fill(PASSWORD);
  await look(page, 'set-password');
  await page.getByRole('button', { name: 'Set your password' }).click();
  await expect(page.getByText('Your password is set.')).toBeVisible();
  expect(page.url()).not.toContain(token);
  await look(page, 'password-set');

  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await signIn(page, 'not the right words at all');
  await expect(page.getByRole('alert')).toHaveText(
    'The sign-in is refused. Check what you entered, or ask for a new password.',
  );
  await look(page, 'refused');

  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('You are signed in.')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Your account' }).click();
  await expect(page.getByText('Policyholder', { exact: true })).toBeVisible();
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1);
  await expect(page.getByRole('main').getByRole('listitem')).toContainText('This browser');
  await look(page, 'account');

  const kept = await context.cookies();
  expect(kept.map(({ httpOnly, secure, sameSite }) => ({ httpOnly, secure, sameSite }))).toEqual([
    { httpOnly: true, secure: true, sameSite: 'Strict' },
  ]);
  await page.reload();
  await expect(page.getByRole('main').getByRole('listitem')).toContainText('This browser');

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByText('Sign in to see this.')).toBeVisible();
  expect(await context.cookies()).toEqual([]);

  await page.goto(invitation);
  await page.reload(); // the same page but for what is behind #
  await page.getByLabel('New password').fill('another nine calm gulls');
  await page.getByRole('button', { name: 'Set your password' }).click();
  await expect(page.getByRole('alert')).toContainText('is unknown, used or too old. Ask for a new one.');
});
