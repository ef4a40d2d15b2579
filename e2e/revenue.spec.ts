/** The Revenue workspace: its rooms, pickers and table twins, from a point of a chart to the journal entry, and the month on paper. */
import { formatAmount, formatMoney } from '../src/shared/money/format.ts';
import { expect, test } from './fixtures/app.ts';
import { expectNoViolations } from './pages/axe.ts';
import { csvRows, downloadOf } from './pages/downloads.ts';
import { Workspace } from './pages/workspace.ts';

const rooms = [
  ['Overview', '/revenue'], ['Movements', '/revenue/movements'], ['Cohorts', '/revenue/cohorts'], ['Breakdowns', '/revenue/breakdowns'], ['Recognition', '/revenue/recognition'], ['Compare', '/revenue/compare'], ['Cash', '/revenue/cash'], ['Report', '/revenue/report'],
] as const;
const expectSoon = expect.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 120_000 });

test('each room is one key away and keeps the month that is looked at', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue?month=2026-09');
  for (const [name, address] of rooms) {
    const tab = page.getByRole('navigation', { name: 'Revenue' }).getByRole('link', { name, exact: true });
    await tab.focus();
    await page.keyboard.press('Enter');
    await expect(tab).toHaveAttribute('aria-current', 'page');
    expect(page.url()).toContain(`#${address}?month=2026-09`);
    await expectSoon(page.getByText('…', { exact: true })).toHaveCount(0);
  }
});

test('from a point of a chart over movements and the invoice to its journal entry, in three clicks; what is listed sums to what was clicked', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const month = world.manifest.mrr.findLast((each) => each.movements.new > 0);
  if (!month) throw new Error('Nobody was ever new.');
  await workspace.goTo(`/revenue/movements?month=${month.month}&span=1`);
  const chart = page.getByRole('img', { name: /^MRR from start to end/ });
  await expectSoon(chart).toHaveAccessibleName(new RegExp(`New ${formatMoney(month.movements.new, world.manifest.functionalCurrency, 'en-US').replaceAll('.', '\\.')}`));
  // “New” is the second of the eight steps.
  const box = await chart.boundingBox();
  if (!box) throw new Error('The chart has no place.');
  await page.mouse.click(box.x + 48 + ((box.width - 56) * 1.5) / 8, box.y + box.height / 2);
  await expect(workspace.grid).toHaveAccessibleName('Movements');
  await workspace.waitForRows();
  expect(page.url()).toContain('kind=new');
  await expect(page.locator('.grid-foot')).toContainText(formatMoney(month.movements.new, world.manifest.functionalCurrency, 'en-US'));
  await workspace.rows().first().getByRole('link').click();
  await expect(workspace.panel).toHaveAccessibleName('Invoice');
  await workspace.panel.getByRole('link', { name: 'Entry 1' }).click();
  await expect(workspace.panel).toHaveAccessibleName('Journal entry');
  await expect(workspace.panel.getByRole('group', { name: 'Postings' })).toContainText('Accounts receivable');
});

test('the pickers: another policy, one currency, one plan; a breakdown’s member opens alone and its customers sum to it', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const now = world.manifest.mrr.at(-1);
  await workspace.goTo('/revenue/breakdowns');
  const table = page.getByRole('group', { name: /^MRR by plan/ });
  await expectSoon(table.getByRole('row', { name: /^All/ })).toContainText(formatAmount(now?.mrrMinor ?? 0, world.manifest.functionalCurrency, 'en-US'));
  const first = table.getByRole('row').nth(1);
  const mrr = (await first.getByRole('cell').last().innerText()).trim();
  await first.getByRole('link').click();
  await expectSoon(workspace.card(/^MRR, running/)).toContainText(mrr);
  expect(page.url()).toContain('plan=');
  await page.getByRole('button', { name: 'MRR, now' }).click();
  await expect(workspace.grid).toHaveAccessibleName('Customers by MRR');
  await workspace.waitForRows();
  await expect(page.locator('.grid-foot')).toContainText(mrr);
  await page.getByRole('combobox', { name: 'Plan' }).click();
  await page.getByRole('option', { name: 'All plans' }).click();
  await expectSoon(workspace.card(/^MRR, running/)).toContainText(formatMoney(now?.mrrMinor ?? 0, world.manifest.functionalCurrency, 'en-US'));
  await page.getByRole('combobox', { name: 'Policy' }).click();
  await page.getByRole('option', { name: /Past due/ }).click();
  await expect.poll(() => page.url()).toContain('policy=strict');
  await page.getByRole('combobox', { name: 'Currency' }).click();
  await page.getByRole('option', { name: 'EUR only' }).click();
  await expectSoon(workspace.card(/^MRR, running/)).toContainText('EUR');
  await page.getByText('vs year before').click();
  await expectSoon(workspace.card('ARR')).toContainText('2025');
});

test('a month that the chart does not reach is a sum all the same; a plan that is none is refused, once', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue?month=2019-05');
  await expectSoon(page.getByRole('region', { name: 'May 2019' }).getByRole('row', { name: /^MRR, end of/ })).toContainText('0.00');
  for (const room of ['/revenue', '/revenue/movements']) {
    await workspace.goTo(`${room}?plan=price_nope`);
    await expectSoon(page.getByText('There is no such plan')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(1);
    await expect(workspace.grid).toHaveCount(0);
  }
});

test('what customers paid stands beside what was settled, in both currencies', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const month = world.manifest.billingMonth;
  await workspace.goTo(`/revenue/cash?month=${month}`);
  const table = page.getByRole('group', { name: /^As customers paid/ });
  await expectSoon(table.getByRole('row', { name: /^KWD USD/ })).toContainText(/\d\.\d{3} KWD/);
  const [, ...rows] = csvRows((await downloadOf(page, () => page.getByRole('button', { name: /^CSV of As customers paid/ }).click())).text);
  const settled = rows.filter((row) => row[1] === 'USD').reduce((sum, row) => sum + Number(row[4]?.replace('.', '')), 0);
  expect(settled).toBe(world.manifest.revenue.find((row) => row.month === month && row.currency === 'usd')?.grossMinor);
});

test('from a figure of cash over one of its payments to its journal entry', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo(`/revenue/cash?month=${world.manifest.billingMonth}`);
  await page.getByRole('group', { name: /^Cash in/ }).getByRole('row', { name: /^USD/ }).getByRole('button').nth(1).click();
  await page.getByRole('dialog').getByRole('link', { name: /^charge of/ }).first().click();
  await expect.poll(() => page.url()).toContain('/ledger/entries?sourceId=txn_');
  await workspace.waitForRows();
  expect(await workspace.total()).toBe(1);
  await workspace.rows().first().click();
  await expect(workspace.panel).toHaveAccessibleName('Journal entry');
});

test.describe('at 1280 px', () => {
  test.use({ viewport: { width: 1280, height: 800 } });
  test('search stays beside the period in every room', async ({ page }) => {
    const workspace = new Workspace(page);
    for (const [name, address] of rooms) {
      await workspace.goTo(address);
      // Each room brings a bar of its own: both are asked again where one was just being put up.
      await expect.poll(async () => {
        const [period, search] = await Promise.all([page.getByRole('button', { name: 'Previous month' }).boundingBox(), page.getByRole('button', { name: /^Search or run/ }).boundingBox()]);
        return period && search ? Math.abs(period.y - search.y) : Number.NaN;
      }, name).toBeLessThan(8);
    }
  });
});

test('a cohort’s cell lists who is left; the arrows go from cell to cell', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/cohorts');
  const heat = page.getByRole('group', { name: 'Customers left of each cohort' });
  const cells = heat.locator('button[data-place]');
  const first = cells.first();
  await expectSoon(first).toHaveText('100%');
  const size = (await heat.getByRole('row').nth(1).getByRole('cell').first().innerText()).trim();
  await first.focus();
  await page.keyboard.press('ArrowRight');
  await expect(cells.nth(1)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(workspace.grid).toHaveAccessibleName('Customers of the cohort');
  await workspace.waitForRows();
  expect(await workspace.total()).toBe(Number(size));
  await workspace.rows().first().click();
  await expect(workspace.panel.getByRole('heading', { level: 3, name: /^MRR items/ })).toBeVisible();
});

test('every chart has a table, the table is a file, and a picture of the chart is one too', async ({ page }) => {
  const workspace = new Workspace(page);
  const charts = [['/revenue', ['MRR and movements']], ['/revenue/movements', ['From start to end', 'Movements by month']], ['/revenue/cohorts', ['Customers left of each cohort']], ['/revenue/recognition?month=2026-10', ['Deferred revenue, October 2026', 'Recognised, month by month', 'Earned by day, October 2026', 'Still to be earned']]] as const;
  for (const [address, names] of charts) {
    await workspace.goTo(address);
    for (const name of names) {
      await test.step(name, async () => {
        const box = page.getByRole('region', { name, exact: true });
        await expectSoon(box.getByRole('button', { name: `Table of ${name}` })).toBeVisible();
        const picture = await downloadOf(page, () => box.getByRole('button', { name: `PNG of ${name}` }).click());
        expect([...picture.bytes.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
        await box.getByRole('button', { name: `Table of ${name}` }).click();
        const rows = await box.getByRole('row').count();
        expect(rows).toBeGreaterThan(1);
        const file = await downloadOf(page, () => box.getByRole('button', { name: /^CSV/ }).click());
        expect(csvRows(file.text)).toHaveLength(rows);
        const workbook = await downloadOf(page, () => box.getByRole('button', { name: /^XLSX/ }).click());
        expect(workbook.name).toMatch(/\.xlsx$/);
      });
    }
  }
});

test('deferred revenue ties to its account, and what was recognised opens its entries', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/recognition?month=2026-10');
  const tie = page.getByRole('region', { name: 'Tied to the ledger' });
  await expectSoon(tie).toContainText('Ties');
  const recognised = page.getByRole('region', { name: 'Deferred revenue, October 2026' });
  await recognised.getByRole('button', { name: /^Table/ }).click();
  const amount = (await recognised.getByRole('row', { name: /^Recognised/ }).getByRole('cell').last().innerText()).replace('−', '').replace(/ \w+$/, '').trim();
  await recognised.getByRole('link', { name: 'Recognised' }).click();
  await expect(workspace.grid).toHaveAccessibleName('Journal entries');
  await workspace.waitForRows();
  await expect(page.locator('.grid-foot')).toContainText(amount);
});

test('a bar of recognition lists the invoices that sum to it', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/recognition?month=2026-10');
  for (const [name, title] of [['Earned by day, October 2026', 'Earned on'], ['Still to be earned', 'Will be earned in']] as const) {
    const box = page.getByRole('region', { name, exact: true });
    await box.getByRole('button', { name: /^Table/ }).click();
    const row = box.getByRole('row').nth(2);
    const amount = (await row.getByRole('cell').last().innerText()).trim();
    await row.getByRole('rowheader').getByRole('button').click();
    await expectSoon(page.getByRole('region', { name: new RegExp(`^${title}`) })).toBeVisible();
    await expect(workspace.grid).toHaveAccessibleName('Invoices earned from');
    await workspace.waitForRows();
    await expect(page.locator('.grid-foot')).toContainText(amount);
  }
  await workspace.rows().first().getByRole('link').click();
  await expect(workspace.panel).toHaveAccessibleName('Invoice');
});

/** Where figures stand in tables: each room with its charts turned into their tables. */
const figureRooms = [
  ['/revenue?month=2026-10', ['MRR and movements']], ['/revenue?month=2026-10&list=figures', []], ['/revenue/movements?month=2026-10', ['From start to end', 'Movements by month']], ['/revenue/cohorts?month=2026-10', ['Customers left of each cohort']],
  ['/revenue/cohorts?month=2026-10&cohort=2026-06&after=1', []], ['/revenue/breakdowns?month=2026-10', []], ['/revenue/breakdowns?month=2026-10&by=country', []], ['/revenue/breakdowns?month=2026-10&by=currency', []],
  ['/revenue/recognition?month=2026-10', ['Deferred revenue, October 2026', 'Recognised, month by month', 'Earned by day, October 2026', 'Still to be earned']], [`/revenue/compare?month=2026-10&knownAt=${Date.parse('2026-11-18T14:14:00Z')}`, []], ['/revenue/cash?month=2026-10', []],
] as const;

test('every figure of every room answers why', async ({ page }) => {
  test.setTimeout(300_000);
  const workspace = new Workspace(page);
  for (const [address, charts] of figureRooms) {
    await test.step(address, async () => {
      await workspace.goTo(address);
      await expectSoon(page.getByText('…', { exact: true })).toHaveCount(0);
      for (const name of charts) await page.getByRole('button', { name: `Table of ${name}` }).click();
      await expectSoon(page.locator('main table.plain td.num, main .cards .card').first()).toBeVisible();
      // A cell of figures without a way to its why; the heat table's cells open their list, which has one.
      const mute = await page.locator('main').evaluate((main) => [...main.querySelectorAll('table.plain td.num, .cards .card, dl.figures dd')]
        .filter((cell) => /\d/.test(cell.textContent ?? '') && !cell.querySelector('button[title^="Why "], button[aria-label^="Why "]'))
        // How many months after is where a cell stands, no figure.
        .filter((cell) => !(cell instanceof HTMLTableCellElement && cell.closest('table')?.tHead?.rows[0]?.cells[cell.cellIndex]?.textContent === 'Months after'))
        .map((cell) => `${cell.closest('tr')?.querySelector('th')?.textContent ?? cell.getAttribute('aria-label') ?? ''}: ${cell.textContent ?? ''}`));
      expect(mute).toEqual([]);
      // One of each kind is asked: of tables each column of the first two rows.
      const asked = page.locator('main table.plain tbody tr:nth-child(-n+2) td.num button[title^="Why "], main .cards .card button[aria-label^="Why "], main dl.figures dd button[title^="Why "], main .box-head button[aria-label^="Why "]');
      for (let index = 0; index < (await asked.count()); index += 1) {
        await asked.nth(index).focus();
        await page.keyboard.press('Enter');
        const why = page.locator('.why');
        await expectSoon(why.locator('.formula')).not.toBeEmpty();
        await expect(why.getByRole('alert')).toHaveCount(0);
        await expect(why).toBeFocused();
        await page.keyboard.press('Escape');
        await expect(why).toHaveCount(0);
      }
    });
  }
});

test('plan, country and currency narrow a breakdown together, and what is opened sums to the row', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/breakdowns?month=2026-10');
  const byPlan = page.getByRole('group', { name: /^MRR by plan/ });
  await expectSoon(byPlan.getByRole('row').nth(1)).toBeVisible();
  const plan = byPlan.getByRole('row').nth(1);
  const name = (await plan.getByRole('link').innerText()).trim();
  const ofPlan = (await plan.getByRole('cell').last().innerText()).trim();
  await page.getByRole('combobox', { name: 'Plan' }).click();
  await page.getByRole('option', { name }).click();
  await page.getByText('Country', { exact: true }).click();
  const byCountry = page.getByRole('group', { name: /^MRR by country/ });
  await expectSoon(byCountry.getByRole('row', { name: /^All/ })).toContainText(ofPlan);
  const country = byCountry.getByRole('row').nth(1);
  const ofCountry = (await country.getByRole('cell').last().innerText()).trim();
  await country.getByRole('link').click();
  await expectSoon(workspace.card(/^MRR$/)).toContainText(ofCountry);
  expect(page.url()).toMatch(/plan=.*country=|country=.*plan=/);
  await page.getByRole('button', { name: 'Customers', exact: true }).click();
  await workspace.waitForRows();
  await expect(page.locator('.grid-foot')).toContainText(ofCountry);
});

test('policies side by side, and a month as it was known earlier', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/compare?month=2026-10');
  const policies = page.getByRole('region', { name: /^Policies side by side/ });
  await expectSoon(policies.getByRole('row', { name: /^MRR/ })).toBeVisible();
  for (const title of ['Standard', 'All discounts count', 'Past due dropped at once']) await expect(policies.getByRole('heading', { name: title })).toBeVisible();
  await expect(page.getByText('Choose a moment under “Known at” above')).toBeVisible();
  // These books begin at the demo’s present moment: what is known then is what is known now.
  await workspace.goTo(`/revenue/compare?month=2026-10&knownAt=${Date.parse('2026-11-18T14:14:00Z')}`);
  await expectSoon(page.getByRole('group', { name: 'Then and now' }).getByRole('row').nth(1)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Late facts' })).toBeVisible();
  await page.getByRole('button', { name: /^Known at/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Now', exact: true }).click();
  await expect(page.getByText('Choose a moment under “Known at” above')).toBeVisible();
});

test('a view is kept and goes back to its room', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/breakdowns?by=country&month=2026-10');
  await page.getByRole('button', { name: /^Views/ }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('Countries in October');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Countries in October', exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await workspace.goTo('/revenue/cash');
  await page.getByRole('button', { name: /^Views/ }).click();
  await page.getByRole('button', { name: 'Countries in October', exact: true }).click();
  await expectSoon(page.getByRole('region', { name: 'MRR by country, October 2026' })).toBeVisible();
  await page.getByRole('button', { name: /^Views/ }).click();
  await page.getByRole('button', { name: 'Remove the view Countries in October' }).click();
});

test('the month on paper is drawn and saved', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/revenue/report?month=2026-10');
  await expectSoon(page.getByRole('img', { name: /^Page 1 of/ })).toHaveAttribute('data-drawn', 'true');
  const file = await downloadOf(page, () => page.getByRole('button', { name: 'Save PDF' }).click());
  expect(file.name).toBe('revenue-report-2026-10.pdf');
  expect(Buffer.from(file.bytes.subarray(0, 5)).toString()).toBe('%PDF-');
  await expect(page.getByRole('region', { name: 'By e-mail' })).toContainText('No report was sent from this desk yet');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('axe finds nothing in any room', async ({ page }) => {
      const workspace = new Workspace(page);
      for (const [name, address] of [...rooms, ['All figures', '/revenue?list=figures'], ['A cell', '/revenue/cohorts?cohort=2026-06&after=1'], ['Known at', `/revenue/compare?month=2026-10&knownAt=${Date.parse('2026-11-18T14:14:00Z')}`]] as const) {
        await test.step(name, async () => {
          await workspace.goTo(address);
          await expectSoon(page.getByText('…', { exact: true })).toHaveCount(0);
          await expectNoViolations(page, address);
        });
      }
    });
  });
}

test.describe('at 200 % zoom', () => {
  test.use({ viewport: { width: 720, height: 450 } });
  test('no room scrolls sideways', async ({ page }) => {
    const workspace = new Workspace(page);
    for (const [, address] of rooms) {
      await workspace.goTo(address);
      await expectSoon(page.getByText('…', { exact: true })).toHaveCount(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), address).toBeLessThanOrEqual(0);
    }
  });
});
