/** Settings → Stripe on a new ledger, whose one person is its admin: a key is tried, refused, kept; the limits are set. */
import { expect, test as base } from './fixtures/app.ts';
import { startDemoWorld, type DemoWorld } from './fixtures/demo-world.ts';
import { Workspace } from './pages/workspace.ts';

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

test('a key that Stripe does not know, or that is none, is refused and what to do is said', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  const field = page.getByRole('textbox', { name: 'Restricted key' });
  await field.fill('pk_test_1234567890');
  await page.getByRole('button', { name: 'Test and replace' }).click();
  await expect(workspace.content).toContainText('This is not a secret or restricted Stripe key. (stripe-key-invalid)');
  await expect(workspace.content).toContainText('The key was not kept');
  await field.fill('rk_test_51NotAKeyOfThisAccount');
  await page.getByRole('button', { name: 'Test and replace' }).click();
  await expect(workspace.content).toContainText('Stripe does not accept this key. (stripe-key-invalid)');
  await expect(page.getByRole('group', { name: 'What the key may read' }).getByText('Not tested')).toHaveCount(19);
  await page.screenshot({ path: 'screenshots/settings-stripe-refused.png', animations: 'disabled' });
});

test('a restricted key is kept once every endpoint was read', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await page.getByRole('textbox', { name: 'Restricted key' }).fill(world.desk.env['DAYBOOK_STRIPE_KEY'] ?? '');
  await page.getByRole('button', { name: 'Test and replace' }).click();
  await expect(workspace.content).toContainText('The key is kept.');
  await expect(workspace.content).toContainText('It has no account yet');
  await expect(page.getByRole('textbox', { name: 'Restricted key' })).toHaveValue('');
  await expect(page.getByRole('group', { name: 'What the key may read' }).getByText('Fine', { exact: true })).toHaveCount(19);
  await expect(workspace.content).toContainText('Nothing was read yet');
  await page.screenshot({ path: 'screenshots/settings-stripe-new.png', animations: 'disabled', fullPage: true });
});

test('the share left to others is kept, and only a sensible one', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  const share = page.getByRole('textbox', { name: 'Left to others, in percent' });
  await expect(share).toHaveValue('50');
  await share.fill('95');
  await share.blur();
  await expect(share).toHaveValue('90');
  await share.fill('25');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.reload();
  await expect(share).toHaveValue('25');
});

test('once the ledger knows its account, a live key is refused for it before it is sent anywhere, and the kept one stays', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/stripe');
  await page.getByRole('button', { name: 'Start the refill' }).click();
  await expect(page.getByText('Refill from Stripe is done')).toBeVisible();
  await expect(workspace.content).toContainText('acct_');
  const field = page.getByRole('textbox', { name: 'Restricted key' });
  for (const [key, code] of [['rk_live_51SomeLiveKeyOfThisAccount', 'stripe-mode-mismatch'], ['sk_live_51SomeLiveKeyOfThisAccount', 'stripe-mode-mismatch'], ['whsec_1234567890', 'stripe-key-invalid'], ['rk_test_with spaces in it', 'stripe-key-invalid'], ['rk_test_\u202e51NotAKey', 'stripe-key-invalid'], ['<img src=x>', 'stripe-key-invalid']] as const) {
    await field.fill(key);
    await page.getByRole('button', { name: 'Test and replace' }).click();
    await expect(workspace.content).toContainText(`(${code})`);
    await expect(workspace.content).not.toContainText(key.slice(8));
    await page.reload();
  }
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.getByRole('group', { name: 'What the key may read' }).getByText('Fine', { exact: true })).toHaveCount(19);
});
