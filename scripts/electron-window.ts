/**
 * The app in real Electron under the end-to-end runner: for machines where its program is installed (the workflow's). Needs a finished `npm run build`.
 */
import { join } from 'node:path';
import { _electron, type Page } from 'playwright';

export interface ElectronWindow {
  readonly page: Page;
  close(): Promise<void>;
}

/** Opens the window on a data folder nobody owns; secrets come in `env`, as on every road. */
export async function openElectronWindow({ dataFolder, env }: { readonly dataFolder: string; readonly env: Readonly<Record<string, string | undefined>> }): Promise<ElectronWindow> {
  const given = Object.entries({ ...env, DAYBOOK_E2E: '1' }).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[0] !== 'ELECTRON_RUN_AS_NODE');
  const app = await _electron.launch({ args: [join(import.meta.dirname, '..'), '--data', dataFolder], env: Object.fromEntries(given) });
  return { page: await app.firstWindow(), close: () => app.close() };
}
