/** Opening a closed month takes two people: one asks at one desk, the other looks and decides at another (domain.md §3, Sealing). */
import { expect, openSecondDesk, test } from './fixtures/app.ts';
import { askToReopen, openLastClosedMonth } from './pages/periods.ts';
import { Workspace } from './pages/workspace.ts';

/** As a person at the desk does it, from the list of jobs. */
async function syncSharedDatabase(workspace: Workspace): Promise<void> {
  await workspace.goTo('/jobs');
  await workspace.page.getByRole('button', { name: /^Run .*shared database.* now$/ }).click();
  await expect(workspace.page.getByText(/shared database is done$/).first()).toBeVisible();
}

test('reopening a month is asked for by one person and approved by another, through the page', async ({ page, world, browser }) => {
  const asking = new Workspace(page);
  const month = await openLastClosedMonth(asking);
  await askToReopen(asking, 'The bill of a partner was missing.');
  await expect(asking.panel.getByText('Another person approves it')).toBeVisible();
  await expect(asking.panel.getByRole('button', { name: 'Approve…' })).toHaveCount(0);

  const second = await openSecondDesk(browser, world);
  const deciding = new Workspace(second.page);
  await syncSharedDatabase(deciding);
  await deciding.goTo('/today');
  const item = second.page.getByText(/^Reopening .+ is asked for$/);
  await expect(item).toHaveCount(1);
  await second.page.getByRole('link', { name: 'Look and decide' }).click();
  await expect(deciding.panel).toContainText('The bill of a partner was missing.');
  await expect(deciding.panel).toContainText('demo_accountant');
  await expect(deciding.panel.getByText('You can approve it: you did not ask.')).toBeVisible();

  // By the keyboard alone.
  await deciding.panel.getByRole('button', { name: 'Approve…' }).focus();
  await second.page.keyboard.press('Enter');
  const dialog = second.page.getByRole('dialog');
  await expect(dialog).toContainText('You are the second person');
  await dialog.getByRole('button', { name: 'Approve', exact: true }).focus();
  await second.page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(deciding.card('Asked to reopen')).toContainText('None');
  await expect(deciding.card('Next to close')).toContainText(month);
  await expect(deciding.panel).toContainText('by demo_admin, four eyes on');
  await deciding.goTo('/today');
  await expect(item).toHaveCount(0);
  expect(second.errors, 'the console of the second desk stays silent').toEqual([]);
  await second.page.context().close();

  // The desk that asked learns of it with its next sync.
  await syncSharedDatabase(asking);
  await asking.goTo('/ledger/periods');
  await expect(asking.card('Next to close')).toContainText(month);
  await asking.card('Next to close').getByRole('link').click();
  await expect(asking.panel).toContainText('by demo_admin, four eyes on');
  await expect(asking.panel.getByText('Before it can be closed')).toBeVisible();
});
