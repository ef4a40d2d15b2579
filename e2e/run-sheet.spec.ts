/** The run sheet by keyboard: drafts are made, looked at, approved; what changed since is said. Nothing is finalised: the other specs read the same books. */
import { expect, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

test('a month’s partners are looked at and approved without a mouse', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/run-sheet');
  await workspace.waitForRows();
  // The month that is billed already: every partner stands there with its number’s total.
  const billed = world.manifest.partnerInvoices.filter((each) => each.month === world.manifest.billingMonth);
  expect(await workspace.total()).toBe(billed.length);

  await page.getByRole('button', { name: 'Previous month' }).click();
  await workspace.waitForRows();
  await page.getByRole('button', { name: /^Make the drafts for/ }).click();
  const toReview = page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^To review/ });
  await expect(toReview).toBeVisible();
  await expect(workspace.row('To review').first()).toBeVisible();
  await page.screenshot({ path: 'screenshots/run-sheet-drafts.png', animations: 'disabled' });

  // J and K walk, Space selects, A approves what is selected.
  await workspace.grid.focus();
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Space');
  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('a');
  const dialog = page.getByRole('dialog', { name: 'Approve 2 drafts?' });
  await expect(dialog.getByRole('row', { name: /^Together/ })).toBeVisible();
  await dialog.getByRole('button', { name: 'Approve', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(workspace.row('Approved')).toHaveCount(2);

  // F shows what is approved before it is finalised.
  await page.keyboard.press('f');
  const finalising = page.getByRole('dialog', { name: 'Finalise 2 invoices?' });
  await expect(finalising).toBeVisible();
  await finalising.getByRole('button', { name: 'Keep as drafts' }).click();

  // One partner's row: the month before beside it, the lines with their calculation, who looked.
  await workspace.row('Approved').first().click();
  await expect(workspace.panel).toContainText('This month and the one before');
  await expect(workspace.panel.getByRole('heading', { name: 'Lines' })).toBeVisible();
  await expect(workspace.panel).toContainText(/Reviewed.*demo_accountant/);
  await page.keyboard.press('j');
  await expect(workspace.panel).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(workspace.panel).toHaveCount(0);
});

test('a filter that fits nothing teaches how to see more, and a partner that is not there is said', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/run-sheet?text=nobody-of-this-name');
  await expect(workspace.content).toContainText('No partner fits this filter');
  await workspace.goTo('/invoices/run-sheet/no-such-contract');
  await expect(workspace.panel).toContainText('This contract is not billed for the month.');
  await workspace.goTo('/invoices/run-sheet?period=2026-13');
  await workspace.waitForRows();
  await expect(workspace.content.getByRole('alert')).toHaveCount(0);
});
