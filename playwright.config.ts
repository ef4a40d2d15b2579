import { defineConfig, type LaunchOptions } from '@playwright/test';

/** On Linux the browser comes with the npm packages; elsewhere an installed Chrome is used. `DAYBOOK_E2E_BROWSER` names another one. */
async function launchOptions(): Promise<LaunchOptions> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const named = process.env['DAYBOOK_E2E_BROWSER'];
  if (named) return { executablePath: named, args };
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome', args };
  const { default: chromium } = await import('@sparticuz/chromium');
  return { executablePath: await chromium.executablePath(), args };
}

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  // One-time links, several tabs and a second person's desk are the browser host's own; a window has none of them.
  testIgnore: process.env['DAYBOOK_E2E_HOST'] === 'electron' ? ['**/first-start.spec.ts', '**/second-person.spec.ts', '**/contracts.spec.ts'] : [],
  globalSetup: './e2e/fixtures/finished-company.ts',
  outputDir: 'test-results',
  // Each worker has a demo company of its own. One alone leaves half of two cores idle: the page waits for the backend, and the backend for the page.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  // Two workers share the cores: what comes may come later, and only what does not come takes so long.
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: { browserName: 'chromium', viewport: { width: 1440, height: 900 }, locale: 'en-US', colorScheme: 'light', reducedMotion: 'reduce', trace: 'off', launchOptions: await launchOptions() } as NonNullable<Parameters<typeof defineConfig>[0]['use']>,
});
