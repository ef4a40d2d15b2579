/** Settings → Document numbers: a block is leased, held by one desk, returned, and taken away; what is known offline; and what others may see. */
import { withClient } from '../sandbox/postgres.ts';
import { expect, openSecondDesk, test } from './fixtures/app.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

test.describe.configure({ mode: 'serial' });
// The first numbers of the year are counted here; elsewhere one-off invoices use them up.
test.use({ company: 'with two people' });

test('nothing is leased at first, and the screen says what a block is for', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings');
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Document numbers' }).click();
  await expect(page.getByRole('heading', { name: 'No desk holds numbers' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No gaps' })).toBeVisible();
  await picture(page, 'settings-numbers-empty');
});

test('a block is leased by the keyboard, shown with its holder, and returned with a reason', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/numbers');
  await page.getByRole('button', { name: 'Lease numbers…' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Numbers' }).fill('0');
  await expect(dialog.getByText('A whole number from 1 to 100')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Lease numbers', exact: true })).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Numbers' }).fill('5');
  await picture(page, 'settings-numbers-lease');
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText(/INV-\d{4}-0001 to INV-\d{4}-0005 may be used here/);
  await page.keyboard.press('Escape');
  const row = page.getByRole('row', { name: /INV-\d{4}-0001 to INV-\d{4}-0005/ });
  await expect(row).toContainText('demo_accountant');
  await expect(row).toContainText('This desk');
  await expect(page.getByRole('row', { name: /^INV \d{4}/ })).toContainText('Every number');
  await expect(page.getByRole('row', { name: /^INV \d{4}/ })).toContainText(/INV-\d{4}-0006/);

  await row.getByRole('button', { name: /^Return INV/ }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Return the block' })).toBeDisabled();
  await page.keyboard.type('Back in the office');
  await dialog.getByRole('button', { name: 'Return the block' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('0 used, 5 back in the series, 0 in the gap register.');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(row).toContainText('Returned');
  await expect(page.getByRole('row', { name: /^INV \d{4}/ })).toContainText(/INV-\d{4}-0001/);
});

test('an admin takes a block away; its numbers stand in the gap register at both desks', async ({ page, world, browser }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/numbers');
  await page.getByRole('button', { name: 'Lease numbers…' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Numbers' }).fill('2');
  await page.getByRole('dialog').getByRole('button', { name: 'Lease 2 numbers' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();

  const second = await openSecondDesk(browser, world);
  const admin = new Workspace(second.page);
  await admin.goTo('/settings/numbers');
  await second.page.getByRole('button', { name: /^Take away INV/ }).click();
  const dialog = second.page.getByRole('dialog');
  await expect(dialog).toContainText('none of them is ever given again');
  await dialog.getByRole('textbox', { name: 'Why they are taken away' }).fill('The laptop was stolen on a train');
  await picture(second.page, 'settings-numbers-take-away');
  await dialog.getByRole('button', { name: 'Take the block away' }).click();
  await expect(dialog).toContainText('0 used, 0 back in the series, 2 in the gap register.');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(second.page.getByRole('row', { name: /INV-\d{4}-0002 The laptop was stolen/ })).toContainText('demo_admin');
  expect(second.errors, 'the console of the second desk stays silent').toEqual([]);
  await second.page.context().close();

  // What the register keeps of a desk that tells a number too late.
  await withClient(world.desk.ownerUrl, (client) => client.query("UPDATE daybook.document_number_gaps SET claimed_by_document = '00000000-0000-4000-8000-00000000000a', claimed_at = now(), claimed_by = 'demo_accountant' WHERE number = 2"));
  await workspace.goTo('/settings');
  await workspace.goTo('/settings/numbers');
  await page.reload();
  await expect(page.getByRole('row', { name: /INV-\d{4}-0002/ }).last()).toContainText('Void and issue again');
  await expect(page.getByRole('row', { name: /INV-\d{4}-0001 The laptop was stolen/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Return INV/ })).toHaveCount(0);
  await picture(page, 'settings-numbers');
});

test('offline the desk says what it holds, and neither leases nor returns', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/numbers');
  await page.getByRole('button', { name: 'Lease numbers…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lease 5 numbers' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
  const ownerUrl = world.desk.ownerUrl;
  const database = decodeURIComponent(new URL(ownerUrl).pathname.slice(1));
  // Nobody but the owner gets a connection.
  await withClient(ownerUrl, async (client) => {
    await client.query(`ALTER DATABASE "${database}" CONNECTION LIMIT 0`);
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  });
  try {
    await page.reload();
    await expect(page.getByText('Offline: the shared database is not reached')).toBeVisible();
    await expect(workspace.content).toContainText('This desk holds 5 unused numbers');
    await expect(page.getByRole('button', { name: 'Lease numbers…' })).toBeDisabled();
    await expect(page.getByRole('button', { name: /^Return INV/ })).toBeDisabled();
    await picture(page, 'settings-numbers-offline');
  } finally {
    await withClient(ownerUrl, (client) => client.query(`ALTER DATABASE "${database}" CONNECTION LIMIT -1`));
  }
  await expect(async () => {
    await page.getByRole('button', { name: 'Look again' }).click({ timeout: 1_000 });
    await expect(page.getByRole('heading', { name: 'Gap register' })).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
});
