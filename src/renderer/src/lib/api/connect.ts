/**
 * The page's one connection to the backend: over the handed port in Electron, over the WebSocket in the browser host.
 */
import { connectionLost } from '../../../../shared/api/backend-error.ts';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { createConnection, type Connection, type ConnectionListener, type ConnectionState } from './connection.ts';
import { openPortRoad } from './port-road.ts';
import { watchPagePresence } from './presence.ts';
import { openSocketRoad } from './socket-road.ts';

export type { ConnectionListener, ConnectionState } from './connection.ts';

/** Where the start page left the secret; the same words stand in the browser host's `bootstrap-page.ts`. */
const sessionSecretKey = 'daybook.session-secret';
const neighbourTimeoutMs = 300;
const openTimeoutMs = 10_000;

let connection: Connection | undefined;

/** The page has one connection, however often it is asked for. */
function pageConnection(): Connection {
  if (connection) return connection;
  const isElectron = location.protocol === 'daybook:';
  connection = createConnection({ openRoad: isElectron ? () => openPortRoad(window) : openPageSocket });
  if (!isElectron) watchPagePresence();
  return connection;
}

/**
 * The client of all procedures. Its calls fail with `BackendError { code, message, nextStep, data }`; `connection-lost` when the road broke before the answer.
 * It reconnects by itself: the same client stays good for the life of the page.
 * @throws BackendError `session-ended` when this page has no session; `connection-lost` when nobody answered for a while (asking again goes on waiting).
 */
export async function connectBackend(): Promise<DaybookClient> {
  const { client, opened } = pageConnection();
  let patience: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    patience = setTimeout(() => reject(connectionLost()), openTimeoutMs);
  });
  try {
    await Promise.race([opened, tooLong]);
    return client;
  } finally {
    clearTimeout(patience);
  }
}

/** Called with the state at once, and at each change until the returned function is called: for the status strip. */
export function onConnectionChange(listener: ConnectionListener): () => void {
  return pageConnection().onChange(listener);
}

export function connectionState(): ConnectionState {
  return pageConnection().state();
}

function openPageSocket(): ReturnType<typeof openSocketRoad> {
  return openSocketRoad({
    openSocket: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`),
    findSecret,
    isSessionGone: async () => {
      const answer = await fetch('/', { method: 'HEAD', credentials: 'same-origin' }).catch(() => null);
      return answer?.status === 401;
    },
  });
}

/** This tab's secret, else that of another tab of ours: a record opened in a new tab belongs to the same session. */
async function findSecret(): Promise<string | null> {
  const own = sessionStorage.getItem(sessionSecretKey);
  if (own !== null) {
    shareSecret();
    return own;
  }
  const given = await askNeighbours();
  if (given === null) return null;
  sessionStorage.setItem(sessionSecretKey, given);
  shareSecret();
  return given;
}

let sharing: BroadcastChannel | undefined;

/** Only pages of our own origin, port included, are on this channel. */
function shareSecret(): void {
  if (sharing) return;
  sharing = new BroadcastChannel(sessionSecretKey);
  sharing.addEventListener('message', (event: MessageEvent<unknown>) => {
    const secret = sessionStorage.getItem(sessionSecretKey);
    if (event.data === 'wanted' && secret !== null) sharing?.postMessage({ secret });
  });
}

function askNeighbours(): Promise<string | null> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(sessionSecretKey);
    const finish = (secret: string | null) => {
      clearTimeout(patience);
      channel.close();
      resolve(secret);
    };
    const patience = setTimeout(() => finish(null), neighbourTimeoutMs);
    channel.addEventListener('message', (event: MessageEvent<unknown>) => {
      const data = event.data;
      if (typeof data === 'object' && data !== null && 'secret' in data && typeof data.secret === 'string') finish(data.secret);
    });
    channel.postMessage('wanted');
  });
}
