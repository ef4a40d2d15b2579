/** The other roads of an edit at an admin's desk: a new contract that is taken back, a file that is imported, a version restored, a deletion that is refused, an edit made offline. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { openApp } from './fixtures/app.ts';
import { expect, expectSoon, openContract, submitAndRead, test, waitForAnswers } from './pages/admins-desk.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

test.describe.configure({ timeout: 180_000 });

const dialogOf = (page: Page) => page.getByRole('dialog');

async function editOrder(page: Page, workspace: Workspace, order: string): Promise<string> {
  await workspace.panel.getByRole('button', { name: 'Edit…' }).click();
  await dialogOf(page).getByRole('textbox', { name: 'Purchase order' }).fill(order);
  await dialogOf(page).getByRole('textbox', { name: 'Reason' }).fill('Their new order');
  return submitAndRead(page);
}

test('a new contract waits, marked, in the list; its author takes it back from the queue', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/partners/contracts');
  await workspace.waitForRows();
  await page.getByRole('button', { name: 'New contract…' }).click();
  const dialog = dialogOf(page);
  await dialog.getByRole('combobox', { name: 'Partner' }).selectOption({ index: 1 });
  await dialog.getByRole('textbox', { name: /^API key prefix/ }).fill('dp_pk_E2E');
  await dialog.getByRole('textbox', { name: 'Currency' }).fill('usd');
  await dialog.getByRole('textbox', { name: 'In force from' }).fill('1 Mar 2027');
  await dialog.getByRole('textbox', { name: 'Price per deed' }).fill('2.25');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Agreed at the fair');
  await waitForAnswers(page);
  expect(await submitAndRead(page)).toContain('Waits for approval');
  await workspace.goTo('/partners/contracts?text=dp_pk_E2E');
  await expectSoon(workspace.row('dp_pk_E2E')).toContainText('Wanted');
  await workspace.row('dp_pk_E2E').first().click();
  await expectSoon(workspace.panel).toContainText('Terms it would have');
  await expect(workspace.panel.getByRole('button', { name: 'Delete…' })).toHaveCount(0);
  await picture(page, 'contract-wanted');
  await workspace.panel.getByRole('link', { name: 'New contract' }).click();
  await workspace.panel.getByRole('button', { name: 'Withdraw…' }).click();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('They thought again');
  await dialog.getByRole('button', { name: 'Withdraw' }).click();
  await expectSoon(workspace.panel).toContainText('It was taken back.');
  await workspace.goTo('/partners/contracts?text=dp_pk_E2E');
  await expectSoon(page.getByText('No contract fits this filter')).toBeVisible();
});

test('a new partner stands at once, and is deleted again while it has no contract', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/partners');
  await workspace.waitForRows();
  await page.getByRole('button', { name: 'New partner…' }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('Missing or not right: Name, Tax treatment.');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Harbour Deeds');
  await dialog.getByRole('combobox', { name: 'Tax treatment' }).selectOption('standard');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Signed at the fair');
  expect(await submitAndRead(page)).toContain('Applied');
  await workspace.row('Harbour Deeds').first().click();
  await expectSoon(workspace.panel).toContainText('No contract. Nothing is billed to this partner.');
  await expectSoon(workspace.panel).toContainText('Signed at the fair');
  await workspace.panel.getByRole('button', { name: 'Delete…' }).click();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('They thought again');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expectSoon(dialog.getByRole('status', { name: 'Where the edit is' })).toContainText('Applied');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expectSoon(workspace.row('Harbour Deeds')).toHaveCount(0);
});

test('an order comes by a file, tried first; the version before it is restored as a new one', async ({ page }, testInfo) => {
  const workspace = await openContract(page, 'dp_pk_TSG');
  expect(await editOrder(page, workspace, 'PO-BEFORE')).toContain('Applied');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export all…' }).click();
  await page.getByRole('menuitem', { name: 'All as CSV' }).click();
  const path = testInfo.outputPath('contracts.csv');
  await (await saved).saveAs(path);
  writeFileSync(path, readFileSync(path, 'utf8').replace('PO-BEFORE', 'PO-BY-FILE'));
  await page.getByRole('button', { name: 'Import…' }).click();
  const dialog = dialogOf(page);
  await dialog.locator('input[type=file]').setInputFiles(path);
  await expectSoon(dialog.getByRole('status')).toContainText('0 new, 1 changed');
  await expect(dialog.getByRole('group', { name: 'Planned edits' })).toContainText('Changes purchase order: PO-BEFORE → PO-BY-FILE');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('The yearly list');
  await dialog.getByRole('button', { name: 'Import 1 edit' }).click();
  await expectSoon(dialog).toContainText('1 edit is on the way.');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expectSoon(workspace.panel).toContainText('The yearly list');
  await workspace.panel.getByRole('row').filter({ hasText: 'Their new order' }).getByRole('button', { name: /^Restore version/ }).click();
  await expectSoon(dialog).toContainText('PO-BEFORE');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('The list was wrong');
  await dialog.getByRole('button', { name: 'Restore as a new version' }).click();
  await expectSoon(dialog.getByRole('status', { name: 'Where the edit is' })).toContainText('Applied');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expectSoon(workspace.panel).toContainText('The list was wrong');
});

test('a deletion is refused by a second person, with a comment; what stood stands', async ({ page, browser, world }) => {
  const workspace = await openContract(page, 'dp_pk_KKB');
  await workspace.panel.getByRole('button', { name: 'Delete…' }).click();
  const dialog = dialogOf(page);
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('They stopped');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  const outcome = dialog.getByRole('status', { name: 'Where the edit is' });
  await expectSoon(outcome).toContainText('Waits for approval');
  await dialog.getByRole('button', { name: 'Done' }).click();

  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const second = await context.newPage();
  await openApp(second, world);
  const colleague = new Workspace(second);
  await colleague.goTo('/partners/approvals');
  const row = colleague.row('dp_pk_KKB').filter({ hasText: 'They stopped' });
  await expectSoon(row).toBeVisible();
  await row.click();
  const reject = colleague.panel.getByRole('button', { name: 'Reject' });
  await expect(reject).toBeDisabled();
  await colleague.panel.getByRole('textbox', { name: 'Comment' }).fill('They only paused');
  await reject.click();
  await expectSoon(colleague.panel).toContainText('They only paused');
  await context.close();
  await expectSoon(workspace.panel.getByRole('heading', { name: 'On its way' })).toHaveCount(0);
});

test('a partner is edited offline, the desk goes on, and the edit is sent once the line is back', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/partners');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expectSoon(workspace.panel.getByRole('button', { name: 'Edit partner…' })).toBeVisible();
  await world.setSecondDeskLine('cut');
  try {
    await workspace.panel.getByRole('button', { name: 'Edit partner…' }).click();
    const dialog = dialogOf(page);
    await dialog.getByRole('textbox', { name: 'Legal name' }).fill('Offline Holdings Ltd');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Read on the train');
    await waitForAnswers(page);
    await dialog.getByRole('button', { name: /^Submit/ }).click();
    await expectSoon(dialog.getByRole('status', { name: 'Where the edit is' })).toContainText('Waits to be sent');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await workspace.goTo('/partners/queue');
    await expectSoon(page.getByText('edits are kept and sent later')).toBeVisible();
    // Nothing that is cut off is called fresh.
    const strip = page.getByRole('contentinfo', { name: 'Status' });
    await expectSoon(strip).toContainText(/Offline, last in step \d\d:\d\d/);
    await expectSoon(strip).toContainText('Shared database, not reached');
    await workspace.row('Legal name').first().click();
    await expectSoon(workspace.panel).toContainText('It is kept on this desk and waits for the network');
    await picture(page, 'queue-offline');
  } finally {
    await world.setSecondDeskLine('mend');
  }
  await expectSoon(workspace.panel).toContainText('It stands now');
  await workspace.goTo('/partners');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expectSoon(workspace.panel).toContainText('Offline Holdings Ltd');
});
