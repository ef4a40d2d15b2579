/**
 * The road of the browser host: a WebSocket whose first message carries the session's secret.
 */
import { RPCLink } from '@orpc/client/websocket';
import { rpcSerializers } from '../../../../shared/api/bytes-serializer.ts';
import { BackendError, connectionLost } from '../../../../shared/api/backend-error.ts';
import { RoadRefused, type Road } from './connection.ts';

/** The same numbers as in the browser host’s `rpc-socket.ts`. */
const closedForGood: ReadonlySet<number> = new Set([4401, 4403]);

export interface SocketRoadOptions {
  openSocket(): WebSocket;
  /** This session's secret, null when this page has none. */
  findSecret(): Promise<string | null>;
  /** Whether the host answers and says that there is no session. */
  isSessionGone(): Promise<boolean>;
}

export async function openSocketRoad(options: SocketRoadOptions): Promise<Road> {
  const secret = await options.findSecret();
  if (secret === null) throw new RoadRefused(sessionEnded());
  const socket = options.openSocket();
  socket.binaryType = 'arraybuffer';
  try {
    await showSecret(socket, secret);
  } catch (error) {
    if (!(error instanceof RoadRefused) && (await options.isSessionGone())) throw new RoadRefused(sessionEnded());
    throw error;
  }
  return {
    link: new RPCLink({ websocket: socket, customJsonSerializers: rpcSerializers }),
    isOpen: () => socket.readyState === socket.OPEN,
    onClosed: (listener) => socket.addEventListener('close', (event) => listener(closedForGood.has(event.code) ? sessionEnded() : null), { once: true }),
    close: () => socket.close(1000),
  };
}

/** The host's first answer comes only when the secret was right. */
function showSecret(socket: WebSocket, secret: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onMessage = () => {
      socket.removeEventListener('close', onClose);
      resolve();
    };
    const onClose = (event: CloseEvent) => reject(closedForGood.has(event.code) ? new RoadRefused(sessionEnded()) : connectionLost());
    socket.addEventListener('open', () => socket.send(JSON.stringify({ secret })), { once: true });
    socket.addEventListener('message', onMessage, { once: true });
    socket.addEventListener('close', onClose, { once: true });
  });
}

function sessionEnded(): BackendError {
  return new BackendError('session-ended', 'This page has no session with Daybook, or it ended after eight idle hours.', {
    kind: 'permission', nextStep: 'Open Daybook again from where you started it. Nothing that was saved is lost.',
  });
}
