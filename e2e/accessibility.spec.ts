/** axe finds nothing on any screen, light and dark. */
import { expect, test } from './fixtures/app.ts';
import { expectNoViolationsInBoth } from './pages/axe.ts';
import { DraftEditor } from './pages/draft-editor.ts';
import { Workspace } from './pages/workspace.ts';

const screens = ['/today', '/revenue', '/revenue?view=cash', '/invoices', '/partners', '/partners/contracts', '/partners/conflicts', '/partners/approvals', '/partners/queue', '/invoices/run-sheet', '/invoices/ageing', '/invoices/receipts', '/invoices/payments', '/invoices/customers', '/reconciliation', '/reconciliation/runs', '/reconciliation/bank', '/reconciliation/statements', '/reconciliation?status=all&group=reason', '/reconciliation/close', '/reconciliation/report', '/ledger', '/ledger/entries', '/ledger/statement', '/ledger/statement?account=1100-stripe-clearing', '/ledger/statement?account=2200-tax-payable&with=sub-accounts', '/ledger/periods', '/ledger/periods/2026-10', '/ledger/verify', '/ledger/export', '/ledger/backups', '/jobs', '/settings', '/settings/people', '/settings/numbers', '/settings/rates', '/settings/reconciliation', '/settings/mail', '/settings/archive', '/settings/invoicing', '/invoices/mail', '/settings/stripe', '/settings/stripe/events', '/settings/stripe/waiting', '/welcome', '/nowhere'];
/** Screens with a grid whose first record is opened as well. */
const withRecord = ['/revenue', '/invoices?origin=partner', '/invoices/ageing', '/invoices?origin=stripe', '/partners', '/partners/contracts', '/invoices/run-sheet', '/invoices/payments', '/invoices/customers', '/reconciliation?status=all', '/reconciliation/runs', '/ledger/entries', '/ledger/statement?account=1100-stripe-clearing'];

test.describe.configure({ timeout: 360_000 });

test('every screen', async ({ page }) => {
  const workspace = new Workspace(page);
  for (const address of screens) {
    await test.step(address, async () => {
      await workspace.goTo(address);
      await expect(page.getByText('…', { exact: true })).toHaveCount(0);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectNoViolationsInBoth(page, address);
    });
  }
});

test('every kind of record, opened over its list', async ({ page }) => {
  const workspace = new Workspace(page);
  for (const address of withRecord) {
    await test.step(address, async () => {
      await workspace.goTo(address);
      await workspace.waitForRows();
      await workspace.rows().first().click();
      await expect(workspace.panel.getByRole('heading', { level: 3 }).first()).toBeVisible();
      await expectNoViolationsInBoth(page, address);
    });
  }
});

test('a draft, and what is done to invoices', async ({ page }) => {
  const workspace = new Workspace(page);
  const dialog = page.getByRole('dialog');
  await workspace.goTo('/invoices?origin=partner&status=finalised');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  for (const name of ['Record payment…', 'Credit…']) {
    await workspace.panel.getByRole('button', { name }).click();
    await expect(dialog).toBeVisible();
    await expectNoViolationsInBoth(page, name);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  }
  await workspace.panel.getByRole('button', { name: 'More' }).click();
  await expectNoViolationsInBoth(page, 'more');
  await page.getByRole('dialog', { name: 'More', exact: true }).getByRole('button', { name: 'Write off the rest…' }).click();
  await expect(dialog).toBeVisible();
  await expectNoViolationsInBoth(page, 'write-off');
  await page.keyboard.press('Escape');
  await workspace.goTo('/invoices');
  await page.getByRole('button', { name: 'New one-off invoice…' }).click();
  await dialog.getByText('Somebody else').click();
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Axe');
  await expectNoViolationsInBoth(page, 'one-off');
  await dialog.getByRole('button', { name: 'Make the draft' }).click();
  const editor = new DraftEditor(page);
  await editor.waitUntilOpen();
  await editor.addLine('Consulting', '2', '100');
  await editor.expectSaved();
  await expectNoViolationsInBoth(page, 'draft');
  await page.getByRole('button', { name: 'Discard…' }).click();
  await dialog.getByLabel('Reason').fill('Made to look at');
  await dialog.getByRole('button', { name: 'Discard the draft' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Invoices' })).toBeVisible();
});

test('why, the palette and a dialog', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Revenue');
  await page.getByRole('button', { name: 'Why MRR' }).click();
  await expect(page.getByRole('dialog')).toContainText('Rounding');
  await expectNoViolationsInBoth(page, 'why');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toContainText('Go to Revenue');
  await expectNoViolationsInBoth(page, 'palette');
  await page.keyboard.press('Escape');
  await workspace.open('Invoices');
  await page.getByRole('button', { name: 'Bill a month…' }).click();
  await expect(page.getByRole('group', { name: 'What this run would make' })).toBeVisible();
  await expectNoViolationsInBoth(page, 'billing');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Columns' }).click();
  await expect(page.getByRole('dialog', { name: 'Columns' })).toBeVisible();
  await expectNoViolationsInBoth(page, 'columns');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByRole('dialog', { name: 'Views' })).toBeVisible();
  await expectNoViolationsInBoth(page, 'views');
});

test.describe('at 200 % zoom', () => {
  test.use({ viewport: { width: 720, height: 450 } });

  test('no screen scrolls sideways', async ({ page }) => {
    const workspace = new Workspace(page);
    for (const address of screens) {
      await workspace.goTo(address);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), address).toBeLessThanOrEqual(0);
    }
  });
});
