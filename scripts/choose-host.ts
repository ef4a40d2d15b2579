/**
 * Which window the app opens in, and the sentence that says so.
 */
import type { InstalledBrowser } from '../src/main/hosts/browser/installed-browsers.ts';

export interface Circumstances {
  readonly isBrowserForced: boolean;
  /** Only print the link. */
  readonly isOpening: boolean;
  /** Whether a window can appear here at all. */
  readonly hasDisplay: boolean;
  /** Chromium's sandbox does not work for root, and Daybook does not switch it off. */
  readonly isRoot: boolean;
  /** The path of Electron's binary, or why there is none; asked only when it matters. */
  findElectron(): Promise<{ readonly path: string } | { readonly reason: string }>;
  findBrowser(): InstalledBrowser | null;
}

export type ChosenHost =
  | { readonly kind: 'electron'; readonly path: string; readonly sentence: string }
  | { readonly kind: 'app-window'; readonly browser: InstalledBrowser; readonly sentence: string }
  | { readonly kind: 'link'; readonly sentence: string };

export async function chooseHost(circumstances: Circumstances): Promise<ChosenHost> {
  const { isBrowserForced, isOpening, hasDisplay, isRoot } = circumstances;
  if (!isOpening) return link('as asked, nothing is opened');
  if (!hasDisplay) return link('there is no screen here that a window could open on');
  if (isRoot) return link('this is the root user, for whom the windows’ own protection does not work');
  let reason = 'the browser was asked for';
  if (!isBrowserForced) {
    const electron = await circumstances.findElectron();
    if ('path' in electron) return { kind: 'electron', path: electron.path, sentence: 'Daybook opens in its own window (Electron), whose program is installed.' };
    reason = electron.reason;
  }
  return withoutElectron(circumstances.findBrowser(), reason);
}

/** Also the way on when Electron was chosen and did not start. */
export function withoutElectron(browser: InstalledBrowser | null, reason: string): ChosenHost {
  if (browser) return { kind: 'app-window', browser, sentence: `Daybook opens in a window of ${browser.name} (${browser.path}): ${reason}.` };
  return link(`${reason}, and no Chrome, Edge or Chromium was found`);
}

function link(reason: string): ChosenHost {
  return { kind: 'link', sentence: `Daybook waits for your browser: ${reason}.` };
}
