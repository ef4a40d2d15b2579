/** What every list can do: typing goes to a row, columns are pinned, views are kept. */
import { expect, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

test('typing goes to the next row that begins so, beyond what is in sight', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/customers');
  await workspace.waitForRows();
  const total = await workspace.total();
  await workspace.grid.focus();
  await page.keyboard.press('Control+End');
  await expect.poll(() => workspace.activeRow()).toBe(total);
  await page.keyboard.press('Home');
  const last = (await workspace.cell(workspace.rows().last(), 'Customer').innerText()).slice(0, 6);
  await page.keyboard.press('Control+Home');
  await expect.poll(() => workspace.activeRow()).toBe(1);
  await page.keyboard.type(last);
  await expect.poll(() => workspace.activeText()).toMatch(new RegExp(`^${last}`, 'i'));
  expect(await workspace.activeRow()).toBeGreaterThan(1);
});

test('a pinned column stays in sight and is still pinned in another window', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices/payments');
  await workspace.waitForRows();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('button', { name: 'Pin Amount' }).click();
  await page.keyboard.press('Escape');
  await expect(workspace.grid.getByRole('columnheader').nth(1)).toHaveText('Amount');
  await page.setViewportSize({ width: 560, height: 700 });
  await workspace.grid.focus();
  await page.keyboard.press('End');
  const left = () => workspace.grid.getByRole('columnheader', { name: 'Amount' }).evaluate((head) => head.getBoundingClientRect().left - (head.closest('[role="grid"]')?.getBoundingClientRect().left ?? 0));
  expect(await left()).toBeLessThan(60);
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect.poll(async () => {
    const other = await page.context().newPage();
    await other.goto(await world.startUrl());
    await other.getByRole('navigation', { name: 'Workspaces' }).waitFor();
    await other.evaluate(() => { window.location.hash = '/invoices/payments'; });
    const second = await other.getByRole('grid').getByRole('columnheader').nth(1).innerText();
    await other.close();
    return second;
  }, { timeout: 20_000 }).toBe('Amount');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('button', { name: 'Pin Amount' }).click();
});

test('a view keeps filter, sort and columns under a name, and the address stays the truth', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?status=open&sort=total:ascending');
  await workspace.waitForRows();
  const shown = await workspace.total();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('Open, smallest first');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Remove the view Open, smallest first' })).toBeVisible();
  await page.keyboard.press('Escape');
  await workspace.goTo('/invoices');
  await expect.poll(() => workspace.total()).toBeGreaterThan(shown);
  await page.getByRole('button', { name: 'Views (1)' }).click();
  await page.getByRole('button', { name: 'Open, smallest first', exact: true }).click();
  await expect(page).toHaveURL(/status=open/);
  await expect(page).toHaveURL(/sort=total/);
  await expect.poll(() => workspace.total()).toBe(shown);
  await expect(workspace.grid).toBeFocused();
  await page.getByRole('button', { name: 'Views (1)' }).click();
  await page.getByRole('button', { name: 'Remove the view Open, smallest first' }).click();
  await expect(page.getByRole('button', { name: 'Remove the view Open, smallest first' })).toHaveCount(0);
});

test('a view that is shared stands for everybody beside one’s own, and is taken back by who shared it', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?status=open');
  await workspace.waitForRows();
  const shown = await workspace.total();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('What is open');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.getByRole('button', { name: 'Share the view What is open with everybody' }).click();
  const shared = page.getByRole('list', { name: 'Shared views' });
  await expect(shared.getByRole('button', { name: 'What is open', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Remove the view What is open', exact: true }).click();
  await page.keyboard.press('Escape');
  await workspace.goTo('/invoices');
  await page.getByRole('button', { name: 'Views (1)' }).click();
  await shared.getByRole('button', { name: 'What is open', exact: true }).click();
  await expect(page).toHaveURL(/status=open/);
  await expect.poll(() => workspace.total()).toBe(shown);
  await page.getByRole('button', { name: 'Views (1)' }).click();
  await shared.getByRole('button', { name: 'Take back the shared view What is open' }).click();
  await expect(shared).toHaveCount(0);
});

test('a list says that it is being read until its first page has come, not that there is nothing', async ({ page }) => {
  let isHeld = false;
  const held: (() => void)[] = [];
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => { if (isHeld) held.push(() => socket.send(message)); else socket.send(message); });
  });
  await page.reload();
  await page.getByRole('navigation', { name: 'Workspaces' }).waitFor();
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Daybook');
  isHeld = true;
  await page.evaluate(() => { window.location.hash = '/invoices/customers'; });
  await expect(page.getByText('Reading the customers', { exact: true })).toBeVisible();
  await expect(page.getByText('0 customers')).toHaveCount(0);
  isHeld = false;
  held.forEach((send) => send());
  await new Workspace(page).waitForRows();
  await expect(page.getByText('Reading the customers')).toHaveCount(0);
});
