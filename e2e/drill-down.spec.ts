/** Every figure answers where from and why: a card’s why, the month’s movements, an invoice, its journal entry, the raw object. */
import { formatMoney } from '../src/shared/money/format.ts';
import { expect, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

test('why says formula, policy, rounding and sources', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Revenue');
  await page.getByRole('button', { name: 'Why MRR' }).click();
  const why = page.getByRole('dialog');
  await expect(why).toContainText('Rounding');
  await expect(why).toContainText('As of');
  const now = world.manifest.mrr.at(-1);
  await expect(why).toContainText(formatMoney(now?.mrrMinor ?? 0, world.manifest.functionalCurrency, 'en-US'));
  await page.keyboard.press('Escape');
  await expect(why).toHaveCount(0);
});

test('why by the keyboard alone: it opens with the focus in it, gives the focus back each time, and is a button of the same name throughout', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Revenue');
  const button = page.getByRole('button', { name: 'Why MRR', exact: true });
  await expect(button).toHaveAttribute('aria-haspopup', 'dialog');
  await expect(button).toHaveAttribute('aria-expanded', 'false');
  await button.focus();
  // The first press makes the popover, the second finds it made.
  for (const key of ['Enter', 'Space']) {
    await page.keyboard.press(key);
    const why = page.getByRole('dialog', { name: /^MRR, / });
    await expect(why).toContainText('Rounding');
    await expect(why.locator(':focus')).toHaveCount(1);
    await expect(page.locator('[aria-expanded="true"][aria-haspopup="dialog"]')).toHaveAccessibleName('Why MRR');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(button).toBeFocused();
    await expect(button).toHaveAttribute('aria-expanded', 'false');
  }
});

test('MRR lists the subscription items it is the sum of, each with its calculation', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const now = world.manifest.mrr.at(-1);
  const shown = formatMoney(now?.mrrMinor ?? 0, world.manifest.functionalCurrency, 'en-US');
  await workspace.open('Revenue');
  await page.getByRole('button', { name: 'MRR, now' }).click();
  await expect(workspace.grid).toHaveAccessibleName('MRR items');
  await workspace.waitForRows();
  await expect(page.locator('.grid-foot')).toContainText(shown);
  await workspace.rows().first().click();
  await expect(workspace.panel).toContainText('Calculation');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await expect(workspace.grid).toHaveAccessibleName('Movements');
});

test('from a movement to the raw Stripe object', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const month = world.manifest.mrr.findLast((each) => each.movements.new > 0);
  if (!month) throw new Error('Nobody was ever new.');
  await workspace.goTo(`/revenue?month=${month.month}&kind=new`);
  await workspace.waitForRows();
  // What is listed sums to what was clicked.
  await expect(page.locator('.grid-foot')).toContainText(formatMoney(month.movements.new, world.manifest.functionalCurrency, 'en-US'));
  await workspace.rows().first().getByRole('link').click();
  await expect(workspace.panel).toHaveAccessibleName('Invoice');
  await workspace.panel.getByRole('link', { name: 'Entry 1' }).click();
  await expect(workspace.panel).toHaveAccessibleName('Journal entry');
  await expect(workspace.panel.getByRole('group', { name: 'Postings' })).toContainText('Accounts receivable');
  await workspace.panel.getByRole('button', { name: 'Show' }).first().click();
  await expect(workspace.panel.getByLabel('Raw Stripe object', { exact: true }).last()).toContainText('"object": "invoice"');
});

test('an account of the trial balance opens its statement, which ends at its balance and opens the entries', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Ledger');
  const account = page.getByRole('row').filter({ hasText: 'Stripe clearing' }).first();
  const balance = (await account.getByRole('cell').nth(-2).innerText()).trim();
  await account.getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 2, name: /Stripe clearing/ })).toBeVisible();
  await expect(workspace.card('Closing balance')).toContainText(balance);
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('group', { name: 'Postings' })).toContainText('Stripe clearing');
});

test('the tax owed to all jurisdictions stands below them and opens one statement over them all', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.open('Ledger');
  const inAll = page.getByRole('row').filter({ hasText: 'Tax payable in all' }).first();
  const balance = (await inAll.getByRole('cell').nth(3).innerText()).trim();
  await inAll.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 2, name: /Tax payable with its sub-accounts/ })).toBeVisible();
  await expect(workspace.card('Closing balance')).toContainText(balance);
  await expect(page.getByRole('checkbox', { name: 'With sub-accounts' })).toBeChecked();
  await workspace.waitForRows();
  await page.getByRole('checkbox', { name: 'With sub-accounts' }).click();
  await expect(page.getByRole('heading', { level: 2, name: /Tax payable$/ })).toBeVisible();
});

test('Back restores filter, scroll and the place in the list', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/ledger/entries');
  await workspace.waitForRows();
  await workspace.grid.focus();
  await page.keyboard.press('Control+End');
  await expect.poll(() => workspace.activeRow()).toBeGreaterThan(1000);
  const place = await workspace.activeRow();
  await workspace.open('Revenue');
  await page.goBack();
  await expect(workspace.grid).toHaveAccessibleName('Journal entries');
  await expect.poll(() => workspace.activeRow()).toBe(place);
});
