import { expect, openApp, test as base, watchForErrors } from './fixtures/app.ts';
import { startDemoWorld, type DemoWorld } from './fixtures/demo-world.ts';

/** The same app with nothing in its ledger yet. */
const test = base.extend<object, { world: DemoWorld }>({
  world: [
    async ({ browserName: _browser }, use) => {
      const world = await startDemoWorld({ isEmpty: true, isAlone: true });
      await use(world);
      await world.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

test('an empty ledger explains the demo and the connections', async ({ page }) => {
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome to Daybook' })).toBeVisible();
  await expect(page.getByText('npm run demo')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Connect your own' })).toBeVisible();
});

test('a one-time link opens once', async ({ browser, world }) => {
  const url = await world.startUrl();
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = watchForErrors(page);
  await page.goto(url);
  await expect(page.getByRole('navigation', { name: 'Workspaces' })).toBeVisible();
  expect(errors).toEqual([]);
  await context.close();
  const stranger = await browser.newContext();
  const second = await stranger.newPage();
  await second.goto(url);
  await expect(second.getByRole('navigation', { name: 'Workspaces' })).toHaveCount(0);
  await stranger.close();
});

test('every screen of an empty ledger teaches the next step', async ({ browser, world }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await openApp(page, world);
  for (const [address, words] of [['/today', 'Nothing needs you'], ['/revenue', 'No revenue yet'], ['/reconciliation', 'Not reconciled yet'], ['/ledger', 'No entries up to this day'], ['/ledger/entries', 'No entries yet'], ['/ledger/statement', 'Whose statement?'], ['/ledger/periods', 'No months yet'], ['/ledger/verify', 'Not verified yet'], ['/ledger/export', 'No entries up to this day'], ['/ledger/backups', 'No backup yet'],
    ['/invoices/payments', 'No payments yet'], ['/invoices/customers', 'No customers yet'], ['/settings/people', 'This desk works alone']] as const) {
    await page.evaluate((hash) => { window.location.hash = hash; }, address);
    await expect(page.getByRole('heading', { name: words })).toBeVisible();
  }
  await context.close();
});
