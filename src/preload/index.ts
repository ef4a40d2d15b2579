/**
 * Hands one MessagePort to the page when it asks; nothing else crosses here.
 */
import { ipcRenderer } from 'electron';

/** The same words as in `hosts/electron/port-handover.ts` and in the page's `port-road.ts`. */
const askForPort = 'daybook:connect';
const hereIsPort = 'daybook:port';
const portIsRefused = 'daybook:port-refused';

window.addEventListener('message', (event) => {
  if (event.source === window && event.origin === location.origin && event.data === askForPort) ipcRenderer.send(askForPort);
});
ipcRenderer.on(hereIsPort, (event) => {
  const [port] = event.ports;
  if (port) window.postMessage(hereIsPort, location.origin, [port]);
});
ipcRenderer.on(portIsRefused, (_, reason: unknown) => console.error(`Daybook refused this page a port: ${String(reason)}.`));
