import { expect } from '@playwright/test';
import type { Workspace } from './workspace.ts';

/** Closes the month that is next, from its checklist, and leaves its panel open. @returns the month as the page names it. */
export async function closeNextMonth(workspace: Workspace): Promise<string> {
  const { page, panel } = workspace;
  await workspace.goTo('/ledger/periods');
  const next = workspace.card('Next to close').getByRole('link');
  const month = await next.innerText();
  await next.click();
  await expect(panel.getByText('Before it can be closed')).toBeVisible();
  await expect(panel.getByText('Debits equal credits')).toBeVisible();
  // What has to be done first is one key away.
  const recognise = panel.getByRole('button', { name: 'Run “Recognise revenue”' });
  if (await recognise.isVisible()) {
    await recognise.click();
    await expect(panel.getByText('All done')).toBeVisible();
  }
  for (const accept of await panel.getByRole('checkbox').all()) await accept.check();
  await panel.getByRole('button', { name: `Close ${month}…` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close the month' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(workspace.card('Closed up to')).toContainText(month);
  return month;
}

/** Opens the panel of the last closed month; closes the next one first where none is closed yet. @returns the month as the page names it. */
export async function openLastClosedMonth(workspace: Workspace): Promise<string> {
  const { page, panel } = workspace;
  await workspace.goTo('/ledger/periods');
  const months = page.getByRole('group', { name: 'Months' });
  await expect(months.getByRole('row').nth(1)).toBeVisible();
  const closed = months.getByRole('row').filter({ has: page.getByRole('link') }).filter({ has: page.getByText('Closed', { exact: true }) }).first();
  if ((await closed.count()) === 0) return closeNextMonth(workspace);
  const link = closed.getByRole('link').first();
  const month = await link.innerText();
  await link.click();
  await expect(panel.getByRole('button', { name: 'Ask to reopen…' })).toBeVisible();
  return month;
}

/** Asks in the open panel of a closed month to open it again. */
export async function askToReopen({ page, panel }: Workspace, reason: string): Promise<void> {
  await panel.getByRole('button', { name: 'Ask to reopen…' }).click();
  const ask = page.getByRole('dialog').getByRole('button', { name: /^(Ask to reopen|Reopen the month)$/ });
  await expect(ask).toBeDisabled();
  await page.getByRole('textbox', { name: 'Why it has to be opened again' }).fill(reason);
  await ask.click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(panel).toContainText(reason);
}
