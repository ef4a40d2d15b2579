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
  // The customer was typed in and is corrected here; where it is decides the tax, and undo brings back both.
  await editor.type(page.getByRole('textbox', { name: 'Legal name' }), 'Harbour Audit Limited');
  await editor.type(page.getByRole('textbox', { name: 'Country' }), 'de');
  await expect(editor.total('Tax, 19 %')).toHaveText('229.81');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(editor.total('Tax, 23 %')).toHaveText('278.19');
  await editor.expectSaved();
  await page.reload();
  await editor.waitUntilOpen();
  await expect(page.getByRole('textbox', { name: 'Legal name' })).toHaveValue('Harbour Audit Limited');
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

async function roundTax(workspace: Workspace, way: 'per-line' | 'per-invoice'): Promise<void> {
  const { page } = workspace;
  await workspace.goTo('/settings/invoicing');
  const rounding = page.getByRole('combobox', { name: 'Tax is rounded' });
  await expect(rounding).toHaveValue(way === 'per-line' ? 'per-invoice' : 'per-line');
  await rounding.selectOption(way);
  await page.getByRole('button', { name: 'Save', exact: true }).first().click();
  await expect(page.getByRole('button', { name: 'Save', exact: true }).first()).toBeDisabled();
}

test('a draft that is refused is mended where it was refused, looked at again and finalised, by keyboard; the draft editor and the list say the same', async ({ page }) => {
  const workspace = new Workspace(page);
  for (const name of ['Cent Works One', 'Cent Works Two']) {
    const editor = await makeOneOff(workspace, name);
    // 23 % of 0.02: nothing of each by itself, 0.01 of both together.
    for (const line of ['First', 'Second']) await editor.addLine(line, '1', '0.02');
    await expect(editor.total('Total')).toHaveText('0.05 EUR');
    await editor.expectSaved();
  }
  await roundTax(workspace, 'per-line');
  await workspace.goTo('/invoices?text=Cent Works');
  await workspace.waitForRows();
  await workspace.grid.focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(page.locator('.grid-foot')).toContainText('2 selected');
  await page.getByRole('button', { name: 'Finalise drafts…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Finalise', exact: true }).press('Enter');
  await expect(dialog.getByRole('status')).toContainText('0 finalised, 2 not:', { timeout: 30_000 });
  await expectNoViolations(page, 'drafts that were refused');
  await dialog.getByRole('button', { name: 'Take over what the settings say' }).first().press('Enter');
  await expect(dialog.getByText(/^Cent Works (One|Two): taken over. It comes to .*0\.04/)).toBeVisible();
  const again = dialog.getByRole('button', { name: 'Look at it and finalise…' });
  await expect(again).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('group', { name: 'Drafts to finalise' })).toBeFocused();
  await expect(dialog.getByRole('group', { name: 'Drafts to finalise' })).toContainText('0.04');
  await dialog.getByRole('button', { name: 'Finalise', exact: true }).press('Enter');
  await expect(dialog.getByRole('status')).toContainText('1 finalised.', { timeout: 30_000 });
  await dialog.getByRole('button', { name: 'Done' }).press('Enter');
  await expect(dialog).toHaveCount(0);

  // The other one still says so in its editor, and is opened from the refusal.
  await workspace.goTo('/invoices?text=Cent Works&status=draft');
  await workspace.waitForRows();
  await expect(workspace.rows()).toHaveCount(1);
  await workspace.grid.focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Finalise drafts…' }).press('Enter');
  await dialog.getByRole('button', { name: 'Finalise', exact: true }).press('Enter');
  await dialog.getByRole('button', { name: 'Open the draft' }).press('Enter');
  const editor = new DraftEditor(page);
  await editor.waitUntilOpen();
  await expect(dialog).toHaveCount(0);
  const problems = page.getByRole('region', { name: 'Before it can be finalised' });
  await expect(problems).toContainText('tax-rounding-changed');
  await problems.getByRole('button', { name: 'Take over what the settings say' }).press('Enter');
  await expect(editor.total('Total')).toHaveText('0.04 EUR');
  await expect(problems).toHaveCount(0);
  await editor.expectSaved();
  await editor.finalise();
  await expect(workspace.panel.getByRole('heading', { level: 2 })).toHaveText(/^INV-\d{4}-\d{4}$/);
  await roundTax(workspace, 'per-invoice');
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

test('a customer’s credit and what was overpaid are paid back by keyboard, previewed, and taken back', async ({ page }) => {
  const workspace = new Workspace(page);
  const editor = await makeOneOff(workspace, 'Quay Survey Ltd');
  await editor.addLine('Survey', '1', '1000');
  await editor.expectSaved();
  await editor.finalise();
  const dialog = page.getByRole('dialog');
  await workspace.panel.getByRole('button', { name: 'Record payment…' }).click();
  await dialog.getByLabel(/^Amount received/).fill('1,500.00');
  await dialog.getByLabel('Bank reference').fill('QUAY NOV');
  await dialog.getByRole('button', { name: 'Record the payment' }).click();
  await expect(dialog).toHaveCount(0);
  await workspace.panel.getByRole('button', { name: 'Credit…' }).click();
  await dialog.getByText('By line').click();
  await dialog.getByLabel(/^Credit of/).first().fill('200.00');
  await dialog.getByText('Is kept as the customer’s credit').click();
  await dialog.getByLabel('Reason').fill('Shorter than agreed');
  await dialog.getByRole('button', { name: 'Issue the credit note' }).click();
  await expect(dialog).toHaveCount(0);

  // From the invoice: what is left, as much of it as is typed, what it posts; Enter records it.
  const credit = workspace.panel.getByRole('table', { name: 'Credit' });
  const left = () => credit.getByRole('row').last().getByRole('cell').last();
  const whole = await left().innerText();
  const payOut = credit.getByRole('button', { name: /^Pay out credit of CN-/ });
  await payOut.focus();
  await page.keyboard.press('Enter');
  const amount = dialog.getByLabel(/^Amount,/);
  await expect(amount).toBeFocused();
  await expect(amount).toHaveValue(whole);
  await amount.fill('9,999.00');
  await expect(dialog.getByRole('alert')).toContainText('More would be paid out than is left');
  await expect(dialog.getByRole('button', { name: 'Record the payment' })).toBeDisabled();
  await amount.fill('50.00');
  const posted = dialog.getByRole('table', { name: 'What is posted' });
  await expect(posted.getByRole('row', { name: /^2020-customer-credit-balance/ })).toContainText('50.00');
  await expect(posted.getByRole('row', { name: /^1000-bank/ })).toContainText('50.00');
  await dialog.getByLabel('Bank reference').fill('OUT 1');
  await expectNoViolations(page, 'a credit paid out');
  await page.screenshot({ path: 'screenshots/pay-out-credit.png', animations: 'disabled' });
  await dialog.getByLabel('Bank reference').press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(credit).toContainText('Paid out 50.00');
  await expect(workspace.panel.getByRole('list', { name: 'What was done' })).toContainText('Credit paid out');
  await expect(left()).not.toHaveText(whole);

  // From ageing, whole; the statement says what the customer has with us.
  await expectAgeingTied(workspace);
  await workspace.waitForRows();
  await workspace.row('Quay Survey Ltd').click();
  await expectNoViolations(page, 'credit in ageing');
  await page.screenshot({ path: 'screenshots/credit-in-ageing.png', animations: 'disabled' });
  await payOut.click();
  await dialog.getByLabel('Bank reference').fill('OUT 2');
  await dialog.getByRole('button', { name: 'Record the payment' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(payOut).toHaveCount(0);
  await expect(left()).toHaveText('0.00');
  await expect(workspace.panel.getByRole('table', { name: 'What the customer has with us' })).toContainText('Paid out to the customer');

  // Taken back, the customer has it again.
  await credit.getByRole('button', { name: 'Take back the payment OUT 2' }).click();
  await dialog.getByLabel('Reason').fill('The bank sent it back');
  await dialog.getByRole('button', { name: 'Take the payment back' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(payOut).toBeVisible();

  // What was overpaid goes back from the receipt.
  await workspace.goTo('/invoices/receipts?unapplied=yes');
  await workspace.waitForRows();
  await workspace.row('QUAY NOV').click();
  await workspace.panel.getByRole('button', { name: 'Pay back…' }).click();
  await expect(posted.getByRole('row', { name: /^2000-unapplied-receipts/ })).toBeVisible();
  await dialog.getByLabel('Bank reference').fill('OUT 3');
  await dialog.getByRole('button', { name: 'Record the payment' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(workspace.panel.getByText('Applied, rest paid back')).toBeVisible();
  await expect(workspace.panel.getByRole('table', { name: 'What it paid' })).toContainText('Paid back, OUT 3');
  await page.screenshot({ path: 'screenshots/receipt-paid-back.png', animations: 'disabled' });
  await expectAgeingTied(workspace);
});

test('billing a month that has all its invoices says that it makes the PDFs that are missing', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices');
  await page.getByRole('button', { name: 'Bill a month…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Bill the partners for a month' });
  await expect(dialog.getByRole('group', { name: 'What this run would make' })).toBeVisible();
  await expect(dialog.getByText('a run makes only the PDFs that are missing')).toBeVisible();
  await expect(dialog.getByRole('button', { name: /^Make the missing PDFs for/ })).toBeVisible();
  await expect(dialog.getByRole('button', { name: /^Make the drafts/ })).toHaveCount(0);
});
