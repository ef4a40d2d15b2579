/**
 * One port for each page of ours, handed to its main frame once; anything else is refused aloud (architecture.md §3).
 */
import type { IpcMain, MessageChannelMain, MessagePortMain, WebContents } from 'electron';
import type { Logger } from '../../platform/logger.ts';
import { appOrigin, isOwnUrl } from './own-origin.ts';

/** The channels between preload and main; the same words stand in `preload/index.ts`. */
export const askChannel = 'daybook:connect';
export const portChannel = 'daybook:port';
export const refusedChannel = 'daybook:port-refused';

export interface PortHandoverOptions {
  readonly ipcMain: Pick<IpcMain, 'on'>;
  /** The window's contents; nobody else is answered. */
  readonly contents: Pick<WebContents, 'mainFrame' | 'on'>;
  createChannel(): Pick<MessageChannelMain, 'port1' | 'port2'>;
  /** Gives the backend its end. */
  givePort(port: MessagePortMain): void;
  readonly logger: Logger;
}

export interface PortHandover {
  /** The backend is a new one: the page, whose port has closed, may ask once more. */
  allowAgain(): void;
}

export function handPortsOver({ ipcMain, contents, createChannel, givePort, logger }: PortHandoverOptions): PortHandover {
  let isHandedOver = false;
  contents.on('did-start-navigation', (details) => {
    if (details.isMainFrame && !details.isSameDocument) isHandedOver = false; // a new document, the old one's port closes with it
  });
  ipcMain.on(askChannel, (event) => {
    const frame = event.senderFrame;
    const refuse = (reason: string) => {
      logger.error('port-refused', { reason });
      event.reply(refusedChannel, reason);
    };
    if (!frame) return refuse('the frame is gone');
    if (event.sender !== contents) return refuse('not the window');
    if (frame !== contents.mainFrame || frame.parent !== null) return refuse('not the main frame');
    if (frame.origin !== appOrigin || !isOwnUrl(frame.url)) return refuse('not our origin');
    if (isHandedOver) return refuse('handed over already');
    isHandedOver = true;
    const { port1, port2 } = createChannel();
    givePort(port1);
    frame.postMessage(portChannel, null, [port2]);
  });
  return { allowAgain: () => void (isHandedOver = false) };
}
