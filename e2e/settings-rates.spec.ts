/** Settings → Exchange rates on a new ledger of one desk: what a file and an address bring, and what is refused. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { ecbCsv, ecbXml, type EcbFigures } from '../src/main/testing/ecb-files.ts';
import { expect, test as base } from './fixtures/app.ts';
import { startDemoWorld, type DemoWorld } from './fixtures/demo-world.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

const test = base.extend<object, { world: DemoWorld; address: string }>({
  world: [
    async ({ browserName: _browser }, use) => {
      const world = await startDemoWorld({ isEmpty: true, isAlone: true });
      await use(world);
      await world.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  address: [
    async ({ browserName: _browser }, use) => {
      const server: Server = createServer((_request, response) => response.end(ecbXml(history)));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/eurofxref-hist-90d.xml`);
      server.close();
    },
    { scope: 'worker' },
  ],
});

const of = (dollars: number): Readonly<Record<string, string>> => ({ USD: `1.0${dollars}`, JPY: '169.25', GBP: '0.8412', CHF: '0.9317', SEK: '11.412' });
/** Working days up to the demo's present. */
const history: EcbFigures = Object.fromEntries(Array.from({ length: 60 }, (_, index) => new Date(Date.UTC(2026, 10, 18 - index))).filter((at) => at.getUTCDay() % 6 !== 0).map((at, index) => [at.toISOString().slice(0, 10), of(80 + (index % 15))]));
const untilFriday: EcbFigures = Object.fromEntries(Object.entries(history).filter(([day]) => day <= '2026-11-13'));

async function choose(page: Page, name: string, text: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import a file…' }).click();
  await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
}
test.describe.configure({ mode: 'serial' });

test('a new desk knows no rate and says what to do', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings');
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Exchange rates' }).click();
  await expect(workspace.content).toContainText('None yet');
  await expect(page.getByRole('heading', { name: 'No rates' })).toBeVisible();
  await picture(page, 'settings-rates-empty');
});

test('a file that is none is refused with its line; one that is brings its rates', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/rates');
  await choose(page, 'wrong.csv', 'Date,USD,\n2026-11-17,1.08,\n2026-11-16,x,\n');
  await expect(workspace.content).toContainText('This is not a file of exchange rates');
  await expect(workspace.content).toContainText('wrong.csv, line 3: “x” is not a rate of USD.');
  await picture(page, 'settings-rates-refused');
  await choose(page, 'eurofxref-hist.csv', ecbCsv(untilFriday));
  await expect(workspace.content).toContainText(/ECB, eurofxref-hist\.csv: \d+ rates added, 0 known already\./);
  await expect(workspace.content).toContainText('5 currencies');
  await workspace.waitForRows();
  await expect(workspace.rows().first()).toContainText('ECB, eurofxref-hist.csv');
  await page.getByRole('textbox', { name: 'Filter by currency' }).fill('gbp');
  await expect(workspace.rows().first()).toContainText('GBP');
});

test('what Stripe tells waits for the rate of its day, says so, and is posted when that comes', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await page.getByRole('button', { name: 'Start the refill' }).click();
  await expect(page.getByText('Refill from Stripe is done')).toBeVisible();
  await workspace.goTo('/today');
  await expect(workspace.content).toContainText(/facts of Stripe wait to be posted/);
  await expect(workspace.content).toContainText(/They wait for \d+ days’ rates, the first of/);
  await workspace.goTo('/settings/stripe/waiting');
  await workspace.waitForRows();
  await expect(workspace.rows().first()).toContainText(/It waits for the rate of 1[678] Nov 2026 from [A-Z]{3} to USD\./);
  await picture(page, 'settings-waiting-for-rates');
  await workspace.goTo('/settings/rates');
  await expect(workspace.content).toContainText(/\d+ facts?, the first for/);
});

test('an address is tested, read each day, and read now; days it leaves out are refused', async ({ page, address }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/rates');
  await choose(page, 'eurofxref-daily.xml', ecbXml({ '2026-11-18': of(83) }));
  await expect(workspace.content).toContainText('leaves out 2 days from 16 Nov 2026 to 17 Nov 2026');
  await page.getByRole('textbox', { name: 'Address' }).fill(address);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(workspace.content).toContainText(/It answers: \d+ days up to/);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Read it each day' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Read each day', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Read now' }).click();
  await expect(workspace.content).toContainText(/eurofxref-hist-90d\.xml: 15 rates added/);
  await workspace.waitForRows();
  await expect(workspace.content).toContainText(/entr(y|ies) that waited w(as|ere) posted/);
  await picture(page, 'settings-rates');
  await workspace.goTo('/jobs');
  await expect(workspace.content).toContainText('Import exchange rates');
});
