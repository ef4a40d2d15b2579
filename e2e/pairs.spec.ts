/** A payment that the company recorded under an id of its own: one discrepancy by its attributes, taken apart by a person and put together again; light and dark without a word from axe. */
import { expect, test } from './fixtures/app.ts';
import { recordUnderOwnId } from './fixtures/ledger-file.ts';
import { expectNoViolations } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

test.describe.configure({ timeout: 180_000 });
// A run finds something that others do not count.
test.use({ company: 'with a payment under another id' });

test('it is told as one with why, is taken apart, and is one again', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const { panel } = workspace;
  const { paymentId } = recordUnderOwnId(world);
  await workspace.goTo('/jobs');
  await page.getByRole('button', { name: 'Run Reconcile now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Run/ }).click();
  await expect(page.getByText('Reconcile is done').first()).toBeVisible({ timeout: 120_000 });
  await workspace.goTo('/reconciliation');
  await page.getByRole('row').filter({ hasText: 'Another id' }).click();
  const one = panel.getByRole('heading', { level: 3, name: 'Told as one by what they say' });
  await expect(one).toBeVisible();
  await expect(panel.getByText(/^Score 99 %: The same amount in the same currency\. At the same moment\./)).toBeVisible();
  await expect(panel.getByText('pi_own_id')).not.toHaveCount(0);
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 1440]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await one.scrollIntoViewIfNeeded();
      await page.screenshot({ path: `screenshots/pair-${colorScheme}-${width}.png`, animations: 'disabled' });
    }
    await expectNoViolations(page, `a pair, ${colorScheme}`);
  }

  await panel.getByRole('button', { name: 'They are two…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Why they are two' }).fill('Another customer paid the same.');
  await dialog.getByRole('button', { name: 'They are two' }).click();
  await expect(panel.getByRole('heading', { level: 3, name: 'Not one, as a person said' })).toBeVisible();
  await workspace.goTo('/reconciliation?text=pi_own_id');
  await expect(page.getByRole('row').filter({ hasText: 'Missing at Stripe' })).toHaveCount(1);
  await workspace.goTo(`/reconciliation?status=all&text=${paymentId}`);
  await page.getByRole('row').filter({ hasText: 'Another id' }).click();
  await page.keyboard.press('u');
  await expect(one).toBeVisible();
});
