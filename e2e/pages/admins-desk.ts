/** The admin's desk, where contracts are edited, and what every edit goes through there. */
import type { Page } from '@playwright/test';
import { expect, openApp, test as base, watchForErrors } from '../fixtures/app.ts';
import type { DemoWorld } from '../fixtures/demo-world.ts';
import { Workspace } from './workspace.ts';

export { expect };

/** Everything here happens at the admin's desk, the second one; the accountant's is the colleague's. */
export const test = base.extend({
  page: async ({ page, world }, use) => {
    const errors = watchForErrors(page);
    await openApp(page, atAdminsDesk(world));
    await use(page);
    expect(errors, 'the console stays silent').toEqual([]);
  },
});

export function atAdminsDesk(world: DemoWorld): DemoWorld {
  return { ...world, startUrl: () => world.secondDeskUrl() };
}

/** A busy machine answers late; what is waited for is a state, however long it takes. */
export const expectSoon = expect.configure({ timeout: 60_000 });

export async function openContract(page: Page, prefix: string): Promise<Workspace> {
  const workspace = new Workspace(page);
  await workspace.goTo(`/partners/contracts?text=${prefix}`);
  await workspace.waitForRows();
  await workspace.row(prefix).first().click();
  await expectSoon(workspace.panel.getByRole('heading', { name: 'Terms over time' })).toBeVisible();
  return workspace;
}

/** The rules and the preview have answered to what is typed now. */
export async function waitForAnswers(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await expectSoon(dialog.getByRole('form')).toHaveAttribute('aria-busy', 'false');
  const preview = dialog.getByRole('region', { name: 'Price preview' });
  if ((await preview.count()) > 0) await expectSoon(preview).toHaveAttribute('aria-busy', 'false');
}

export async function submitAndRead(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog');
  await waitForAnswers(page);
  await dialog.getByRole('button', { name: /^Submit/ }).click();
  const outcome = dialog.getByRole('status', { name: 'Where the edit is' });
  await expectSoon(outcome).not.toContainText('Waits to be sent');
  const said = (await outcome.textContent()) ?? '';
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toHaveCount(0);
  return said;
}
