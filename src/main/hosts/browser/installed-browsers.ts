/**
 * Browsers that can show the app in a window of its own, on the usual places of each system.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, posix, win32 } from 'node:path';

export interface InstalledBrowser {
  readonly name: string;
  readonly path: string;
}

export interface BrowserSearch {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  exists(path: string): boolean;
}

const linuxCommands: readonly (readonly [string, string])[] = [
  ['Google Chrome', 'google-chrome-stable'], ['Google Chrome', 'google-chrome'], ['Microsoft Edge', 'microsoft-edge-stable'], ['Microsoft Edge', 'microsoft-edge'],
  ['Chromium', 'chromium'], ['Chromium', 'chromium-browser'], ['Brave', 'brave-browser'],
];
const macApps: readonly (readonly [string, string])[] = [
  ['Google Chrome', 'Google Chrome.app/Contents/MacOS/Google Chrome'], ['Microsoft Edge', 'Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
  ['Chromium', 'Chromium.app/Contents/MacOS/Chromium'], ['Brave', 'Brave Browser.app/Contents/MacOS/Brave Browser'],
];
const windowsPrograms: readonly (readonly [string, string])[] = [
  ['Google Chrome', 'Google\\Chrome\\Application\\chrome.exe'], ['Microsoft Edge', 'Microsoft\\Edge\\Application\\msedge.exe'],
  ['Chromium', 'Chromium\\Application\\chrome.exe'], ['Brave', 'BraveSoftware\\Brave-Browser\\Application\\brave.exe'],
];

/** The first that is there; `DAYBOOK_BROWSER` names one by its path and comes before all others. */
export function findBrowser({ platform = process.platform, env = process.env, home = homedir(), exists = existsSync }: Partial<BrowserSearch> = {}): InstalledBrowser | null {
  const named = env['DAYBOOK_BROWSER'];
  if (named) return exists(named) ? { name: 'the browser named by DAYBOOK_BROWSER', path: named } : null;
  for (const [name, path] of candidates({ platform, env, home })) if (exists(path)) return { name, path };
  return null;
}

function candidates({ platform, env, home }: Omit<BrowserSearch, 'exists'>): (readonly [string, string])[] {
  if (platform === 'darwin') return ['/Applications', posix.join(home, 'Applications')].flatMap((folder) => macApps.map(([name, app]) => [name, posix.join(folder, app)] as const));
  if (platform === 'win32') {
    const folders = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].filter((folder) => folder !== undefined);
    return windowsPrograms.flatMap(([name, program]) => folders.map((folder) => [name, win32.join(folder, program)] as const));
  }
  const folders = (env['PATH'] ?? '').split(platform === process.platform ? delimiter : ':').filter((folder) => posix.isAbsolute(folder));
  return linuxCommands.flatMap(([name, command]) => [...new Set([...folders, '/usr/bin', '/usr/local/bin', '/snap/bin'])].map((folder) => [name, posix.join(folder, command)] as const));
}

/**
 * Where the window's profile and start file lie: in the data folder, except for a snap, which cannot read hidden folders of the home folder.
 */
export function browserFolder(browser: InstalledBrowser, dataFolder: string, home = homedir()): string {
  if (!browser.path.startsWith('/snap/')) return dataFolder;
  return join(home, 'snap', 'chromium', 'common', `daybook-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)}`);
}

/** An app-mode window: no address bar, a profile of its own, no debugging port, and nothing secret on the command line. */
export function appWindowArguments(startFileUrl: string, profileFolder: string): string[] {
  return [`--app=${startFileUrl}`, `--user-data-dir=${profileFolder}`, '--no-first-run', '--no-default-browser-check', '--disable-sync', '--disable-extensions', '--disable-background-mode', '--window-size=1440,900'];
}
