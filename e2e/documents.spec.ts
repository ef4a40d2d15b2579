import { expect, test } from './fixtures/app.ts';
import { Workspace } from './pages/workspace.ts';

test('the stored PDF is drawn in the panel, verified against its fingerprint', async ({ page }) => {
  const workspace = new Workspace(page);
  await workspace.goTo('/invoices?origin=partner');
  await workspace.waitForRows();
  await workspace.rows().first().click();
  await workspace.panel.getByRole('button', { name: 'Show PDF' }).click();
  const sheet = workspace.panel.getByRole('img', { name: /^Page 1 of/ });
  await expect(sheet).toHaveAttribute('data-drawn', 'true');
  await expect(workspace.panel).toContainText('verified against its fingerprint');
  // Not a blank sheet: some of its dots are ink.
  const ink = await sheet.evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return 0;
    const dots = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    return dots.reduce((count, value, index) => (index % 4 === 0 && value < 128 ? count + 1 : count), 0);
  });
  expect(ink).toBeGreaterThan(500);
});

test('the chart’s figures are saved as CSV', async ({ page, world }) => {
  const workspace = new Workspace(page);
  await workspace.open('Revenue');
  const download = page.waitForEvent('download');
  await page.getByRole('region', { name: 'MRR and movements', exact: true }).getByRole('button', { name: /^CSV/ }).click();
  const stream = await (await download).createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  const lines = Buffer.concat(chunks).toString('utf8').trim().split('\r\n');
  expect(lines[0]?.replace('\uFEFF', '')).toBe('Month,Currency,Start,New,Expansion,Reactivation,Contraction,Churn,Exchange rates,End,Customers');
  // The newest month comes first, as in the table beside the chart.
  expect(lines[1]).toMatch(new RegExp(`^${world.manifest.mrr.at(-1)?.month ?? ''},${world.manifest.functionalCurrency.toUpperCase()},`));
});
