/** The workbench of reconciliation on the breaks that were planted: by keyboard alone, many at once, the close of a month, and what may be lost. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, test } from './fixtures/app.ts';
import { expectNoViolations } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

test('the inbox is worked by keyboard alone: next, assign, hold, resolve, ignore, and undo takes each back', async ({ page }) => {
  const workspace = new Workspace(page);
  const { panel } = workspace;
  const dialog = page.getByRole('dialog');
  await workspace.goTo('/reconciliation');
  await workspace.waitForRows();
  const open = await workspace.total();
  await page.keyboard.press('n');
  await expect(panel.getByRole('heading', { level: 3, name: 'Four sources' })).toBeVisible();
  const first = await panel.getByRole('heading', { level: 2 }).textContent();

  await page.keyboard.press('a');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Enter'); // to oneself, as it stands there
  await expect(dialog).toHaveCount(0);
  await expect(panel).toContainText('Assigned');
  await page.keyboard.press('u');
  await expect(panel.getByText(', taken back')).toBeVisible();

  // Who leaves a record by Back has left its dialog too: it opens over none that is opened later.
  await page.keyboard.press('h');
  await expect(dialog).toBeVisible();
  await page.goBack();
  await expect(panel).toHaveCount(0);
  await workspace.rows().first().click();
  await expect(panel.getByRole('heading', { level: 3, name: 'Four sources' })).toBeVisible();
  await expect(dialog).toHaveCount(0);

  await page.keyboard.press('h');
  await expect(dialog.getByText('It comes back into the inbox after that day.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'What is waited for' }).fill('The bank answers on Monday');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(panel).toContainText('On hold');
  await page.keyboard.press('u');
  await expect(panel.getByText(', taken back')).toHaveCount(2);

  await page.keyboard.press('r');
  await page.keyboard.type('The back end recorded it late.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(panel.getByRole('button', { name: 'Reopen…' })).toBeVisible();
  await expect.poll(() => workspace.total()).toBe(open - 1);
  await page.keyboard.press('u');
  await expect.poll(() => workspace.total()).toBe(open);

  // A letter that begins a way to another workspace is not ours.
  await page.keyboard.press('n');
  await expect(panel.getByRole('heading', { level: 2 })).not.toHaveText(first ?? '');
  await page.keyboard.press('i');
  await expect(dialog.getByRole('button', { name: 'Ignore' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page.getByRole('heading', { level: 1, name: 'Revenue' })).toBeVisible();
});

test('many at once: previewed, done, and taken back with one key', async ({ page }) => {
  const workspace = new Workspace(page);
  const dialog = page.getByRole('dialog');
  await workspace.goTo('/reconciliation?group=reason');
  await workspace.waitForRows();
  const groups = page.getByRole('group', { name: 'By reason' });
  await expect(groups.getByRole('row').nth(1)).toBeVisible();
  const open = await workspace.total();
  await groups.getByRole('button', { name: 'Missing in payment history' }).click();
  await expect.poll(() => workspace.total()).toBeLessThan(open);
  await workspace.waitForRows();
  const narrowed = await workspace.total();
  await workspace.grid.focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('i');
  await expect(dialog.getByRole('status', { name: 'What it comes to' })).toContainText('2 are changed, at risk');
  await dialog.getByRole('textbox').fill('Both are tests of the back end');
  await dialog.getByRole('button', { name: 'Ignore 2' }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => workspace.total()).toBe(narrowed - 2);
  await page.keyboard.press('u');
  await expect.poll(() => workspace.total()).toBe(narrowed);
  await expectNoViolations(page, 'inbox with groups');
});

test('a difference of the books is written off: the entry is shown first, linked, and reversed by undo', async ({ page }) => {
  const workspace = new Workspace(page);
  const { panel } = workspace;
  await workspace.goTo('/reconciliation?reason=missing-in-ledger&currency=usd');
  await workspace.waitForRows();
  await page.keyboard.press('n');
  await panel.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Write off…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('status', { name: 'The entry' })).toContainText('5010 Bad debt');
  await expectNoViolations(page, 'write-off of a discrepancy');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Not worth pursuing');
  await dialog.getByRole('button', { name: 'Write off' }).click();
  await expect(panel.getByRole('button', { name: 'Reopen…' })).toBeVisible();
  await expect(panel).toContainText('Written off');
  await panel.getByRole('button', { name: 'Undo' }).click();
  await expect(panel.getByRole('button', { name: 'Resolve…' })).toBeVisible();
  await expect(panel.getByRole('listitem').filter({ hasText: 'Posted: reversal' }).or(panel.getByRole('listitem').filter({ hasText: 'took back: write off' })).first()).toBeVisible();
});

test('a month is signed off with reasons for what is open, its evidence verifies, and the signature is taken back', async ({ page }) => {
  const workspace = new Workspace(page);
  const dialog = page.getByRole('dialog');
  await workspace.goTo('/reconciliation/close');
  const list = page.getByRole('group', { name: 'Close checklist' });
  await expect(list.getByRole('row')).toHaveCount(11);
  await expectNoViolations(page, 'close');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Take the pack' }).click()]);
  const folder = mkdtempSync(join(tmpdir(), 'daybook-evidence-'));
  try {
    const files = unzipSync(readFileSync(await download.path()));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' }).trim().split('\n')).toEqual(['summary-2026-10.pdf', 'discrepancies.csv', 'trial-balance.csv', 'payouts.csv', 'open-items.csv', 'suspense-and-unapplied.csv', 'bank-lines.csv', 'bank-matches.csv', 'checklist.csv', 'chain.json'].map((name) => `${name}: OK`));
    expect(new TextDecoder().decode(files['summary-2026-10.pdf']?.slice(0, 5))).toBe('%PDF-');
    expect(new TextDecoder().decode(files['trial-balance.csv'])).toContain('1100-stripe-clearing');
  } finally {
    rmSync(folder, { recursive: true });
  }
  await page.getByRole('button', { name: 'Sign off…' }).click();
  await expectNoViolations(page, 'sign-off');
  for (const field of await dialog.getByRole('textbox').all()) await field.fill('Looked at, explained on paper');
  await dialog.getByRole('button', { name: 'Sign off' }).click();
  await expect(page.getByRole('region', { name: 'Reconciled' })).toContainText('Signed off');
  await expect(list).toContainText('Signed all the same');
  await page.getByRole('button', { name: 'Take the signature back…' }).click();
  await dialog.getByRole('textbox', { name: 'Why' }).fill('A payout came late');
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByRole('button', { name: 'Sign off…' })).toBeVisible();
  await expect(workspace.content).toContainText('A payout came late');
});

test('what may be lost stands on Today, and one click fetches what an event never told', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/today');
  const missing = page.getByRole('group', { name: 'Missing money, list' });
  await missing.getByRole('button', { name: 'Stripe has it, the books do not: an event was missed.' }).click();
  await expect(missing.getByRole('link').first()).toBeVisible();
  await expectNoViolations(page, 'today with missing money');
  await missing.getByRole('button', { name: 'Fetch from Stripe' }).click();
  await expect(page.getByText('Fetch what is missing is done')).toBeVisible();
  await expect(missing.getByText('Missed webhook')).toHaveCount(0);
  await workspace.goTo('/reconciliation/report');
  await expect(page.getByRole('region', { name: 'Newest runs' })).toBeVisible();
  await page.getByRole('button', { name: 'Send now' }).click();
  await expect(page.getByText('Report on reconciliation is done')).toBeVisible();
  await expect(workspace.content).toContainText('nobody is named to get it by e-mail');
});
