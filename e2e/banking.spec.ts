/** Bank statements: the demo company's lines matched by keyboard and taken back; a CSV mapped and imported; a file that is refused; light and dark without a word from axe. */
import { expect, test } from './fixtures/app.ts';
import { expectNoViolations } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

test.describe.configure({ timeout: 180_000 });

const csv = 'Date,Details,Paid out,Paid in,Balance\n16/11/2026,Rent November,"1,200.00",,"3,800.00"\n17/11/2026,INV-2026-0042 Harbour,,250.50,"4,050.50"\n';

// Its last test imports a statement whose lines stay open.
test.use({ company: 'with another bank account' });

test('lines are matched by keyboard with a running difference, and taken back', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation/bank');
  const lines = page.getByRole('listbox', { name: 'Bank lines' });
  await page.getByRole('group', { name: 'Bank account' }).getByRole('button', { name: /Operating USD/ }).click();
  const fee = lines.getByRole('option', { name: /MONTHLY ACCOUNT FEE/ });
  await expect(fee).toBeVisible();
  await lines.focus();
  for (let step = 0; step < 12 && !(await fee.evaluate((row) => row.classList.contains('active'))); step += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await expect(fee).toHaveAttribute('aria-selected', 'true');
  const bar = page.getByRole('region', { name: 'Match' });
  await expect(bar.getByRole('status')).toContainText('−15.00');
  await expect(bar.getByText('Choose what they are on the right, or an account.')).toBeVisible();
  await page.screenshot({ path: 'screenshots/bank-open.png', animations: 'disabled' });
  await bar.getByRole('combobox', { name: 'Account for the difference' }).fill('Payment fees');
  await page.getByRole('option', { name: /Payment fees/ }).click();
  await page.getByRole('heading', { name: 'Bank lines' }).click();
  await page.keyboard.press('m');
  await expect(fee).toHaveCount(0);

  await page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^Matched/ }).click();
  const matched = lines.getByRole('option', { name: /MONTHLY ACCOUNT FEE/ });
  await matched.click();
  const pane = page.getByRole('region', { name: 'What it is matched with' });
  await expect(pane.getByText('5000 Payment fees', { exact: true })).toBeVisible();
  await expectNoViolations(page, 'a match');
  await page.keyboard.press('u');
  await page.getByRole('dialog').getByLabel('Reason').fill('It was something else');
  await page.getByRole('dialog').getByRole('button', { name: 'Unmatch' }).click();
  await expect(matched).toHaveCount(0);
  await page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^Unmatched/ }).click();
  await expect(fee).toBeVisible();
});

test('a suggestion says why, and is taken with its difference', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation/bank');
  await page.getByRole('group', { name: 'Bank account' }).getByRole('button', { name: /Euro EUR/ }).click();
  await page.getByRole('listbox', { name: 'Bank lines' }).getByRole('option', { name: /Kadaster Koppeling/ }).click();
  const suggestion = page.getByRole('list', { name: 'Suggestions' }).getByRole('listitem').first();
  await expect(suggestion).toContainText('The difference is the known fee.');
  await suggestion.getByRole('button', { name: 'Take' }).click();
  const bar = page.getByRole('region', { name: 'Match' });
  await expect(bar.getByRole('status')).toContainText('−15.00');
  await expect(bar.getByRole('button', { name: 'Match', exact: true })).toBeEnabled();
  await page.screenshot({ path: 'screenshots/bank-suggestion.png', animations: 'disabled' });
  await expectNoViolations(page, 'a suggestion');

  // Its account is for its difference: with another choice nothing is posted there by one key.
  const account = bar.getByRole('combobox', { name: 'Account for the difference' });
  await expect(account).not.toHaveValue('');
  await page.getByRole('listbox', { name: 'Bank lines' }).getByRole('option', { name: /STRIPE/ }).click();
  await expect(account).toHaveValue('');
  await expect(bar.getByRole('button', { name: 'Match', exact: true })).toBeDisabled();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('accounts, statements and rules', async ({ page }) => {
      const workspace = new Workspace(page);
      await workspace.goTo('/reconciliation/statements');
      await workspace.waitForRows();
      await expect(page.getByText('Proved').first()).toBeVisible();
      await expectNoViolations(page, 'statements');
      await page.screenshot({ path: `screenshots/bank-statements${colorScheme === 'dark' ? '-dark' : ''}.png`, animations: 'disabled' });
      await page.getByRole('button', { name: 'Matching rules' }).click();
      await expect(page.getByRole('dialog').getByText('Known fee')).toBeVisible();
      await expectNoViolations(page, 'rules');
      await page.screenshot({ path: `screenshots/bank-rules${colorScheme === 'dark' ? '-dark' : ''}.png`, animations: 'disabled' });
      await page.keyboard.press('Escape');
      await workspace.goTo('/reconciliation/bank');
      await page.getByRole('listbox', { name: 'Bank lines' }).getByRole('option').first().click();
      await expectNoViolations(page, 'matching');
      await page.screenshot({ path: `screenshots/bank${colorScheme === 'dark' ? '-dark' : ''}.png`, animations: 'disabled' });
    });
  });
}

test('a CSV is mapped with its lines shown at once, then imported; what is no statement is refused', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/reconciliation/statements');
  await page.getByRole('button', { name: 'Import a statement' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[type=file]').setInputFiles({ name: 'scan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 nothing') });
  await expect(dialog.getByRole('alert')).toContainText('PDF');
  await dialog.locator('input[type=file]').setInputFiles({ name: 'bank.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await expect(dialog.getByLabel('Name of this mapping')).toBeVisible();
  // Nobody has typed anything: nothing is wrong yet, and no account is taken for the file's.
  await expect(dialog.getByRole('status')).toHaveText('Say of which bank account the file is.');
  await expect(dialog.getByRole('alert')).toHaveCount(0);
  await expect(dialog.getByRole('combobox', { name: 'Bank account' })).toHaveValue('');
  await dialog.getByRole('combobox', { name: 'Bank account' }).fill('GB29 NWBK 6016 1331 9268 19');
  await dialog.getByLabel('Currency of all entries').fill('GBP');
  await expect(dialog.getByRole('region', { name: 'First lines' })).toContainText('Rent November');
  await expect(dialog.getByRole('alert')).toHaveCount(0);
  await dialog.getByLabel('Name of this mapping').fill('High street');
  await expect(dialog.getByRole('region', { name: 'Statements in the file' })).toContainText('Proved');
  // Whether the balances are proved is in sight, however long the account's number is.
  const statements = dialog.getByRole('region', { name: 'Statements in the file' });
  expect(await statements.evaluate((table) => table.scrollWidth - table.clientWidth)).toBe(0);
  await dialog.getByRole('combobox', { name: 'Bank account' }).fill('GB-CSV-1');
  await expect(statements).toContainText('Proved');
  await expectNoViolations(page, 'the mapping editor');
  await page.screenshot({ path: 'screenshots/bank-mapping.png', animations: 'disabled' });
  await dialog.getByRole('button', { name: 'Import 2 lines' }).click();
  await expect(dialog.getByText('lines added')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('region', { name: /GB-CSV-1/ })).toBeVisible();
});
