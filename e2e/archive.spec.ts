/** The archive, at the admin's desk: a bucket tried as typed, a wrong secret said, documents put away over real HTTP; a credit note and a statement as PDF; the ledger's rules of invoicing. */
import type { Page } from '@playwright/test';
import { startS3Server, type TestS3Server } from '../sandbox/s3-server.ts';
import { expect, openSecondDesk, test as base } from './fixtures/app.ts';
import { startDemoWorld, type DemoWorld } from './fixtures/demo-world.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

const test = base.extend<object, { world: DemoWorld; store: TestS3Server; admin: { readonly page: Page; readonly errors: string[] } }>({
  world: [
    async ({ browserName: _browser }, use) => {
      const world = await startDemoWorld();
      await use(world);
      await world.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  store: [
    async ({ browserName: _browser }, use) => {
      const store = await startS3Server();
      await use(store);
      await store[Symbol.asyncDispose]();
    },
    { scope: 'worker' },
  ],
  admin: [
    async ({ browser, world }, use) => {
      const admin = await openSecondDesk(browser, world);
      await use(admin);
      await admin.page.context().close();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

test.describe.configure({ mode: 'serial' });

test('a bucket is tried as typed, a wrong secret is said, and what is right is kept and filled', async ({ admin: { page, errors }, store }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/jobs');
  await page.getByRole('button', { name: /^Run .*shared database.* now$/ }).click();
  await expect(page.getByText(/shared database is done$/).first()).toBeVisible();
  await workspace.goTo('/settings/archive');
  await expect(page.getByText('Not set up')).toBeVisible();
  await picture(page, 'settings-archive-empty');
  await page.getByText('A bucket (S3)').click();
  await page.getByRole('textbox', { name: 'Endpoint' }).fill(store.endpoint);
  await page.getByRole('textbox', { name: 'Region' }).fill(store.region);
  await page.getByRole('textbox', { name: 'Bucket', exact: true }).fill(store.bucket);
  await page.getByRole('textbox', { name: 'Access key id' }).fill(store.accessKeyId);
  await page.getByRole('textbox', { name: 'Secret key' }).fill('wrong');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByText('archive-access-refused')).toBeVisible();
  await picture(page, 'settings-archive-refused');
  await page.getByRole('textbox', { name: 'Secret key' }).fill(store.secretKey);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByText('It came back as it was sent.')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Complete', { exact: true })).toBeVisible({ timeout: 60_000 });
  await workspace.waitForRows();
  await expect(page.getByText('One is kept. Type another to replace it.')).toBeVisible();
  await picture(page, 'settings-archive');
  expect([...store.objects.keys()].every((name) => /^20\d\d\/[A-Z].*\.pdf$/.test(name))).toBe(true);
  expect(errors).toEqual([]);
});

test('an invoice says where it lies; its credit note is shown as PDF and archived too; the customer’s statement is saved', async ({ admin: { page, errors }, store }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?origin=partner&status=finalised');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel.getByText('s3://invoices/', { exact: false })).toBeVisible();
  await workspace.panel.getByRole('button', { name: 'Credit…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('An outage');
  await dialog.getByRole('button', { name: 'Issue the credit note' }).click();
  await expect(dialog).toHaveCount(0);
  await workspace.panel.getByRole('button', { name: /^Show PDF of CN-/ }).click();
  await expect(workspace.panel.getByRole('region', { name: /^PDF of CN-/ })).toContainText('verified against its fingerprint');
  await picture(page, 'credit-note-pdf');
  await workspace.goTo('/settings/archive');
  await page.getByRole('button', { name: 'Archive now' }).click();
  await expect.poll(() => [...store.objects.keys()].some((name) => name.includes('/CN-')), { timeout: 60_000 }).toBe(true);
  await workspace.goTo('/invoices/ageing');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  const download = page.waitForEvent('download');
  await workspace.panel.getByRole('button', { name: 'Save as PDF' }).click();
  expect((await download).suggestedFilename()).toMatch(/^statement-.*\.pdf$/);
  await picture(page, 'statement-of-account');
  expect(errors).toEqual([]);
});

test('the write-off limit, the months of late usage and the rounding of tax are the ledger’s, set in Settings', async ({ admin: { page, errors } }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/invoicing');
  await page.getByRole('textbox', { name: 'Months looked back' }).fill('3');
  await page.getByRole('button', { name: 'Save', exact: true }).nth(1).click();
  await expect(page.getByText('Now the 3 months before the billed one are looked at.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Largest rest, in smallest units' }).fill('2500');
  await page.getByRole('button', { name: 'Save', exact: true }).last().click();
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Largest rest, in smallest units' })).toHaveValue('2,500');
  await picture(page, 'settings-invoicing');
  const rounding = page.getByRole('combobox', { name: 'Tax is rounded' });
  for (const way of ['per-line', 'per-invoice']) {
    await rounding.selectOption(way);
    await page.getByRole('button', { name: 'Save', exact: true }).first().click();
    await expect(page.getByRole('button', { name: 'Save', exact: true }).first()).toBeDisabled();
    await page.reload();
    await expect(rounding).toHaveValue(way);
  }
  expect(errors).toEqual([]);
});
