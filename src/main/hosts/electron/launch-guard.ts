/**
 * Command-line switches that would open a side door into the app.
 */
const refusedSwitches = ['remote-debugging-port', 'remote-debugging-pipe', 'remote-debugging-address', 'remote-debugging-targets', 'remote-allow-origins', 'inspect', 'inspect-brk', 'inspect-port', 'js-flags', 'load-extension', 'disable-web-security', 'no-sandbox', 'disable-site-isolation-trials', 'user-data-dir', 'host-rules', 'host-resolver-rules', 'ignore-certificate-errors', 'proxy-server', 'proxy-pac-url', 'renderer-cmd-prefix', 'utility-cmd-prefix', 'gpu-launcher', 'single-process', 'disable-gpu-sandbox', 'allow-file-access-from-files', 'log-net-log', 'unsafely-treat-insecure-origin-as-secure'];
/** What the end-to-end runner needs to steer an unpackaged app. */
const neededByTests = new Set(['remote-debugging-port', 'inspect', 'no-sandbox']);

export interface LaunchGuardOptions {
  readonly argv: readonly string[];
  readonly isPackaged: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/** The first switch that is refused, null when there is none. A packaged app knows no exception. */
export function refusedSwitch({ argv, isPackaged, env, platform = process.platform }: LaunchGuardOptions): string | null {
  // As Chromium reads it: blanks around a switch do not count, and on Windows a slash begins one too.
  const form = platform === 'win32' ? /^(?:--?|\/)([a-z-]+)(=|$)/i : /^--?([a-z-]+)(=|$)/i;
  const isUnderTest = !isPackaged && env['DAYBOOK_E2E'] === '1';
  for (const argument of argv) {
    const name = form.exec(argument.trim())?.[1]?.toLowerCase();
    if (name && refusedSwitches.includes(name) && !(isUnderTest && neededByTests.has(name))) return `--${name}`;
  }
  return null;
}

/** The data folder named on the command line, as `--data DIR` or `--data=DIR`. */
export function dataFolderArgument(argv: readonly string[]): string | null {
  const index = argv.findIndex((argument) => argument === '--data' || argument.startsWith('--data='));
  if (index === -1) return null;
  const argument = argv[index] ?? '';
  return (argument.includes('=') ? argument.slice('--data='.length) : argv[index + 1]) || null;
}
