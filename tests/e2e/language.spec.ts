import AxeBuilder from '@axe-core/playwright';
import { policyIdOf } from './insurer';
import { FLIGHTS } from './story';
import { expect, test } from './world';

const PAGES = [
  '#/',
  '#/policies',
  '#/payments',
  '#/reports',
  '#/products',
  '#/sign-in',
  '#/account',
  `#/policy/${policyIdOf(FLIGHTS.late)}`,
];

test('switches between English and Chinese, clauses too, and remembers', async ({ open }) => {
  const page = await open(`#/policy/${policyIdOf(FLIGHTS.late)}`);
  await expect(page.getByRole('heading', { name: 'Why this amount' })).toBeVisible();

  await page.getByRole('button', { name: '中文' }).click();

  const why = page.getByRole('region', { name: '为什么是这个金额' });
  await expect(why).toContainText('预言机节点测得到达延误为 131 分钟。');
  await expect(why.getByRole('article')).toContainText('航班到达延误的');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.reload();
  await expect(page.getByRole('heading', { name: '为什么是这个金额' })).toBeVisible();
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { name: 'Why this amount' })).toBeVisible();
});

test('by keyboard alone: to the content, to a policy, and back', async ({ open }) => {
  const page = await open('#/policies');
  await expect(page.getByRole('row')).toHaveCount(32);

  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('9e 3525');
  await expect(page.getByRole('row')).toHaveCount(4);
  await page
    .getByRole('link', { name: /9E\s3525/ })
    .first()
    .focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/9E\s3525/);
  await page.goBack();
  await expect(page.getByRole('searchbox')).toHaveValue('9e 3525');
});

const LOOKS = [
  ['light', 'en-GB', 1280],
  ['light', 'zh-CN', 390],
  ['dark', 'en-GB', 390],
  ['dark', 'zh-CN', 1280],
] as const;

for (const [colorScheme, locale, width] of LOOKS) {
  test.describe(`${colorScheme}, ${locale}, ${width} wide`, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 844 } });
    test('every page: no accessibility violation, nothing wider than the screen', async ({ open }) => {
      for (const path of PAGES) {
        const page = await open(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.getByText(/Recovering signers|正在还原签名者/)).toHaveCount(0);

        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(width);
      }
    });
  });
}
