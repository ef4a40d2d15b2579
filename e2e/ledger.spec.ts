/** The Ledger workspace: journal, statement, periods, verify, export, backups. */
import { unzipSync } from 'fflate';
import { formatMoney } from '../src/shared/money/format.ts';
import { expect, test } from './fixtures/app.ts';
import { forgetUnsealed, leaveUnsealed } from './fixtures/ledger-file.ts';
import { csvRows, downloadOf } from './pages/downloads.ts';
import { askToReopen, closeNextMonth } from './pages/periods.ts';
import { Workspace } from './pages/workspace.ts';

/** A decimal as the exports write it, in whole minor units of a currency with two decimals. */
const cents = (decimal: string) => Math.round(Number(decimal) * 100);

test('the journal is narrowed by kind, amount and month; Back takes each step back', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/entries');
  await workspace.waitForRows();
  const all = await workspace.total();
  await page.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'Payout', exact: true }).click();
  await expect(page).toHaveURL(/kind=payout/);
  await expect.poll(() => workspace.total()).toBeLessThan(all);
  await workspace.waitForRows();
  const payouts = await workspace.total();
  await expect(workspace.rows().first()).toContainText('Payout');
  const amount = (await workspace.cell(workspace.rows().first(), 'Amount').innerText()).replace('\u00a0', ' ');
  await page.getByRole('textbox', { name: 'Amount' }).fill(amount);
  await expect.poll(() => workspace.total()).toBeLessThan(payouts);
  await expect(workspace.rows().first()).toContainText(amount);
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await expect.poll(() => workspace.total()).toBe(all);
  await page.goBack();
  await expect(page.getByRole('combobox', { name: 'Kind' })).toHaveValue('Payout');
  await expect.poll(() => workspace.total()).toBeLessThan(payouts);
});

test('an entry leads to its customer, its payment and the raw objects', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/entries?kind=payment');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel).toHaveAccessibleName('Journal entry');
  await workspace.panel.getByRole('button', { name: 'Show' }).first().click();
  await expect(workspace.panel.getByLabel('Raw Stripe object', { exact: true }).last()).toContainText('"object": "balance_transaction"');
  await workspace.panel.getByRole('link', { name: /^ch_/ }).click();
  await expect(workspace.panel).toHaveAccessibleName('Payment');
  await workspace.panel.getByRole('link', { name: 'Entry 1' }).click();
  await expect(workspace.panel).toHaveAccessibleName('Journal entry');
});

test('the trial balance is saved as CSV and as a workbook with the same figures as numbers', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger');
  const csv = await downloadOf(page, () => page.getByRole('button', { name: 'CSV of Trial balance', exact: true }).click());
  const [head, ...rows] = csvRows(csv.text);
  expect([csv.name, head]).toEqual(['trial-balance-2026-11-18.csv', ['as_of', 'account', 'name', 'type', 'currency', 'debit', 'credit', 'balance', 'balance_usd']]);
  expect(await page.getByRole('group', { name: 'Trial balance' }).getByRole('row').count()).toBeGreaterThan(rows.length);
  const workbook = await downloadOf(page, () => page.getByRole('button', { name: 'XLSX of Trial balance', exact: true }).click());
  expect(workbook.name).toBe('trial-balance-2026-11-18.xlsx');
  const sheet = Buffer.from(unzipSync(workbook.bytes)['xl/worksheets/sheet1.xml'] ?? []).toString('utf8');
  // Each amount of the file is a number there, not a text.
  const numbers = new Set([...sheet.matchAll(/<c s="\d+"><v>(.*?)<\/v><\/c>/g)].map(([, value]) => value));
  for (const row of rows) for (const amount of row.slice(5)) expect(numbers).toContain(amount);
});

test('a statement that cannot be read says why and what to do, and is read again when asked', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/statement?account=9999-nothing&currency=usd');
  const notice = page.getByRole('alert').filter({ hasText: 'There is no such account in the chart' });
  await expect(notice).toContainText('Choose an account of the trial balance');
  await expect(notice).toContainText('account-not-found');
  await expect(page.getByRole('grid')).toHaveCount(0);
  await expect(workspace.card('Closing balance')).toHaveCount(0);
  // No figure of an account that is not there; another one is chosen in the same room.
  await workspace.goTo('/ledger/statement?account=1100-stripe-clearing&currency=usd');
  await workspace.waitForRows();
  await expect(notice).toHaveCount(0);
});

test('a statement runs from its opening to its closing balance, and its file says the same', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const held = world.manifest.stripeBalance.find((each) => each.currency === world.manifest.functionalCurrency);
  await workspace.goTo(`/ledger/statement?account=1100-stripe-clearing&currency=${held?.currency ?? ''}`);
  await workspace.waitForRows();
  await expect(workspace.card('Opening balance')).toContainText('0.00');
  await expect(workspace.card('Closing balance')).toContainText(formatMoney(held?.atCreationMinor ?? 0, held?.currency ?? 'usd', 'en-US'));
  const file = await downloadOf(page, () => page.getByRole('button', { name: 'Export CSV' }).click());
  const [head, ...rows] = csvRows(file.text);
  expect(rows.length).toBe(await workspace.total());
  const at = (name: string) => head?.indexOf(name) ?? -1;
  let balance = 0;
  for (const row of rows) {
    balance += cents(row[at('Debit')] ?? '') - cents(row[at('Credit')] ?? '');
    expect(cents(row[at('Balance')] ?? '')).toBe(balance);
  }
  expect(balance).toBe(held?.atCreationMinor);
  // A part of the days begins with what came before them.
  await page.getByRole('button', { name: /^Days/ }).click();
  await page.getByRole('button', { name: 'This month', exact: true }).click();
  await expect(page).toHaveURL(/from=2026-11-01/);
  await expect(workspace.card('Opening balance')).not.toContainText(/^Opening balance0\.00/);
  await expect(workspace.card('Closing balance')).toContainText(formatMoney(held?.atCreationMinor ?? 0, held?.currency ?? 'usd', 'en-US'));
});

test('months are closed with unrealised differences once that is set, and without at first', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/periods');
  const months = page.getByRole('region', { name: 'Months' });
  await expect(months).toContainText('Foreign balances are closed as booked');
  const next = workspace.card('Next to close').getByRole('link');
  await next.click();
  await expect(workspace.panel.getByText('Debits equal credits')).toBeVisible();
  await expect(workspace.panel.getByText('Closing revalues foreign balances')).toHaveCount(0);
  for (const [button, state, checks] of [['Switch revaluation on', 'Closing revalues foreign balances', 1], ['Switch revaluation off', 'Foreign balances are closed as booked', 0]] as const) {
    await months.getByRole('button', { name: 'Change…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: button }).press('Enter');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(months).toContainText(state);
    await expect(workspace.panel.getByText('Closing revalues foreign balances')).toHaveCount(checks);
  }
});

test('a month is closed from its checklist; opening it again is asked for with a reason', async ({ page }) => {
  const workspace = new Workspace(page);
  const month = await closeNextMonth(workspace);
  const hasFourEyes = (await workspace.card('Four eyes').innerText()).includes('On');
  await expect(workspace.panel).toContainText('four eyes');
  await askToReopen(workspace, 'A late credit note belongs here.');
  if (!hasFourEyes) {
    await expect(workspace.card('Next to close')).toContainText(month);
    return;
  }
  // Whoever asked is not offered to approve; the wish can be withdrawn.
  await expect(workspace.panel.getByRole('button', { name: 'Approve…' })).toHaveCount(0);
  await workspace.panel.getByRole('button', { name: 'Withdraw…' }).click();
  await page.getByRole('textbox', { name: 'Why' }).fill('It was another month.');
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await expect(workspace.card('Asked to reopen')).toContainText('None');
});

test('several months are closed in one go, each by itself, up to the one that is chosen', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/periods');
  const table = page.getByRole('group', { name: 'Months' });
  await expect(table.getByRole('row').nth(1)).toBeVisible();
  const closedBefore = await table.getByText('Closed', { exact: true }).count();
  await page.getByRole('button', { name: 'Close several months…' }).click();
  const dialog = page.getByRole('dialog');
  const preview = dialog.getByRole('group', { name: 'What closing comes to' });
  await expect(preview.getByText('Can be closed').first()).toBeVisible();
  const wanted = await preview.getByText('Can be closed').count();
  await dialog.getByRole('combobox', { name: 'Through' }).click();
  await page.getByRole('option').first().click();
  await expect(preview.getByText('Can be closed')).toHaveCount(1);
  await dialog.getByRole('combobox', { name: 'Through' }).click();
  await page.getByRole('option').last().click();
  await expect(preview.getByText('Can be closed')).toHaveCount(wanted);
  await dialog.getByRole('button', { name: /^Close \d+ months?, through/ }).click();
  await expect(dialog).toHaveCount(0);
  await expect(workspace.card('Closed up to')).toContainText('Oct 2026');
  await expect(table.getByText('Closed', { exact: true })).toHaveCount(closedBefore + wanted);
  // What is not over cannot be closed, and so there is nothing more to offer.
  await expect(page.getByRole('button', { name: 'Close several months…' })).toHaveCount(0);
});

test('the books are held against a rebuild from Stripe, and what it says otherwise is named', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/verify');
  await page.getByRole('button', { name: 'Rebuild and compare' }).click();
  // The payments that the demo put at Stripe behind the ledger's back.
  const missing = world.manifest.plantedBreaks.filter((planted) => planted.reason === 'missing-in-ledger');
  await expect(workspace.card('Differences')).toContainText(String(missing.length), { timeout: 45_000 });
  await expect(workspace.card('The books are')).toContainText('Different');
  const table = page.getByRole('group', { name: 'Differences' });
  for (const { balanceTransactionId } of missing) await expect(table.getByRole('row').filter({ hasText: balanceTransactionId ?? '' })).toContainText('this ledger does not have it');
  await expect(table.getByText('1100-stripe-clearing')).toHaveCount(missing.length);
});

test('verifying says sound with the figures of the books, and holds them against a backup', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/backups');
  await page.getByRole('button', { name: 'Back up now' }).first().click();
  await expect(page.getByText('The backup is made and verified')).toBeVisible();
  const table = page.getByRole('group', { name: 'Backups' });
  await expect(table.getByRole('row').nth(1)).toContainText('Sound');
  await table.getByRole('link').first().click();
  await expect(workspace.panel).toContainText('SHA-256');
  await workspace.panel.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByText('The backup was read whole; its state is in the list')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('navigation', { name: 'Ledger' }).getByRole('link', { name: 'Verify' }).click();
  await expect(page.getByRole('group', { name: 'Anchors' }).getByRole('row')).not.toHaveCount(1);
  await page.getByRole('button', { name: 'Verify now' }).click();
  await expect(page.getByText('Verify the ledger is done').first()).toBeVisible();
  await expect(workspace.card('The ledger is')).toContainText('Sound');
  const answer = await page.evaluate(() => document.title);
  expect(answer).toBe('Verify · Ledger · Daybook');
  expect(world.manifest.functionalCurrency).toBeTruthy();
});

test('the books are exported for hledger, Beancount, as CSV and as a workbook', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/export');
  for (const [name, ending, holds] of [['hledger journal', '.journal', /^commodity |^account /m], ['Beancount', '.beancount', /^\d{4}-\d\d-\d\d open /m], ['CSV', '.csv', /debit|direction/i], ['Excel workbook', '.xlsx', /^PK/]] as const) {
    const file = await downloadOf(page, () => page.getByRole('button', { name: `Export ${name}`, exact: true }).click());
    expect(file.name.endsWith(ending), file.name).toBe(true);
    expect(file.text).toMatch(holds);
    await expect(page.getByText(`${file.name} is saved`)).toBeVisible();
  }
});

test('an entry is reversed once, with a link both ways', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/entries?kind=exchange-difference');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  const original = (await workspace.panel.getByText(/no\. [\d,]+/).first().innerText()).match(/no\. ([\d,]+)/)?.[1] ?? '';
  await workspace.panel.getByRole('button', { name: 'Reverse…' }).click();
  await page.getByRole('textbox', { name: 'Reason' }).fill('Booked at the wrong rate.');
  await page.getByRole('button', { name: 'Reverse the entry' }).click();
  await expect(workspace.panel.getByText('Reverses')).toBeVisible();
  await expect(workspace.panel.getByRole('button', { name: 'Reverse…' })).toHaveCount(0);
  await workspace.panel.getByRole('definition').getByRole('link').last().click();
  await expect(workspace.panel).toContainText(`no. ${original}`);
  await expect(workspace.panel.getByText('Reversed by')).toBeVisible();
});

test('an entry that the sealer left is taken back with a reason; one that follows from a fact is not', async ({ page, world }) => {
  leaveUnsealed(world, { key: 'manual/e2e', memo: 'Correction of a typing error' });
  leaveUnsealed(world, { key: `stripe/${world.manifest.gatewayAccountId}/test/refund/re_e2e/refund`, memo: 'Refund re_e2e' });
  try {
    const workspace = new Workspace(page);
    await workspace.goTo('/ledger/entries');
    await page.getByRole('button', { name: 'Show what waits' }).click();
    await workspace.waitForRows();
    const tick = (text: string) => workspace.row(text).locator('.grid-select').click();
    await tick('Refund re_e2e');
    await expect(page.getByText('It follows from a fact, or was not sent yet')).toBeVisible();
    await tick('Refund re_e2e');
    await tick('Correction of a typing error');
    await page.getByRole('button', { name: 'Take back…' }).click();
    const take = page.getByRole('dialog').getByRole('button', { name: 'Take it back' });
    await expect(take).toBeDisabled();
    await page.getByRole('textbox', { name: 'Reason' }).fill('It was typed twice.');
    await take.click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(workspace.row('Correction of a typing error')).toHaveCount(0);
    await expect(workspace.row('Refund re_e2e')).toBeVisible();
  } finally {
    forgetUnsealed(world);
  }
});
