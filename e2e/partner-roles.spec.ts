/** The Partners workspace of a role that may not read it: said as such, and not as an empty list. */
import { withClient } from '../sandbox/postgres.ts';
import { expect, test } from './fixtures/app.ts';
import { picture } from './pages/axe.ts';
import { Workspace } from './pages/workspace.ts';

// A role that shrinks takes its copies off the desk: nobody else may be on it.
test.use({ company: 'with a role that shrinks' });

test('who became a viewer is told that their role does not read partners, in every room', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/partners/contracts');
  await workspace.waitForRows();
  await withClient(world.desk.ownerUrl, (client) => client.query('REVOKE daybook_accountant FROM demo_accountant; GRANT daybook_viewer TO demo_accountant'));
  await workspace.goTo('/jobs');
  await page.getByRole('button', { name: /^Run .*shared database.* now$/ }).click();
  await expect(page.getByText(/shared database is done$/).first()).toBeVisible();
  await page.reload();
  for (const room of ['/partners', '/partners/contracts', '/partners/conflicts', '/partners/approvals', '/partners/queue']) {
    await workspace.goTo(room);
    await expect(page.getByRole('heading', { name: 'Your role does not read partners' })).toBeVisible();
    await expect(workspace.grid).toHaveCount(0);
  }
  await picture(page, 'partners-viewer');
});
