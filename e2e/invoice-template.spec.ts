/** Settings → Invoice template, what a draft lacks for its electronic form, and a PDF that somebody holds. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

const previewed = (page: Page) => page.getByRole('img', { name: /^Page 1 of \d+, sample/ });

test.describe.configure({ mode: 'serial' });

test('a draft says what it lacks before it is finalised, and the template fills it in', async ({ page }) => {
  const workspace = new Workspace(page);
  // The demo company has what its invoices need: here it is one that has not given it yet.
  await workspace.goTo('/settings/invoice-template');
  await expect(page.getByLabel('VAT number')).toHaveValue('ESN0412583G');
  await page.getByLabel('VAT number').fill('');
  await page.getByLabel('Register number').fill('');
  await page.getByRole('button', { name: 'Save the template' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await workspace.goTo('/invoices?origin=partner&month=2026-10');
  await workspace.waitForRows();
  // The demo's month is finalised: one of its invoices is voided and billed again, which makes a draft.
  await workspace.rows().first().click();
  await workspace.panel.getByRole('button', { name: 'More' }).click();
  await page.getByRole('dialog', { name: 'More', exact: true }).getByRole('button', { name: 'Void…', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('Billed again in this test');
  await page.getByRole('dialog').getByRole('button', { name: 'Void the invoice' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Bill a month…' }).click();
  await expect(page.getByRole('dialog')).toContainText('No electronic invoice');
  await page.getByRole('dialog').getByRole('button', { name: /^Make the drafts for/ }).click();
  await workspace.goTo('/invoices?origin=partner&status=draft');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await expect(workspace.panel).toContainText('Electronic invoice');
  await workspace.panel.getByRole('button', { name: 'Finalise…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region', { name: 'Missing for the electronic invoice' })).toContainText('Your company’s VAT number or tax number.');
  await picture(page, 'finalise-missing');
  await dialog.getByRole('link', { name: 'Invoice template' }).click();
  await expect(page.getByRole('heading', { name: 'Invoice template' })).toBeVisible();
});

test('the preview follows what is typed, and what is saved stays', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/settings/invoice-template');
  await expect(previewed(page)).toHaveAttribute('data-drawn', 'true');
  await page.getByLabel('Legal name').fill('Meridian Deeds GmbH');
  await page.getByLabel('Street and number').fill('Kanalstraße 7');
  await page.getByLabel('Postal code').fill('28195');
  await page.getByLabel('City').fill('Bremen');
  await page.getByLabel('State or region').fill('');
  await page.getByLabel('Country').fill('Germany');
  await page.getByLabel('VAT number').fill('DE 123 456 789');
  await page.getByLabel('IBAN').fill('DE02 1203 0000 0000 2020 52');
  await page.getByRole('button', { name: 'Save the template' }).click();
  await expect(workspace.content).toContainText('The IBAN’s check digits do not hold');
  await picture(page, 'invoice-template-wrong');
  await page.getByLabel('IBAN').fill('DE02 1203 0000 0000 2020 51');
  await page.getByRole('radiogroup', { name: 'Language' }).getByText('German').click();
  await page.getByRole('button', { name: 'Save the template' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(page.getByLabel('IBAN')).toHaveValue('DE02120300000000202051');
  await expect(previewed(page)).toHaveAttribute('data-drawn', 'true');
  await picture(page, 'invoice-template');
  await page.getByText('Credit note', { exact: true }).click();
  await expect(page.getByRole('img', { name: 'Page 1 of 1, sample credit note' })).toHaveAttribute('data-drawn', 'true');
});

test('a PDF that somebody holds is the one that was issued, or it is not', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?origin=partner');
  await workspace.waitForRows();
  await workspace.rows().filter({ hasNotText: /Void|Draft/ }).first().click();
  await workspace.panel.getByRole('button', { name: 'Show PDF' }).click();
  const download = page.waitForEvent('download');
  await workspace.panel.getByRole('button', { name: 'Save', exact: true }).click();
  const issued = readFileSync(await (await download).path());
  await page.getByRole('button', { name: 'Verify a PDF…' }).click();
  const dialog = page.getByRole('dialog');
  const choose = async (name: string, bytes: Buffer): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await dialog.getByRole('button', { name: 'Choose a file…' }).click();
    await (await chooser).setFiles({ name, mimeType: 'application/pdf', buffer: bytes });
  };
  await choose('received.pdf', issued);
  await expect(dialog.getByRole('status')).toContainText('As issued');
  await choose('changed.pdf', Buffer.concat([issued, Buffer.from('\n')]));
  await expect(dialog.getByRole('status')).toContainText('it has been changed');
  await picture(page, 'verify-changed');
  await choose('other.pdf', Buffer.from('%PDF-1.7 of somebody else'));
  await expect(dialog.getByRole('status')).toContainText('Not ours');
});
