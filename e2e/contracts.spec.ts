/** Contracts at an admin's desk: edited with a preview, amended, all by keyboard, imported; a clash decided, a price approved by a second person at a desk of their own. */
import { writeFileSync } from 'node:fs';
import { openApp } from './fixtures/app.ts';
import { atAdminsDesk, expect, expectSoon, openContract, submitAndRead, test, waitForAnswers } from './pages/admins-desk.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

test.describe.configure({ timeout: 180_000 });

test('a price is edited with a preview, and a second person at another desk approves it', async ({ page, browser, world }) => {
  const workspace = await openContract(page, 'dp_pk_TSG');
  await expectSoon(workspace.panel.getByRole('img', { name: /^Requests by month/ })).toBeVisible();
  await workspace.panel.getByRole('button', { name: 'Usage as a table' }).click();
  await expect(workspace.panel.getByRole('row', { name: /^Oct 2026 [\d,]+ [\d,]+ API-202610-dp_pk_TSG/ })).toBeVisible();
  const before = await workspace.panel.locator('.section p').first().textContent();
  await workspace.panel.getByRole('button', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog');
  const discount = dialog.getByRole('textbox', { name: 'Discount' });
  await discount.fill('ten');
  await waitForAnswers(page);
  await expect(dialog).toContainText('This is not a number.');
  await discount.fill('10,5');
  await waitForAnswers(page);
  await expect(dialog.getByRole('region', { name: 'In plain words' })).toContainText('10.5 % discount');
  const preview = dialog.getByRole('region', { name: 'Price preview' });
  await expect(preview.getByRole('row')).toHaveCount(14);
  await expect(preview).toContainText('Dearest month');
  await picture(page, 'contract-editor');
  await preview.getByRole('button', { name: 'Chart' }).click();
  await expect(preview.getByRole('img')).toBeVisible();
  await preview.getByRole('button', { name: 'By volume' }).click();
  await expect(preview.getByRole('img', { name: /^A month by its / })).toBeVisible();
  await picture(page, 'contract-break-even');
  await preview.getByRole('button', { name: 'Table' }).click();
  await expect(preview.getByRole('group', { name: 'A month by its volume under old and new terms' }).getByRole('row').nth(2)).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Agreed with the partner for next year');

  // Closed by accident: what was typed is there again.
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await workspace.panel.getByRole('button', { name: 'Edit…' }).click();
  await expect(dialog).toContainText('What you had typed is back.');
  await expect(discount).toHaveValue('10,5');

  expect(await submitAndRead(page)).toContain('Waits for approval');
  await expectSoon(workspace.panel.getByRole('heading', { name: 'On its way' })).toBeVisible();
  await expect(workspace.panel.locator('.section p').first()).toHaveText(before ?? '');

  // The next edit begins with what that one wants, and is reckoned with it: in plain words and in money.
  await workspace.panel.getByRole('button', { name: 'Edit…' }).click();
  await expectSoon(discount).toHaveValue('10.5');
  await dialog.getByRole('textbox', { name: 'Payment terms' }).fill('45');
  await waitForAnswers(page);
  await expect(dialog.getByRole('region', { name: 'In plain words' })).toContainText(/10\.5 % discount.* due in 45 days/);
  await expect(preview).toContainText('Dearest month');
  await picture(page, 'contract-editor-again');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await workspace.goTo('/partners/approvals');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expectSoon(workspace.panel).toContainText('You asked for it: another accountant or admin decides, or you take it back.');
  await expect(workspace.panel.getByRole('button', { name: 'Approve' })).toHaveCount(0);

  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const second = await context.newPage();
  await openApp(second, world);
  const colleague = new Workspace(second);
  await colleague.goTo('/partners/approvals');
  await colleague.waitForRows();
  await colleague.rows().first().click();
  await expectSoon(colleague.panel).toContainText('What last month would have come to');
  await picture(second, 'approval');
  await colleague.panel.getByRole('textbox', { name: 'Comment' }).fill('Seen the contract');
  await colleague.panel.getByRole('button', { name: 'Approve' }).click();
  await expectSoon(colleague.panel).toContainText('Approved');
  await context.close();

  await workspace.goTo('/partners/contracts?text=dp_pk_TSG');
  await workspace.waitForRows();
  await workspace.row('dp_pk_TSG').first().click();
  await expectSoon(workspace.panel).toContainText('10.5 % discount');
});

test('an amendment is written wholly by keyboard', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/partners/contracts');
  await workspace.waitForRows();
  await workspace.grid.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expectSoon(workspace.panel.getByRole('heading', { name: 'Terms over time' })).toBeVisible();
  const amend = workspace.panel.getByRole('button', { name: 'New amendment…' });
  await amend.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const from = dialog.getByRole('textbox', { name: 'In force from' });
  await expectSoon(from).toBeFocused();
  await page.keyboard.type('1 Mar 2027');
  await dialog.getByRole('button', { name: 'Add a tier' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('textbox', { name: 'Tier 1, price' })).toBeVisible();
  await waitForAnswers(page);
  await picture(page, 'contract-tiers');
  await dialog.getByRole('button', { name: 'Remove tier 1' }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('textbox', { name: 'Payment terms' }).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('45');
  await dialog.getByRole('textbox', { name: 'Reason' }).focus();
  await page.keyboard.type('Renewed for another year');
  await waitForAnswers(page);
  await expect(dialog.getByRole('region', { name: 'In plain words' })).toContainText('due in 45 days');
  await expect(dialog.getByRole('button', { name: /^Submit/ })).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  const outcome = dialog.getByRole('status', { name: 'Where the edit is' });
  await expectSoon(outcome).toContainText('Waits for approval');
  await expect(dialog.getByRole('button', { name: 'Done' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expectSoon(workspace.panel).toContainText('Wanted, not applied yet');
  await picture(page, 'contract-amendment');
  // Named by what it would be, and held against the terms it follows.
  await workspace.panel.getByRole('link', { name: 'New amendment' }).click();
  await expectSoon(workspace.panel.getByRole('heading', { name: 'What changes from Mar 1, 2027' })).toBeVisible();
  await workspace.panel.getByRole('link', { name: 'The request for approval' }).click();
  await expectSoon(workspace.panel.getByRole('heading', { name: / from Mar 1, 2027$/, level: 2 })).toBeVisible();
  await expect(workspace.panel).not.toContainText('As it standsnothing');
  await picture(page, 'approval-amendment');
});

test('a file is tried first and says each problem by its row', async ({ page }, testInfo) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/partners/contracts');
  await workspace.waitForRows();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export all…' }).click();
  await page.getByRole('menuitem', { name: 'All as CSV' }).click();
  const path = testInfo.outputPath('contracts.csv');
  await (await saved).saveAs(path);
  await page.getByRole('button', { name: 'Import…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[type=file]').setInputFiles(path);
  await expectSoon(dialog.getByRole('status')).toContainText('0 new, 0 changed');
  await expect(dialog.getByRole('button', { name: /^Import/ })).toBeDisabled();
  writeFileSync(testInfo.outputPath('broken.csv'), 'entity,id,name,currency\npartner,,,\nnothing,,x,\n');
  await dialog.locator('input[type=file]').setInputFiles(testInfo.outputPath('broken.csv'));
  await expectSoon(dialog.getByRole('group', { name: 'Problems by row' }).getByRole('row')).not.toHaveCount(1);
  await expect(dialog.getByRole('button', { name: /^Import/ })).toBeDisabled();
  await expectSoon(dialog.getByRole('button', { name: 'Choose a file…' })).toBeEnabled();
  await page.mouse.move(0, 0);
  await picture(page, 'contracts-import');
});

test('two edits of the same field wait for a person, who types a third value', async ({ page, context, world }) => {
  const workspace = await openContract(page, 'dp_pk_KKB');
  await workspace.panel.getByRole('button', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog');
  await expectSoon(dialog.getByRole('textbox', { name: 'Purchase order' })).toBeVisible();

  // Meanwhile another tab changes the same field, and it stands.
  const other = await context.newPage();
  await openApp(other, atAdminsDesk(world));
  const otherWorkspace = await openContract(other, 'dp_pk_KKB');
  await otherWorkspace.panel.getByRole('button', { name: 'Edit…' }).click();
  await other.getByRole('dialog').getByRole('textbox', { name: 'Purchase order' }).fill('PO-THEIRS');
  await other.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('Their letter of Monday');
  expect(await submitAndRead(other)).toContain('Applied');
  await expectSoon(otherWorkspace.panel).toContainText('version 2');
  await other.close();

  await dialog.getByRole('textbox', { name: 'Purchase order' }).fill('PO-MINE');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('The letter of Tuesday');
  expect(await submitAndRead(page)).toContain('Conflict');
  await page.getByRole('contentinfo', { name: 'Status' }).getByRole('link', { name: '1 conflict' }).click();
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expectSoon(workspace.panel.getByRole('form', { name: 'Decide the conflict' })).toBeVisible();
  await expect(workspace.panel).toContainText('PO-MINE');
  await expect(workspace.panel).toContainText('PO-THEIRS');
  // That both saw no order at all is a version like any other: it would have billed something.
  await expect(workspace.panel.getByRole('row', { name: /^Base, what both saw/ })).toContainText('EUR');
  await picture(page, 'conflict');
  await expect(workspace.panel.getByRole('button', { name: 'Decide' })).toBeDisabled();
  await workspace.goTo('/partners/queue');
  await workspace.row('dp_pk_KKB').first().click();
  await expectSoon(workspace.panel.getByRole('link', { name: 'Decide the conflict' })).toBeVisible();
  await picture(page, 'queue');
  await workspace.panel.getByRole('link', { name: 'Decide the conflict' }).click();
  await workspace.panel.getByRole('radio', { name: 'A third value' }).check();
  await workspace.panel.getByRole('textbox', { name: 'Purchase order' }).fill('PO-THIRD');
  await workspace.panel.getByRole('textbox', { name: 'Reason' }).fill('Asked the partner');
  await workspace.panel.getByRole('button', { name: 'Decide' }).click();
  await expectSoon(workspace.panel.getByRole('heading', { name: 'Decided' })).toBeVisible();
  await expect(workspace.panel).toContainText('a third value');
  const decided = await openContract(page, 'dp_pk_KKB');
  await expectSoon(decided.panel).toContainText('version 3');
  await decided.panel.getByRole('button', { name: 'Compare versions' }).click();
  await expectSoon(page.getByRole('dialog')).toContainText('PO-THIRD');
});
