/**
 * Electron's road: the preload hands one MessagePort over when the page asks for it.
 */
import { RPCLink } from '@orpc/client/message-port';
import { rpcSerializers } from '../../../../shared/api/bytes-serializer.ts';
import { connectionLost } from '../../../../shared/api/backend-error.ts';
import type { Road } from './connection.ts';

/** The words between page and preload; the same stand in `preload/index.ts`. */
export const askForPort = 'daybook:connect';
export const hereIsPort = 'daybook:port';
const portTimeoutMs = 15_000;
/** A backend that died is replaced in a moment; until the main process knows, it refuses a second port. */
const askAgainMs = 1_000;

/** The page's window, as far as it is needed here. */
export type PageWindow = Pick<Window, 'addEventListener' | 'removeEventListener' | 'postMessage'> & { readonly location: { readonly origin: string } };

export async function openPortRoad(page: PageWindow): Promise<Road> {
  const port = await receivePort(page);
  const link = new RPCLink({ port, customJsonSerializers: rpcSerializers });
  let isOpen = true;
  port.addEventListener('close', () => (isOpen = false), { once: true });
  port.start();
  return {
    link,
    isOpen: () => isOpen,
    onClosed: (listener) => port.addEventListener('close', () => listener(null), { once: true }),
    close: () => port.close(),
  };
}

function receivePort(page: PageWindow): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(patience);
      clearInterval(asking);
      page.removeEventListener('message', onMessage);
    };
    const patience = setTimeout(() => {
      stop();
      reject(connectionLost());
    }, portTimeoutMs);
    function onMessage(event: MessageEvent<unknown>): void {
      const port = event.ports[0];
      if (event.source !== page || event.origin !== page.location.origin || event.data !== hereIsPort || !port) return;
      stop();
      resolve(port);
    }
    const ask = () => page.postMessage(askForPort, page.location.origin);
    const asking = setInterval(ask, askAgainMs);
    page.addEventListener('message', onMessage);
    ask();
  });
}
