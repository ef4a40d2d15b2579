/** Settings, People: an admin lets somebody in, gives them another role and a new password, and takes them away; nobody else sees the room (docs/adr/0019). */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, openSecondDesk, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

test('an admin manages people by the keyboard, a password is seen once, and an accountant is told whose room it is', async ({ page, world, browser }, testInfo) => {
  const accountant = new Workspace(page);
  await accountant.goTo('/settings');
  await expect(page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'People' })).toHaveCount(0);
  await accountant.goTo('/settings/people');
  await expect(page.getByRole('heading', { name: 'For admins' })).toBeVisible();

  const desk = await openSecondDesk(browser, world);
  const admin = new Workspace(desk.page);
  await admin.goTo('/jobs');
  await desk.page.getByRole('button', { name: /^Run .*shared database.* now$/ }).click();
  await expect(desk.page.getByText(/shared database is done$/).first()).toBeVisible();
  await admin.goTo('/settings');
  await desk.page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'People' }).click();
  const rowOf = (name: string) => desk.page.getByRole('row').filter({ has: desk.page.getByRole('rowheader', { name }) });
  await expect(rowOf('demo_admin')).toContainText('You: another admin changes this');
  await expect(rowOf('demo_admin')).toContainText('Now');
  await expect(rowOf('demo_relay')).toContainText('Kept by the owner');
  await expect(rowOf('demo_relay').getByRole('button')).toHaveCount(0);

  const dialog = desk.page.getByRole('dialog');
  const press = async (name: string): Promise<void> => {
    await desk.page.getByRole('button', { name, exact: true }).focus();
    await desk.page.keyboard.press('Enter');
  };
  /** Light and dark: a picture of each for whoever judges it, and axe finds nothing. */
  const look = async (what: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      await desk.page.emulateMedia({ colorScheme: theme });
      await expect(desk.page.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme);
      await desk.page.screenshot({ path: testInfo.outputPath(`people-${what}-${theme}.png`), animations: 'disabled' });
      expect((await new AxeBuilder({ page: desk.page }).analyze()).violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.target) })), `${what}, ${theme}`).toEqual([]);
    }
  };
  await press('Add a person…');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Ben Miller');
  await expect(dialog.getByRole('button', { name: 'Add' })).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('ben_miller');
  await dialog.getByRole('radio', { name: 'Viewer' }).focus();
  await desk.page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('radio', { name: 'Finance' })).toBeChecked();
  await look('adding');
  await press('Add');
  await expect(dialog).toContainText('ben_miller may sign in');
  const first = await dialog.locator('code').first().textContent();
  expect(first).toMatch(/^[\w-]{32}$/);
  await expect(dialog).toContainText('postgres://ben_miller@');
  await desk.page.keyboard.press('Escape'); // a stray key does not lose it
  await expect(dialog).toContainText('shown once');
  await look('password');
  await press('Done');
  await expect(dialog).toHaveCount(0);
  await expect(rowOf('ben_miller')).toContainText('Finance');
  await expect(rowOf('ben_miller')).toContainText('by demo_admin');
  await expect(desk.page.getByText(first ?? 'none')).toHaveCount(0);

  await press('Change the role of ben_miller');
  await dialog.getByRole('radio', { name: 'Viewer' }).check();
  await press('Make them viewer');
  await expect(dialog).toHaveCount(0);
  await expect(rowOf('ben_miller')).toContainText('Viewer');

  await press('Give ben_miller a new password');
  await press('Give a new password');
  await expect(dialog.locator('code').first()).not.toHaveText(first ?? '');
  await press('Done');

  // A name that is taken is said as such.
  await press('Add a person…');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('ben_miller');
  await press('Add');
  await expect(dialog.getByRole('alert')).toContainText('user-exists');
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  await look('list');
  await press('Remove ben_miller');
  await expect(dialog.getByRole('button', { name: 'Leave it' })).toBeFocused();
  await press('Remove');
  await expect(dialog).toHaveCount(0);
  await expect(rowOf('ben_miller')).toHaveCount(0);
  expect(desk.errors, 'the console stays silent').toEqual([]);
  await desk.page.context().close();
});
