/** At 1280 px, the narrowest screen people work at all day, the title's row and a list's own row stay one row each, also beside an open record. */
import type { Page } from '@playwright/test';
import { openSecondDesk, test, expect } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

/** One row of controls with its padding; two take more than 80 px. */
const oneRowPx = 56;

async function expectOneRow(page: Page, selector: string): Promise<void> {
  await expect.poll(() => page.locator(selector).first().evaluate((row) => row.getBoundingClientRect().height), { message: selector }).toBeLessThanOrEqual(oneRowPx);
}

test.use({ viewport: { width: 1280, height: 900 } });

test('Invoices, Cash and Accounts keep their toolbars in one row, and what is behind More works', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/cash');
  await expect(page.getByRole('button', { name: /^XLSX of Cash in/ })).toBeVisible();
  await expectOneRow(page, '.top');
  await workspace.goTo('/ledger');
  await expect(page.getByRole('button', { name: 'XLSX of Trial balance' })).toBeVisible();
  await expectOneRow(page, '.top');
  await workspace.goTo('/invoices?origin=partner&month=2026-10');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('heading', { level: 3 }).first()).toBeVisible();
  await expectOneRow(page, '.top');
  await expectOneRow(page, '.content .box-head');
  await page.getByRole('region', { name: 'Title and controls' }).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'New one-off invoice…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('Contracts beside an open record keep one row, with both ways of files behind one button', async ({ browser, world }) => {
  const { page, errors } = await openSecondDesk(browser, world);
  await page.setViewportSize({ width: 1280, height: 900 });
  const workspace = new Workspace(page);
  await workspace.goTo('/partners/contracts');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('heading', { name: 'Terms over time' })).toBeVisible();
  await expectOneRow(page, '.content .box-head');
  await page.getByRole('button', { name: 'Files…' }).click();
  await expect(page.getByRole('menuitem', { name: 'All as CSV' })).toBeVisible();
  await page.getByRole('menuitem', { name: 'Import…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(errors, 'the console stays silent').toEqual([]);
  await page.context().close();
});

test('Reconciliation beside an open record keeps its cards readable: no label is cut, no figure breaks in two', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation?status=all');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('heading', { level: 3 }).first()).toBeVisible();
  const cards = page.locator('.cards.levels .card');
  expect(await cards.count()).toBeGreaterThan(3);
  for (const card of await cards.all()) {
    const { isCut, lines } = await card.evaluate((each) => {
      const label = each.querySelector('.clip');
      // The balance has a figure for each currency, each on a line of its own.
      const ofCurrencies = [...each.querySelectorAll<HTMLElement>('.card-value .balance-lines > *')];
      const figures = ofCurrencies.length > 0 ? ofCurrencies : [...each.querySelectorAll<HTMLElement>('.card-value')];
      return { isCut: label ? label.scrollWidth > label.clientWidth : true, lines: figures.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...figures.map((figure) => figure.offsetHeight / Number.parseFloat(getComputedStyle(figure).lineHeight))) };
    });
    expect(isCut).toBe(false);
    expect(lines).toBeLessThan(1.5);
  }
});

test('The inbox beside an open record keeps its filters in one row; what is behind More narrows the list and is counted', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation?status=all');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('heading', { level: 3 }).first()).toBeVisible();
  const row = '.content .box-head:has(> .inbox-filters)';
  await expectOneRow(page, row);
  const filters = page.getByRole('group', { name: 'Filters' });
  await filters.getByRole('button', { name: 'More' }).click();
  await page.getByRole('combobox', { name: 'Age' }).click();
  await page.getByRole('option', { name: 'Up to 1 day' }).click();
  await expect(page).toHaveURL(/age=0-1/);
  await page.keyboard.press('Escape');
  await expect(filters.getByRole('button', { name: 'More 1' })).toBeVisible();
  await expectOneRow(page, row);
});

test('the schedule of Jobs shows every column: what was last, how it went, and Run now', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/jobs');
  const schedule = page.getByRole('group', { name: 'Schedule' });
  await expect(schedule.getByRole('button', { name: 'Run Sync Stripe now' })).toBeVisible();
  expect(await schedule.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  await expect(schedule.getByText('* * * * *')).toHaveCount(0);
});

test('Settings keep the search beside their title, with the rooms in one row below; Payments keep their filters in one row', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  const top = page.getByRole('region', { name: 'Title and controls' });
  await expect(top.getByRole('link', { name: 'Event log' })).toBeVisible();
  const middleOf = async (locator: ReturnType<Page['locator']>): Promise<number> => {
    const box = await locator.boundingBox();
    return box ? box.y + box.height / 2 : Number.NaN;
  };
  expect(Math.abs((await middleOf(top.getByRole('heading', { level: 1 }))) - (await middleOf(top.getByRole('button', { name: /^Search or run/ }))))).toBeLessThan(10);
  await expectOneRow(page, '.top .tabs');
  await workspace.goTo('/invoices/payments');
  await workspace.waitForRows();
  await expectOneRow(page, '.content .box-head');
});
