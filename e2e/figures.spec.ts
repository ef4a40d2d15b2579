/** Every screen shows the figures of the manifest, which the generator worked out from its own state. */
import { unzipSync } from 'fflate';
import { formatAmount, formatMoney } from '../src/shared/money/format.ts';
import { toDecimalString } from '../src/shared/money/money.ts';
import { expect, test } from './fixtures/app.ts';
import { csvRows, downloadOf } from './pages/downloads.ts';
import { Workspace } from './pages/workspace.ts';

const money = (amount: number, currency: string) => formatMoney(amount, currency, 'en-US');

test('Today counts what was planted', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Today');
  const discrepancies = page.getByRole('button', { name: /^Discrepanc/ });
  await expect(discrepancies).toContainText(String(world.manifest.plantedBreaks.length + world.manifest.bank.breaks.length));
  await expect(workspace.content.getByRole('row').filter({ hasText: world.manifest.plantedBreaks[0]?.objectId ?? 'none' })).toHaveCount(1);
  // A line of a bank statement is known by what the bank wrote, not by an id.
  await expect(workspace.content.getByRole('row').filter({ hasText: 'Bank line unmatched' })).not.toHaveCount(0);
  await expect(workspace.content.getByRole('row').filter({ hasText: /[\da-f]{8}-[\da-f]{4}-/ })).toHaveCount(0);
});

test('Revenue: the running month’s cards and its sum', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Revenue');
  const [before, now] = world.manifest.mrr.slice(-2);
  if (!before || !now) throw new Error('The manifest has no two months.');
  const { functionalCurrency } = world.manifest;
  await expect(workspace.card(/^MRR, running/)).toContainText(money(now.mrrMinor, functionalCurrency));
  await expect(workspace.card('ARR')).toContainText(money(now.arrMinor, functionalCurrency));
  await expect(workspace.card('Customers')).toContainText(String(now.customers));
  const sum = page.getByRole('table').filter({ hasText: 'MRR, start of' });
  await expect(sum.getByRole('row', { name: /start of/ })).toContainText(money(before.mrrMinor, functionalCurrency));
  await expect(sum.getByRole('row', { name: /MRR, now/ })).toContainText(money(now.mrrMinor, functionalCurrency));
  await expect(sum.getByRole('row', { name: /^New/ })).toContainText(money(now.movements.new, functionalCurrency));
  await expect(sum.getByRole('row', { name: /^Churn/ })).toContainText(money(now.movements.churn, functionalCurrency).replace('-', '−'));
});

test('Revenue: the table beside the chart holds the last twelve months', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Revenue');
  await page.getByRole('button', { name: 'Table of MRR and movements' }).click();
  const table = page.getByRole('group', { name: 'MRR and movements by month' });
  for (const month of world.manifest.mrr.slice(-12)) await expect(table.getByRole('row').filter({ hasText: formatAmount(month.mrrMinor, world.manifest.functionalCurrency, 'en-US') }).first()).toBeVisible();
});

test('Revenue: cash of the billed month per settlement currency', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const month = world.manifest.billingMonth;
  await workspace.goTo(`/revenue?view=cash&month=${month}`);
  const table = page.getByRole('group', { name: /^Cash in/ });
  for (const row of world.manifest.revenue.filter((each) => each.month === month)) {
    const line = table.getByRole('row', { name: new RegExp(`^${row.currency.toUpperCase()}`) });
    await expect(line).toContainText(money(row.grossMinor, row.currency));
    await expect(line).toContainText(money(row.netMinor, row.currency));
  }
});

test('Revenue: cash is saved as CSV and as a workbook, with what takes away below zero', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const month = world.manifest.billingMonth;
  await workspace.goTo(`/revenue/cash?month=${month}`);
  const csv = await downloadOf(page, () => page.getByRole('button', { name: /^CSV of Cash in/ }).click());
  const [head, ...rows] = csvRows(csv.text);
  expect([csv.name, head]).toEqual([`cash-${month}.csv`, ['Month', 'Currency', 'Count', 'Payments', 'Fees', 'Refunds', 'Net', 'Disputes, apart']]);
  const expected = world.manifest.revenue.filter((each) => each.month === month);
  expect(rows.length).toBe(expected.length);
  for (const { currency, grossMinor, feesMinor, refundsMinor, netMinor } of expected) {
    const row = rows.find((each) => each[1] === currency.toUpperCase());
    expect([row?.[0], ...(row?.slice(3, 7) ?? [])]).toEqual([month, ...[grossMinor, 0 - feesMinor, 0 - refundsMinor, netMinor].map((minor) => toDecimalString(minor, currency))]);
  }
  const workbook = await downloadOf(page, () => page.getByRole('button', { name: 'XLSX of Cash by month' }).click());
  expect(workbook.name).toBe('cash-by-month.xlsx');
  const sheet = Buffer.from(unzipSync(workbook.bytes)['xl/worksheets/sheet1.xml'] ?? []).toString('utf8');
  for (const { netMinor, currency } of expected) expect(sheet).toContain(`<v>${toDecimalString(netMinor, currency)}</v>`);
});

test('Invoices: every partner invoice with its number and total', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo(`/invoices?origin=partner&month=${world.manifest.billingMonth}`);
  await workspace.waitForRows();
  const expected = world.manifest.partnerInvoices.filter((invoice) => invoice.month === world.manifest.billingMonth);
  await expect(workspace.rows()).toHaveCount(expected.length);
  for (const invoice of expected) await expect(workspace.row(invoice.invoiceNumber)).toContainText(money(invoice.totalMinor, invoice.currency));
});

test('Partners: one row each, the last total the one billed', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Partners');
  await workspace.waitForRows();
  const billed = world.manifest.partnerInvoices.filter((invoice) => invoice.month === world.manifest.billingMonth);
  for (const invoice of billed) await expect(workspace.row(money(invoice.totalMinor, invoice.currency)).first()).toBeVisible();
});

test('Reconciliation: exactly the planted list', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation?status=all&level=transactions');
  await workspace.waitForRows();
  const found = await workspace.rows().evaluateAll((rows) => rows.map((row) => row.querySelector('[title]')?.getAttribute('title') ?? ''));
  expect(found.toSorted()).toEqual(world.manifest.plantedBreaks.map((each) => each.objectId).toSorted());
  await workspace.goTo('/reconciliation?status=all&level=bank');
  await expect.poll(() => workspace.total()).toBe(world.manifest.bank.breaks.length);
});

test('Reconciliation: the balance does not tie in the currencies in which the books miss money, and says what Stripe says', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Reconciliation');
  const untied = world.manifest.stripeBalance.filter((each) => each.atCreationMinor !== each.afterRefillMinor);
  await expect(workspace.card('Stripe balance')).toContainText(`Stripe says otherwise in ${untied.map((each) => each.currency.toUpperCase()).join(', ')}`);
  await page.getByRole('button', { name: 'Why Stripe balance' }).click();
  for (const each of untied) await expect(page.getByRole('dialog').getByRole('cell', { name: formatAmount(each.afterRefillMinor, each.currency, 'en-US') }).first()).toBeVisible();
});

test('Ledger: debits equal credits in every currency; the clearing account holds what Stripe held', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Ledger');
  for (const balance of world.manifest.stripeBalance) {
    await expect(workspace.card(`Debits, ${balance.currency.toUpperCase()}`)).toContainText('Ties');
    const held = money(balance.atCreationMinor, balance.currency);
    await expect(page.getByRole('row').filter({ hasText: 'Stripe clearing' }).filter({ has: page.getByRole('cell', { name: held, exact: true }) }).first()).toBeVisible();
  }
});
