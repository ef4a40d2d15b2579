/**
 * What a page may not do, whatever it tries (architecture.md §12, Electron).
 */
import type { Session, Shell, WebContents } from 'electron';
import type { Logger } from '../../platform/logger.ts';
import { appOrigin, isOwnUrl, mayOpenOutside } from './own-origin.ts';

export type SessionLike = Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'setDisplayMediaRequestHandler' | 'setBluetoothPairingHandler'>;

/** “Copy” puts text on the clipboard; it reads nothing and is the only thing a page of ours may ask for. */
const copyText = 'clipboard-sanitized-write';

/** Every permission is denied, asked or silently checked, in every session. */
export function denyPermissions(session: SessionLike, logger: Logger): void {
  session.setPermissionRequestHandler((contents, permission, callback) => {
    const isAllowed = permission === copyText && isOwnUrl(contents.getURL());
    if (!isAllowed) logger.warn('permission-refused', { permission });
    callback(isAllowed);
  });
  session.setPermissionCheckHandler((_, permission, requestingOrigin) => permission === copyText && (requestingOrigin === appOrigin || requestingOrigin === `${appOrigin}/`));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_, callback) => callback({}));
  session.setBluetoothPairingHandler((_, callback) => callback({ confirmed: false }));
}

/** Navigation elsewhere, redirects, new windows and webviews are denied for every kind of contents. */
export function hardenContents(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>, shell: Pick<Shell, 'openExternal'>, logger: Logger): void {
  const stay = (event: { preventDefault(): void; readonly url: string }) => {
    if (isOwnUrl(event.url)) return;
    event.preventDefault();
    logger.warn('navigation-refused', { to: originOf(event.url) });
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    logger.warn('webview-refused');
  });
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) {
      shell.openExternal(url).catch((error: unknown) => logger.warn('open-external-failed', { error }));
    } else {
      logger.warn('window-refused', { to: originOf(url) });
    }
    return { action: 'deny' };
  });
}

/** Enough for the log: a whole address may hold names and tokens. */
function originOf(url: string): string {
  return URL.parse(url)?.origin ?? 'no address';
}
