import { expect, type Locator, type Page } from '@playwright/test';

const titles: Readonly<Record<string, string>> = { today: 'Today', revenue: 'Revenue', invoices: 'Invoices', partners: 'Partners', reconciliation: 'Reconciliation', ledger: 'Ledger', jobs: 'Jobs', settings: 'Settings', welcome: 'Welcome to Daybook' };

/** The rooms of workspaces that have several, the longest addresses first. */
const rooms = ['/partners/contracts', '/partners/conflicts', '/partners/approvals', '/partners/queue', '/partners', '/ledger/entries', '/ledger/statement', '/ledger/periods', '/ledger/verify', '/ledger/export', '/ledger/backups', '/invoices/mail', '/invoices/run-sheet', '/invoices/ageing', '/invoices/receipts', '/invoices/payments', '/invoices/customers', '/ledger', '/invoices', '/reconciliation/runs', '/reconciliation/bank', '/reconciliation/statements', '/reconciliation/close', '/reconciliation/report', '/reconciliation'];

/** What all screens share: the rail, the title, a grid and the panel over it. */
export class Workspace {
  readonly page: Page;
  readonly grid: Locator;
  readonly panel: Locator;
  readonly content: Locator;

  constructor(page: Page) {
    this.page = page;
    this.grid = page.getByRole('grid');
    this.panel = page.getByRole('complementary');
    this.content = page.getByRole('main');
  }

  /** Goes by an address, as a deep link would. */
  async goTo(address: string): Promise<void> {
    await this.page.evaluate((hash) => { window.location.hash = hash; }, address);
    await expect(this.page.getByRole('heading', { level: 1, name: titles[address.split(/[/?]/)[1] ?? ''] ?? 'Not found', exact: true })).toBeVisible();
    const path = address.split('?')[0] ?? '';
    const room = rooms.find((each) => path === each || path.startsWith(`${each}/`));
    // Rooms of one workspace share their heading: the tab says which one is shown.
    if (room) await expect(this.page.locator(`.tabs a[href="#${room}"]`)).toHaveAttribute('aria-current', 'page');
  }

  /** Goes by the rail. */
  async open(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Workspaces' }).getByRole('link', { name: new RegExp(`^${name}`) }).click();
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible();
  }

  card(label: string | RegExp): Locator {
    return this.page.getByRole('region', { name: label });
  }

  /** The rows in sight, the header left out. */
  rows(): Locator {
    return this.grid.locator('.grid-body-row');
  }

  row(text: string | RegExp): Locator {
    return this.rows().filter({ hasText: text });
  }

  async waitForRows(): Promise<void> {
    await expect(this.rows().first()).toBeVisible();
    await expect(this.grid).toHaveAttribute('aria-busy', 'false');
    await expect(this.grid.getByRole('img', { name: 'Loading' })).toHaveCount(0);
  }

  /** How many rows the whole list has, once that is known: a grid of another filter is another grid, and empty until its first page has come. */
  async total(): Promise<number> {
    await expect(this.grid).toHaveAttribute('aria-busy', 'false');
    const count = await this.grid.evaluate((grid) => (grid.getAttribute('aria-busy') === 'false' ? Number(grid.getAttribute('aria-rowcount')) - 1 : null));
    return count ?? this.total();
  }

  /** The cell of a row under a column's head. */
  cell(row: Locator, header: string): Locator {
    return row.getByRole('gridcell').and(this.page.locator(`[data-header="${header}"]`));
  }

  /** What stands in the active cell. */
  async activeText(): Promise<string> {
    return this.grid.evaluate((grid) => document.getElementById(grid.getAttribute('aria-activedescendant') ?? '')?.textContent ?? '');
  }

  /** The place in the list that the keyboard is at, 1 for the first row; 0 for the header. */
  async activeRow(): Promise<number> {
    return this.grid.evaluate((grid) => {
      const cell = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
      return Number(cell?.closest('[role="row"]')?.getAttribute('aria-rowindex') ?? Number.NaN) - 1;
    });
  }
}
