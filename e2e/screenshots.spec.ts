/** The screens with real data, light and dark, as the README shows them. */
import { expect, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

const screens = [
  ['today', '/today', false], ['revenue', '/revenue', false], ['invoices', '/invoices?origin=partner', true], ['partners', '/partners', true], ['contracts', '/partners/contracts', true], ['reconciliation', '/reconciliation?status=all', true], ['ledger', '/ledger', false], ['journal', '/ledger/entries', true], ['statement', '/ledger/statement?account=1100-stripe-clearing', true],
  ['periods', '/ledger/periods', false], ['run-sheet', '/invoices/run-sheet', true], ['payments', '/invoices/payments', true], ['customers', '/invoices/customers', true],
] as const;

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    for (const [name, address, opensRecord] of screens) {
      test(`${name}`, async ({ page }) => {
        const workspace = new Workspace(page);
        await workspace.goTo(address);
        await expect(page.getByText('…', { exact: true })).toHaveCount(0);
        if (opensRecord) {
          await workspace.waitForRows();
          await workspace.rows().first().click();
          await expect(workspace.panel.getByRole('heading', { level: 3 }).first()).toBeVisible();
        }
        if (name === 'revenue') await workspace.waitForRows();
        if (name === 'today' || name === 'ledger' || name === 'periods') await expect(workspace.content.getByRole('row').nth(1)).toBeVisible();
        await page.evaluate(() => document.fonts.ready);
        const picture = await page.screenshot({ path: `screenshots/${name}${colorScheme === 'dark' ? '-dark' : ''}.png`, animations: 'disabled' });
        expect(picture.length).toBeGreaterThan(20_000);
      });
    }
  });
}
