/**
 * Electron's main process: lifecycle and windows only. The backend is a process of its own; its calls go over ports that pass through here once.
 */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, MessageChannelMain, protocol, safeStorage, screen, session, shell, utilityProcess } from 'electron';
import type { ErrorOnTheWire } from '../shared/errors/errors.ts';
import { appSchemePrivileges, serveAppProtocol } from './hosts/electron/app-protocol.ts';
import { startBackendProcess, type BackendProcess } from './hosts/electron/backend-process.ts';
import { dataFolderArgument, refusedSwitch } from './hosts/electron/launch-guard.ts';
import { mainWindowOptions, readWindowState, writeWindowState } from './hosts/electron/main-window.ts';
import { menuTemplate } from './hosts/electron/menu.ts';
import { appOrigin } from './hosts/electron/own-origin.ts';
import { handPortsOver, type PortHandover } from './hosts/electron/port-handover.ts';
import { createSecretKeeper } from './hosts/electron/secret-keeper.ts';
import { denyPermissions, hardenContents } from './hosts/electron/window-security.ts';
import { listStaticFiles } from './hosts/static-files.ts';
import { dataSubfolder, defaultDataFolder, keepNewFilesPrivate, prepareDataFolder } from './platform/data-folder.ts';
import { builtFile, entryPoint } from './platform/entry-points.ts';
import { createFileLogger } from './platform/file-logger.ts';
import type { Logger } from './platform/logger.ts';

const refused = refusedSwitch({ argv: process.argv.slice(1), isPackaged: app.isPackaged, env: process.env });
if (refused) {
  process.stderr.write(`Daybook does not start with ${refused}: it would let another program into the window.\n`);
  app.exit(2);
} else {
  run();
}

function run(): void {
  keepNewFilesPrivate();
  const dataFolder = prepareDataFolder(dataFolderArgument(process.argv) ?? defaultDataFolder());
  const logger = createFileLogger({ dataFolder, fields: { pid: process.pid, part: 'electron-main' } });
  app.setPath('userData', dataSubfolder(dataFolder, 'electron'));
  if (!app.requestSingleInstanceLock()) {
    app.quit(); // the first instance shows its window
    return;
  }
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([appSchemePrivileges]);
  app.on('session-created', (created) => denyPermissions(created, logger));
  app.on('web-contents-created', (_, contents) => hardenContents(contents, shell, logger));
  app.on('window-all-closed', () => app.quit());
  app.whenReady().then(() => open(dataFolder, logger)).catch((error: unknown) => {
    logger.error('start-failed', { error });
    tell({ code: 'start-failed', kind: 'invariant', data: {}, message: error instanceof Error ? error.message : 'Daybook could not start.', nextStep: null });
  });
}

function open(dataFolder: string, logger: Logger): void {
  denyPermissions(session.defaultSession, logger);
  serveAppProtocol(protocol, listStaticFiles(builtFile('renderer')));
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({
    platform: process.platform, isPackaged: app.isPackaged,
    openDataFolder: () => void shell.openPath(dataFolder),
    openLogFolder: () => void shell.openPath(join(dataFolder, 'logs')),
  })));

  let handover: PortHandover | undefined;
  const backend = startBackendProcess({
    fork() {
      handover?.allowAgain();
      return utilityProcess.fork(entryPoint('backend'), [], { serviceName: 'Daybook backend', stdio: 'inherit' });
    },
    dataFolder, logger,
    secrets: createSecretKeeper({ safeStorage, dataFolder, platform: process.platform }),
    failed: tell,
    nowMs: () => performance.now(),
  });
  const window = openWindow(dataFolder);
  handover = handPortsOver({ ipcMain, contents: window.webContents, createChannel: () => new MessageChannelMain(), givePort: (port) => backend.givePort(port), logger });
  closeInOrder(backend);
  void window.loadURL(`${appOrigin}/`);
}

function openWindow(dataFolder: string): BrowserWindow {
  const stateFile = join(dataFolder, 'window.json');
  const state = readWindowState(stateFile, screen.getAllDisplays().map((display) => display.workArea));
  const window = new BrowserWindow(mainWindowOptions({ preload: builtFile('preload', 'index.cjs'), isPackaged: app.isPackaged, state }));
  if (state.isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => writeWindowState(stateFile, { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }));
  window.webContents.on('render-process-gone', (_, details) => {
    if (details.reason !== 'clean-exit') window.reload();
  });
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  return window;
}

/** The backend closes its books before the app goes. */
function closeInOrder(backend: BackendProcess): void {
  let isClosed = false;
  app.on('before-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    void backend.stop().finally(() => {
      isClosed = true;
      app.quit();
    });
  });
}

function tell(error: ErrorOnTheWire): void {
  dialog.showErrorBox('Daybook', [error.message, error.nextStep ?? '', `(${error.code})`].filter(Boolean).join('\n\n'));
  app.exit(1);
}
