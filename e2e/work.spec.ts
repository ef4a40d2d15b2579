/** What a person does, and what their role does not let them do. */
import { expect, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

test('a discrepancy is assigned, resolved and reopened; each step stands in its history', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation?status=all');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await workspace.panel.getByRole('button', { name: 'Assign…' }).click();
  await page.getByRole('dialog').getByLabel('Assignee').fill('Mia Holt');
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(workspace.panel).toContainText('Mia Holt');
  // Escape closes what lies on top, and only that.
  await workspace.panel.getByRole('button', { name: 'Hold until…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await workspace.panel.getByRole('button', { name: 'Resolve…' }).click();
  await page.getByRole('textbox', { name: 'What settled it' }).fill('The back end recorded it late.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(workspace.panel.getByRole('button', { name: 'Reopen…' })).toBeVisible();
  await expect(workspace.panel).toContainText('The back end recorded it late.');
  await workspace.panel.getByRole('button', { name: 'Reopen…' }).click();
  await page.getByRole('button', { name: 'Reopen', exact: true }).click();
  await expect(workspace.panel.getByRole('button', { name: 'Resolve…' })).toBeVisible();
});

test('a job is started by hand and its run is listed with its outcome', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Jobs');
  const list = page.getByRole('group', { name: 'Runs' });
  await expect(list).toHaveAttribute('aria-busy', 'false');
  const runs = list.getByRole('row').filter({ hasText: 'Verify the ledger' });
  const before = await runs.count();
  await page.getByRole('button', { name: 'Run Verify the ledger now' }).click();
  await expect(page.getByText('Verify the ledger is done')).toBeVisible();
  await expect(runs).toHaveCount(before + 1);
  await expect(runs.first()).toContainText('Succeeded');
});

test('billing a month is previewed before anything is written', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Invoices');
  await page.getByRole('button', { name: 'Bill a month…' }).click();
  const dialog = page.getByRole('dialog');
  const preview = dialog.getByRole('group', { name: 'What this run would make' });
  // The month is billed already: every partner is listed, and left as it is.
  for (const invoice of world.manifest.partnerInvoices.filter((each) => each.month === world.manifest.billingMonth)) await expect(preview).toContainText(invoice.invoiceNumber);
});

test('an accountant is not offered what only an admin may do', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Settings');
  await expect(page.getByText('Set by an admin')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Restricted key' })).toHaveCount(0);
});

test('theme and locale are kept and change what is shown', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Settings');
  await page.getByText('Dark', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.getByRole('combobox', { name: 'Locale' }).click();
  await page.getByRole('option', { name: 'de-DE' }).click();
  await expect(workspace.content).toContainText('−1.234,56');
  await page.getByRole('combobox', { name: 'Locale' }).click();
  await page.getByRole('option', { name: 'en-US' }).click();
  await expect(workspace.content).toContainText('−1,234.56');
  await page.getByText('System', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
});

test('an unknown record is said with its code, not shown empty', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/no-such-invoice');
  const alert = workspace.panel.getByRole('alert');
  await expect(alert).toContainText('invoice-not-found');
  await expect(alert.getByRole('button', { name: 'Copy code' })).toBeVisible();
});
