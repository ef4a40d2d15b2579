/** Settings → Stripe, on a ledger with a company in it and signed in as its accountant. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import type { DemoWorld } from './fixtures/demo-world.ts';
import { forgetEvents, letFactWait, plantHostileEvents, setNewestEventAside } from './fixtures/ledger-file.ts';
import { Workspace } from './pages/workspace.ts';

/** Brings the first events in: the demo's month reads lists. */
async function syncByHand(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sync now' }).click();
  await expect(page.getByText('Sync Stripe is done')).toBeVisible();
}

/** Turns the sandbox's switches: how slowly it answers. */
async function slowStripeDown(world: DemoWorld, latencyMs: number): Promise<void> {
  const { stripeApiBase } = JSON.parse(readFileSync(join(world.desk.dataFolder, 'config.json'), 'utf8')) as { stripeApiBase: string };
  await fetch(`${stripeApiBase}/_sandbox/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ latencyMs }) });
}

test('says whose ledger it is, tests the key endpoint by endpoint and explains each permission', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await expect(workspace.content).toContainText(world.manifest.gatewayAccountId);
  await expect(workspace.content).toContainText('No limit is kept: the limiter is switched off');
  await expect(page.getByRole('textbox', { name: 'Restricted key' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Test connection' }).click();
  const permissions = page.getByRole('group', { name: 'What the key may read' });
  await expect(permissions.getByRole('row')).toHaveCount(20);
  await expect(permissions.getByRole('row').filter({ hasText: 'disputes' })).toContainText('Posts chargebacks');
  await expect(permissions.getByText('Fine', { exact: true })).toHaveCount(19);
});

test('a refill is confirmed, shows how far it is, and is cancelled', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await expect(workspace.content).toContainText('Came to its end');
  await slowStripeDown(world, 1_500);
  try {
    await page.getByRole('button', { name: 'Read everything again…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Read everything', exact: true }).click();
    const reading = page.getByRole('region', { name: 'Reading' });
    await expect(reading.getByText(/Reading from Stripe: [\d,]+ of about [\d,]+/)).toBeVisible();
    await expect(reading.getByText(/\d+\/s/)).toBeVisible();
    await expect(reading.getByText(/about .* left/)).toBeVisible();
    await page.screenshot({ path: 'screenshots/settings-stripe-refill.png', animations: 'disabled' });
    await reading.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByText('Refill from Stripe was cancelled. What it had saved is kept.')).toBeVisible();
    await expect(reading.getByText('It goes on where it stopped.')).toBeVisible();
  } finally {
    await slowStripeDown(world, 0);
  }
  await page.getByRole('button', { name: 'Go on with the refill' }).click();
  await expect(page.getByText('Refill from Stripe is done')).toBeVisible();
  await expect(workspace.content).toContainText('Came to its end');
});

test('the event log is filtered, an event set aside says why, its raw JSON is searched, and a retry takes it in', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await syncByHand(page);
  const aside = setNewestEventAside(world);
  await workspace.goTo('/settings/stripe/events');
  await workspace.waitForRows();
  await page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^Set aside/ }).click();
  await expect(workspace.rows()).toHaveCount(1);
  await workspace.row(aside.type).click();
  await expect(workspace.panel).toContainText('The amount of the charge is no whole number.');
  await workspace.panel.getByRole('textbox', { name: 'Search in Raw event' }).fill(aside.id);
  await expect(workspace.panel.getByText('1 of 1')).toBeVisible();
  await expect(workspace.panel.locator('mark')).toHaveText(aside.id);
  await workspace.panel.getByRole('button', { name: 'Retry' }).click();
  await expect(workspace.panel.getByText('Taken in')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
});

test('hostile events are shown letter by letter and do nothing', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('dialog', (dialog) => { failures.push(dialog.message()); void dialog.dismiss(); });
  const ids = plantHostileEvents(world);
  try {
    await workspace.goTo('/settings/stripe/events?state=parked');
    await expect(workspace.rows()).toHaveCount(4);
    for (const [index, shown] of ['{"id":', 'WWWWWWWW', '"evt_hostile_deep"', '"amount": 9007199254740993,'].entries()) {
      await workspace.rows().nth(index).click();
      const raw = workspace.panel.getByLabel('Raw event', { exact: true });
      await expect(raw).toContainText(shown);
      await workspace.panel.getByRole('textbox', { name: 'Search in Raw event' }).fill('hostile');
      await expect(workspace.panel.getByRole('status')).toContainText(index === 0 ? 'Not in it' : /^1 of \d+$/);
    }
    const raw = workspace.panel.getByLabel('Raw event', { exact: true });
    await expect(raw).toContainText('"amount": 2');
    await expect(raw).toContainText('\\u202egnp.exe\\u0000');
    await expect(raw).toContainText('<img src=x onerror=');
    await expect(page.locator('img[src="x"]')).toHaveCount(0);
    expect(await page.evaluate(() => 'hostile' in window)).toBe(false);
    expect(failures).toEqual([]);
  } finally {
    forgetEvents(world, ids);
  }
});

test('a fact that waits says for what, stands in Today, and is posted by the next sync', async ({ page, world }) => {
  const workspace = new Workspace(page);
  // A sync that still runs would post it before anybody looks.
  await expect(page.getByText('No job running')).toBeVisible();
  const id = letFactWait(world);
  await workspace.goTo('/today');
  await page.getByRole('link', { name: '1 fact of Stripe waits to be posted' }).click();
  await expect(workspace.rows()).toHaveCount(1);
  await workspace.rows().first().click();
  await expect(workspace.panel).toContainText('It waits for the rate of 18 Nov 2026 from EUR to USD');
  await workspace.panel.getByRole('button', { name: 'Show' }).click();
  await expect(workspace.panel.getByLabel('Raw Stripe object', { exact: true })).toContainText(id);
  await page.getByRole('button', { name: 'Sync and try again' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
});

test('pictures of the screens', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await syncByHand(page);
  setNewestEventAside(world);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const ending = colorScheme === 'dark' ? '-dark' : '';
    await workspace.goTo('/settings');
    await page.screenshot({ path: `screenshots/settings${ending}.png`, animations: 'disabled' });
    await workspace.goTo('/settings/stripe');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await expect(page.getByRole('group', { name: 'What the key may read' })).toBeVisible();
    await page.screenshot({ path: `screenshots/settings-stripe${ending}.png`, animations: 'disabled' });
    await workspace.goTo('/settings/stripe/events');
    await workspace.waitForRows();
    await workspace.rows().first().click();
    await expect(workspace.panel.getByRole('heading', { level: 3 }).first()).toBeVisible();
    await page.screenshot({ path: `screenshots/settings-stripe-events${ending}.png`, animations: 'disabled' });
  }
});
