import { join } from 'node:path';
import { policyIdOf } from './insurer';
import { FLIGHTS } from './story';
import { expect, test } from './world';

const FOLDER = process.env['SCREENSHOT_FOLDER'];
const PAGES = {
  overview: '#/',
  policies: '#/policies',
  payments: '#/payments',
  reports: '#/reports',
  products: '#/products',
  signIn: '#/sign-in',
  account: '#/account',
  paid: `#/policy/${policyIdOf(FLIGHTS.late)}`,
  held: `#/policy/${policyIdOf(FLIGHTS.veryLate, 3)}`,
  open: `#/policy/${policyIdOf(FLIGHTS.night)}`,
};

// For the eye: SCREENSHOT_FOLDER=/tmp/screens npm run e2e -- screens
const LOOKS = FOLDER
  ? [1280, 390].flatMap((width) =>
      (['light', 'dark'] as const).flatMap((colorScheme) =>
        ['en-GB', 'zh-CN'].map((locale) => ({ width, colorScheme, locale })),
      ),
    )
  : [];

for (const { width, colorScheme, locale } of LOOKS) {
  test.describe(`${width} ${colorScheme} ${locale}`, () => {
    test.use({ viewport: { width, height: 900 }, colorScheme, locale });
    for (const [name, path] of Object.entries(PAGES)) {
      test(name, async ({ open }) => {
        const page = await open(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.getByText(/Recovering signers|正在还原签名者/)).toHaveCount(0);
        const file = `${name}-${width}-${colorScheme}-${locale}.png`;
        await page.screenshot({ path: join(FOLDER ?? '.', file), fullPage: true });
      });
    }
  });
}
