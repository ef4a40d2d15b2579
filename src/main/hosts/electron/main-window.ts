/**
 * The window: how it is locked down, and where it was when it was closed.
 */
import { readFileSync } from 'node:fs';
import type { BrowserWindowConstructorOptions, Rectangle } from 'electron';
import { z } from 'zod';
import { writePrivateFile } from '../../platform/private-file.ts';

export interface MainWindowOptions {
  readonly preload: string;
  readonly isPackaged: boolean;
  readonly state: WindowState;
}

export function mainWindowOptions({ preload, isPackaged, state }: MainWindowOptions): BrowserWindowConstructorOptions {
  return {
    title: 'Daybook',
    ...state.bounds,
    minWidth: 960,
    minHeight: 600,
    show: false,
    autoHideMenuBar: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      devTools: !isPackaged,
    },
  };
}

const stateSchema = z.object({
  bounds: z.object({ x: z.number().int().optional(), y: z.number().int().optional(), width: z.number().int().min(960), height: z.number().int().min(600) }),
  isMaximized: z.boolean(),
});
export interface WindowState {
  readonly bounds: Partial<Rectangle>;
  readonly isMaximized: boolean;
}

const freshState: WindowState = { bounds: { width: 1440, height: 900 }, isMaximized: false };

/** Where the window was, unless that is on no screen any more. */
export function readWindowState(file: string, screens: readonly Rectangle[]): WindowState {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return freshState;
  }
  const parsed = stateSchema.safeParse(value);
  if (!parsed.success) return freshState;
  const { x, y, width, height } = parsed.data.bounds;
  const isVisible = x !== undefined && y !== undefined && screens.some((screen) => x + 100 < screen.x + screen.width && x + width > screen.x + 100 && y >= screen.y - 10 && y + 50 < screen.y + screen.height);
  return { bounds: isVisible ? { x, y, width, height } : { width, height }, isMaximized: parsed.data.isMaximized };
}

export function writeWindowState(file: string, state: { readonly bounds: Rectangle; readonly isMaximized: boolean }): void {
  writePrivateFile(file, JSON.stringify(state));
}
