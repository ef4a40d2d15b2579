/** “Why” on the amounts of an invoice: in its panel, in the draft editor and in ageing; from what the backend stored. And all of ours as one ZIP, one-off invoices too. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { picture } from './pages/axe.ts';
import { makeOneOff } from './pages/draft-editor.ts';
import { Workspace } from './pages/workspace.ts';

const why = (page: Page) => page.locator('.why');

test.describe.configure({ mode: 'serial' });

test('a line, the tax and the due of an issued invoice say how they came about; by keyboard, and the explanation closes with Escape', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const { billingMonth } = world.manifest;
  await workspace.goTo(`/invoices?origin=partner&month=${billingMonth}`);
  await workspace.waitForRows();
  await workspace.row('Ledgerline').click();
  const line = workspace.panel.getByTitle(/^Why Deeds filed/);
  await line.focus();
  await page.keyboard.press('Enter');
  await expect(why(page)).toContainText('Deeds counted');
  await expect(why(page)).toContainText('units × price');
  await expect(why(page).getByRole('row').last()).toContainText((await line.innerText()).trim());
  await picture(page, 'invoice-why');
  await page.keyboard.press('Escape');
  await expect(why(page)).toHaveCount(0);
  await workspace.panel.getByTitle(/^Why tax/).click();
  await expect(why(page)).toContainText('Tax at 8.25 %');
  await expect(why(page)).toContainText('once per rate of the invoice (EN 16931)');
  await page.keyboard.press('Escape');
  await workspace.panel.getByTitle('Why due').click();
  await expect(why(page)).toContainText('payable − paid − credited − withheld − written off');
});

test('a draft says it for what is saved, and a written line for what was written', async ({ page }) => {
  const workspace = new Workspace(page);
  const editor = await makeOneOff(workspace, 'Quayside Audit Ltd');
  await editor.addLine('Annual audit support', '3', '33.335');
  await editor.expectSaved();
  await page.getByRole('button', { name: 'Why amount of line 1' }).click();
  await expect(why(page)).toContainText('Before rounding');
  await expect(why(page)).toContainText('100.005');
  await picture(page, 'draft-why');
  await page.keyboard.press('Escape');
  await page.getByTitle('Why total', { exact: true }).click();
  await expect(why(page)).toContainText('subtotal + tax');
  await page.keyboard.press('Escape');
  await editor.finalise();
  await expect(workspace.panel.getByRole('heading', { level: 2 })).toHaveText(/^INV-\d{4}-\d{4}$/);
});

test('ageing names the invoices that a sum is of', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/ageing');
  const totals = page.getByRole('group', { name: 'Totals and the receivable account' });
  await totals.getByTitle('Why open, EUR').click();
  await expect(why(page)).toContainText(/INV-\d{4}-\d{4}/);
  await expect(why(page)).toContainText('what the invoices have open');
  await picture(page, 'ageing-why');
  await page.keyboard.press('Escape');
  await workspace.waitForRows();
  await workspace.row('Quayside Audit').click();
  await expect(workspace.panel.getByRole('table', { name: 'By age' })).toBeVisible();
  await workspace.panel.getByTitle(/^Why open on INV-/).click();
  await expect(why(page)).toContainText('Open on INV-');
});

test('one-off invoices are saved as one ZIP', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?origin=one-off');
  await workspace.waitForRows();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save…' }).click();
  await page.getByRole('menuitem', { name: 'PDFs as ZIP' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('one-off-invoices.zip');
  const files = unzipSync(readFileSync(await saved.path()));
  expect(Object.keys(files).length).toBeGreaterThan(0);
  for (const [name, bytes] of Object.entries(files)) expect([/^INV-\d{4}-\d{4}\.pdf$/.test(name), Buffer.from(bytes.subarray(0, 5)).toString()]).toEqual([true, '%PDF-']);
  const lines = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save…' }).click();
  await page.getByRole('menuitem', { name: 'Lines as CSV' }).click();
  expect(readFileSync(await (await lines).path(), 'utf8')).toContain('Annual audit support,3,33.335,EUR,100.01');
  await workspace.goTo('/invoices?origin=stripe');
  await workspace.waitForRows();
  await page.getByRole('button', { name: 'Save…' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Lines as CSV', 'Lines as XLSX']);
});

test('the list adds up what is real: a draft stands apart, a void invoice is only counted', async ({ page }) => {
  const workspace = new Workspace(page);
  const footer = page.locator('.grid-foot').getByRole('status').first();
  const editor = await makeOneOff(workspace, 'Quayside Audit Ltd');
  await editor.addLine('Stocktaking', '1', '50');
  await editor.expectSaved();
  await workspace.goTo('/invoices?origin=one-off&text=Quayside');
  await workspace.waitForRows();
  await expect(footer).toHaveText(/^2 invoices · [\d.,]+\s*EUR · 1 draft [\d.,]+\s*EUR$/);
  await workspace.row('INV-').click();
  await workspace.panel.getByRole('button', { name: 'More' }).click();
  await page.getByRole('dialog', { name: 'More', exact: true }).getByRole('button', { name: 'Void…', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('Wrong customer');
  await page.getByRole('dialog').getByRole('button', { name: 'Void the invoice' }).click();
  await expect(footer).toHaveText(/^2 invoices · 1 draft [\d.,]+\s*EUR · 1 void$/);
  await expect(workspace.row('INV-')).toContainText('Void');
  await picture(page, 'invoices-adding-up');
});
