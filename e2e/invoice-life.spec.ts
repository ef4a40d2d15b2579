/** Invoices of our own from draft to paid: edited with a reason, undone, finalised, paid in part, credited by line, un-applied; ageing ties to the books throughout. */
import { expect, test } from './fixtures/app.ts';
import { expectNoViolations } from './pages/axe.ts';
import { DraftEditor, makeOneOff } from './pages/draft-editor.ts';
import { Workspace } from './pages/workspace.ts';

async function expectAgeingTied(workspace: Workspace): Promise<void> {
  await workspace.goTo('/invoices/ageing');
  const totals = workspace.page.getByRole('group', { name: 'Totals and the receivable account' });
  await expect(totals.getByText('Tied', { exact: true }).first()).toBeVisible();
  await expect(totals.getByText('Not tied')).toHaveCount(0);
}

test('a one-off invoice goes from new to paid by keyboard and locale, and what is typed survives a reload', async ({ page }) => {
  const workspace = new Workspace(page);
  const editor = await makeOneOff(workspace, 'Harbour Audit Ltd');
  await expect(page.getByText('There is nothing on this draft yet.')).toBeVisible();
  await editor.addLine('Annual audit support', '10', '125.50');
  await editor.addLine('Travel', '1', '80');
  await expect(editor.total('Subtotal')).toHaveText('1,335.00');
  // Enter adds and the next line can be typed at once; Alt and an arrow move a line.
  await expect(editor.cell('Description', 'a new line')).toBeFocused();
  await editor.cell('Description', 2).press('Alt+ArrowUp');
  await expect(editor.cell('Description', 1)).toHaveValue('Travel');
  await editor.type(editor.cell('Discount', 2), '10 %');
  await expect(editor.total('Subtotal')).toHaveText('1,209.50');
  await editor.cell('Discount', 2).press('Control+z');
  await expect(editor.total('Subtotal')).toHaveText('1,335.00');
  await page.keyboard.press('Control+Shift+z');
  await expect(editor.total('Subtotal')).toHaveText('1,209.50');
  await editor.expectSaved();
  await page.reload();
  await editor.waitUntilOpen();
  await expect(editor.total('Subtotal')).toHaveText('1,209.50');
  await editor.finalise();

  await expect(workspace.panel.getByRole('heading', { level: 2 })).toHaveText(/^INV-\d{4}-\d{4}$/);
  const number = await workspace.panel.getByRole('heading', { level: 2 }).innerText();
  const due = await workspace.panel.getByRole('table', { name: 'Where it stands' }).getByRole('row', { name: /^Due/ }).getByRole('cell').innerText();
  await workspace.panel.getByRole('button', { name: 'Record payment…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel(/^Amount received/)).toHaveValue(due.replace(/\s*EUR$/, ''));
  await dialog.getByLabel(/^Amount received/).fill('2,000.00');
  await expect(dialog.getByText(/kept as the customer’s money/)).toBeVisible();
  await dialog.getByLabel('Bank reference').fill('HARBOUR NOV');
  await dialog.getByRole('button', { name: 'Record the payment' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(workspace.panel.getByText('Paid', { exact: true }).first()).toBeVisible();
  await expect(workspace.panel.getByRole('list', { name: 'What was done' })).toContainText('Payment applied');

  await workspace.goTo('/invoices/receipts?unapplied=yes');
  await workspace.waitForRows();
  await workspace.row('HARBOUR NOV').click();
  await expect(workspace.panel.getByRole('table', { name: 'What it paid' })).toContainText(number);
  await expectAgeingTied(workspace);
});

test('a rated draft is edited with its reason, undone, finalised, paid in part, credited by line and un-applied', async ({ page, world }) => {
  const workspace = new Workspace(page);
  const { billingMonth, partnerInvoices } = world.manifest;
  const truth = partnerInvoices.find((invoice) => invoice.month === billingMonth && invoice.totalMinor > 0);
  await workspace.goTo(`/invoices?origin=partner&month=${billingMonth}`);
  await workspace.waitForRows();
  await workspace.row(truth?.invoiceNumber ?? '').click();
  await workspace.panel.getByRole('button', { name: 'More' }).click();
  await page.getByRole('dialog', { name: 'More', exact: true }).getByRole('button', { name: 'Void and make anew…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('Rated with the wrong terms');
  await dialog.getByRole('button', { name: 'Void and make anew' }).click();

  const editor = new DraftEditor(page);
  await editor.waitUntilOpen();
  const total = await editor.total('Total').innerText();
  await editor.type(editor.cell('Amount', 1), '1.00');
  await expect(page.getByText('One change waits for its reason')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Finalise…' })).toBeDisabled();
  const reason = page.getByLabel('Why does line 1 deviate from what was rated?');
  await expect(reason).toBeFocused();
  await expectNoViolations(page, 'a reason asked for');
  await reason.fill('Agreed by phone');
  await reason.press('Enter');
  await expect(page.getByText('Agreed by phone')).toBeVisible();
  await editor.expectSaved();
  await page.keyboard.press('Control+z');
  await expect(editor.total('Total')).toHaveText(total);
  await editor.expectSaved();
  await editor.finalise();

  const standing = workspace.panel.getByRole('table', { name: 'Where it stands' });
  await expect(standing).toBeVisible();
  await expect(workspace.panel.getByText(/^It replaces/)).toBeVisible();
  await workspace.panel.getByRole('button', { name: 'Record payment…' }).click();
  await dialog.getByLabel(/^Amount received/).fill('10.00');
  await dialog.getByLabel(/^Apply to/).first().fill('10.00');
  await dialog.getByLabel('Bank reference').fill('PART 1');
  await dialog.getByRole('button', { name: 'Record the payment' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(standing.getByRole('row', { name: /^Paid/ })).toContainText('10.00');

  await workspace.panel.getByRole('button', { name: 'Credit…' }).click();
  await dialog.getByText('By line').click();
  await dialog.getByLabel(/^Credit of/).first().fill('5.00');
  await expect(dialog.getByRole('table', { name: 'Preview of the credit note' })).toContainText('5.00');
  await dialog.getByLabel('Reason').fill('Goodwill');
  await dialog.getByRole('button', { name: 'Issue the credit note' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(standing.getByRole('row', { name: /^Credited/ })).toBeVisible();
  await expectAgeingTied(workspace);

  await page.goBack();
  await workspace.panel.getByRole('button', { name: 'Un-apply: Payment applied' }).click();
  await dialog.getByLabel('Reason').fill('Paid for another invoice');
  await dialog.getByRole('button', { name: 'Un-apply' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(standing.getByRole('row', { name: /^Paid/ })).toHaveCount(0);
  await expectAgeingTied(workspace);
});
