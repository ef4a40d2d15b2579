/** Payments and customers: lists, filters, records and their files. */
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from './fixtures/app.ts';
import { csvRows, downloadOf } from './pages/downloads.ts';
import { Workspace } from './pages/workspace.ts';

test('a card of the payments opens what it counts', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/payments');
  await workspace.waitForRows();
  const failed = workspace.card('Failed').getByRole('button');
  const count = Number((await failed.innerText()).replaceAll(',', ''));
  await failed.click();
  await expect(page).toHaveURL(/status=failed/);
  await expect.poll(() => workspace.total()).toBe(count);
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByText('Why it failed')).toBeVisible();
});

test('a payment is tied to its customer, its invoice and its entries', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/payments?kind=charge&status=succeeded&month=2026-09');
  await workspace.waitForRows();
  await workspace.row(/-\d{4}/).first().click();
  await expect(workspace.panel.getByRole('group', { name: 'Balance transactions' })).toContainText('Charge');
  const customer = await workspace.panel.getByRole('definition').getByRole('link').first().innerText();
  await workspace.panel.getByRole('link', { name: customer }).click();
  await expect(workspace.panel).toHaveAccessibleName('Customer');
  await expect(workspace.panel.getByRole('heading', { level: 2 })).toHaveText(customer);
  await workspace.panel.getByRole('group', { name: 'Journal entries' }).getByRole('link').first().click();
  await expect(workspace.panel).toHaveAccessibleName('Journal entry');
  await page.goBack();
  await expect(workspace.panel).toHaveAccessibleName('Customer');
  await workspace.panel.getByRole('button', { name: 'Show' }).first().click();
  await expect(workspace.panel.getByLabel('Raw Stripe object', { exact: true }).last()).toContainText('"object": "customer"');
});

test('the file of a list is exactly what the list shows: filter, sort, columns, currencies', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/payments?kind=refund&sort=amount:ascending');
  await workspace.waitForRows();
  const file = await downloadOf(page, () => page.getByRole('button', { name: 'Export CSV' }).click());
  const [head, ...rows] = csvRows(file.text);
  expect(file.name).toBe('payments.csv');
  expect(rows.length).toBe(await workspace.total());
  expect(head).toContain('Amount currency');
  const kinds = new Set(rows.map((row) => row[head?.indexOf('Kind') ?? -1]));
  expect([...kinds]).toEqual(['refund']);
  const amounts = rows.map((row) => Number(row[head?.indexOf('Amount') ?? -1]));
  expect(amounts.every((amount) => amount < 0)).toBe(true);
  // The workbook holds the same cells, amounts as numbers and moments as dates.
  const workbook = await downloadOf(page, () => page.getByRole('button', { name: 'Export XLSX' }).click());
  expect(workbook.name).toBe('payments.xlsx');
  const sheet = strFromU8(unzipSync(workbook.bytes)['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  const numbers = [...sheet.matchAll(/<row>(.*?)<\/row>/gs)].slice(1).map(([, row = '']) => [...row.matchAll(/<c\/>|<c[^>]*>(?:<v>(.*?)<\/v>|<is>.*?<\/is>)<\/c>/gs)].map(([, value]) => value));
  expect(numbers.map((row) => row[head?.indexOf('Amount') ?? -1])).toEqual(rows.map((row) => row[head?.indexOf('Amount') ?? -1]));
  expect(numbers.every((row) => Number(row[head?.indexOf('Made') ?? -1]) > 45_000)).toBe(true);
  // Two ticked rows: the file holds those two.
  await workspace.grid.focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  const ticked = await downloadOf(page, () => page.getByRole('button', { name: 'Export CSV' }).click());
  expect(csvRows(ticked.text).length).toBe(3);
});

test('customers who owe are those whose invoices are open', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/customers');
  await workspace.waitForRows();
  const all = await workspace.total();
  await page.getByRole('button', { name: 'Owing', exact: true }).click();
  await expect.poll(() => workspace.total()).toBeLessThan(all);
  await workspace.waitForRows();
  for (const row of await workspace.rows().all()) expect(await workspace.cell(row, 'Owes').innerText()).not.toBe('—');
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('group', { name: 'Invoices' })).toContainText(/Open|Overdue/);
});

test('the palette finds a customer and opens the record', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/customers');
  await workspace.waitForRows();
  const name = await workspace.cell(workspace.rows().nth(2), 'Customer').innerText();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Search or run a command' }).fill(name);
  await expect(page.getByRole('dialog')).toContainText('Customer');
  await page.keyboard.press('Enter');
  await expect(workspace.panel).toHaveAccessibleName('Customer');
  await expect(workspace.panel.getByRole('heading', { level: 2 })).toHaveText(name);
});
