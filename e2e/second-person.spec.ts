/** What takes two people: one asks at one desk, the other looks and decides at another. Opening a closed month (domain.md §3, Sealing), and an adjustment above the limit (§6). */
import { expect, openSecondDesk, test } from './fixtures/app.ts';
import { askToReopen, openLastClosedMonth } from './pages/periods.ts';
import { Workspace } from './pages/workspace.ts';

// What is posted and settled here would be counted elsewhere.
test.use({ company: 'with two people' });

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

test('an adjustment above the limit is asked for by one person and posted by another’s approval, through the page', async ({ page, world, browser }) => {
  const asking = new Workspace(page);
  const dialog = page.getByRole('dialog');
  await asking.goTo('/reconciliation?reason=missing-in-ledger&currency=usd');
  await asking.waitForRows();
  await asking.rows().first().click();
  const difference = new URL(page.url()).hash.split('?')[0]?.slice(1) ?? '';
  const entry = asking.panel.getByRole('link', { name: 'Journal entry' });
  await asking.panel.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Post an adjustment…' }).click();
  await dialog.getByRole('textbox', { name: 'Amount in USD' }).fill('500.01');
  await expect(dialog.getByRole('status', { name: 'The entry' })).toContainText('Above the limit of 500.00 USD: a second person approves it before anything is posted.');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Collected by hand, never booked.');
  await dialog.getByRole('button', { name: 'Ask a second person' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(asking.panel.getByText('You asked for it')).toBeVisible();
  await expect(asking.panel.getByRole('button', { name: 'Approve…' })).toHaveCount(0);
  await expect(entry, 'nothing is posted by asking').toHaveCount(0);
  await syncSharedDatabase(asking);

  const second = await openSecondDesk(browser, world);
  const deciding = new Workspace(second.page);
  await syncSharedDatabase(deciding);
  await deciding.goTo('/reconciliation?status=unsettled&waits=yes');
  await deciding.waitForRows();
  await expect(deciding.rows()).toHaveCount(1);
  await expect(second.page.getByRole('button', { name: 'For a second person' })).toHaveAttribute('aria-pressed', 'true');
  await deciding.rows().first().click();
  await expect(deciding.panel).toContainText('Collected by hand, never booked.');
  await expect(deciding.panel).toContainText('demo_accountant');
  // By the keyboard alone.
  await deciding.panel.getByRole('button', { name: 'Approve…' }).focus();
  await second.page.keyboard.press('Enter');
  const decision = second.page.getByRole('dialog');
  await expect(decision).toContainText('your name stands beside the one who asked');
  await decision.getByRole('button', { name: 'Approve and post' }).focus();
  await second.page.keyboard.press('Enter');
  await expect(decision).toHaveCount(0);
  await expect(deciding.panel.getByRole('button', { name: 'Reopen…' })).toBeVisible();
  // The decision stands in the shared database at once; what it settled goes there with the next sync.
  await syncSharedDatabase(deciding);
  expect(second.errors, 'the console of the second desk stays silent').toEqual([]);
  await second.page.context().close();

  // The desk that asked has the entry and the outcome with its next sync.
  await syncSharedDatabase(asking);
  await asking.goTo(difference);
  await expect(asking.panel.getByRole('button', { name: 'Reopen…' })).toBeVisible();
  const approval = asking.panel.getByRole('listitem').filter({ hasText: 'demo_admin' });
  await expect(approval).toContainText('asked by demo_accountant');
  await approval.getByRole('link', { name: 'Open' }).click();
  await expect(asking.panel).toHaveAccessibleName('Journal entry');
  await expect(asking.panel).toContainText('Collected by hand, never booked.');
  const postings = asking.panel.getByRole('group', { name: 'Postings' }).getByRole('row');
  await expect(postings.filter({ hasText: '1100 Stripe clearing' })).toContainText('500.01 USD');
  await expect(postings.filter({ hasText: '9900 Suspense' })).toContainText('500.01 USD');
});
