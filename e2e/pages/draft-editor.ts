import { expect, type Locator, type Page } from '@playwright/test';
import type { Workspace } from './workspace.ts';

/** The draft editor: cells by the number of their line, and what it says about saving. */
export class DraftEditor {
  readonly page: Page;
  readonly totals: Locator;

  constructor(page: Page) {
    this.page = page;
    this.totals = page.getByRole('table', { name: 'Totals' });
  }

  async waitUntilOpen(): Promise<void> {
    await expect(this.page.getByRole('heading', { level: 1, name: 'Draft invoice' })).toBeVisible();
    await expect(this.page.getByRole('group', { name: 'Lines of the draft' })).toBeVisible();
  }

  cell(what: 'Description' | 'Quantity' | 'Price' | 'Discount' | 'Tax' | 'Amount', line: number | 'a new line'): Locator {
    return this.page.getByLabel(`${what} of ${line === 'a new line' ? line : `line ${line}`}`, { exact: true });
  }

  async type(cell: Locator, text: string): Promise<void> {
    await cell.fill(text);
    await cell.press('Enter');
  }

  async addLine(description: string, quantity: string, price: string): Promise<void> {
    await this.cell('Description', 'a new line').fill(description);
    await this.cell('Quantity', 'a new line').fill(quantity);
    await this.type(this.cell('Price', 'a new line'), price);
  }

  async expectSaved(): Promise<void> {
    await expect(this.page.getByRole('status', { name: 'Saving' })).toContainText(/^Saved$/, { timeout: 20_000 });
  }

  /** What the totals name, as it is written there. */
  total(label: string): Locator {
    return this.totals.getByRole('row', { name: new RegExp(`^${label}`) }).getByRole('cell');
  }

  async finalise(): Promise<void> {
    await this.page.getByRole('button', { name: 'Finalise…' }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Finalise', exact: true }).click();
    await expect(dialog.getByRole('status')).toContainText('1 finalised.', { timeout: 30_000 });
    await dialog.getByRole('button', { name: 'Done' }).click();
  }
}

/** Makes a one-off draft for somebody typed in and opens it. */
export async function makeOneOff(workspace: Workspace, name: string): Promise<DraftEditor> {
  const { page } = workspace;
  await workspace.goTo('/invoices');
  await page.getByRole('button', { name: 'New one-off invoice…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Somebody else').click();
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await dialog.getByLabel('Country').fill('IE');
  await dialog.getByLabel('Currency').fill('EUR');
  await dialog.getByRole('button', { name: 'Make the draft' }).click();
  const editor = new DraftEditor(page);
  await editor.waitUntilOpen();
  return editor;
}
