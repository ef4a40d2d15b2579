/** A real Chromium for tests: the one npm brings on Linux, else one installed on the machine. */
import { chromium, type Browser } from 'playwright';
import { findBrowser } from '../hosts/browser/installed-browsers.ts';

export async function launchTestBrowser(): Promise<Browser> {
  const installed = process.env['DAYBOOK_BROWSER'] || process.platform !== 'linux' ? findBrowser() : null;
  const executablePath = installed?.path ?? (await (await import('@sparticuz/chromium')).default.executablePath());
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
