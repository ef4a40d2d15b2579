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
  outputDir: 'test-results',
  // One demo company at a time: two of them would fight for the two cores of a small machine.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: { browserName: 'chromium', viewport: { width: 1440, height: 900 }, locale: 'en-US', colorScheme: 'light', reducedMotion: 'reduce', trace: 'off', launchOptions: await launchOptions() } as NonNullable<Parameters<typeof defineConfig>[0]['use']>,
});
