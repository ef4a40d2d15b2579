/**
 * The WebSocket of a page: its first message carries the session's secret, everything after it goes to the API.
 */
import type { WebSocket } from 'ws';
import { joinSocket, type OpenConnection } from '../api-connection.ts';
import type { Session } from './sessions.ts';

export const largestSocketMessageBytes = 1024 * 1024;
const firstMessageTimeoutMs = 5_000;
const idleCheckMs = 60_000;

/** Close codes the page understands; the same numbers stand in the renderer's `connect.ts`. */
export const closeCodes = { sessionEnded: 4401, notOurs: 4403 } as const;

export interface RpcSocketOptions {
  readonly session: Session;
  readonly openConnection: OpenConnection;
  /** Told when a socket is turned away, with the reason. */
  refused(reason: string): void;
  readonly firstMessageTimeoutMs?: number;
}

export function admitSocket(socket: WebSocket, options: RpcSocketOptions): void {
  const { session } = options;
  const refuse = (reason: string) => {
    options.refused(reason);
    socket.close(closeCodes.notOurs, 'refused');
  };
  const patience = setTimeout(() => refuse('no-first-message'), options.firstMessageTimeoutMs ?? firstMessageTimeoutMs);
  const idleCheck = setInterval(() => {
    if (!session.isAlive()) socket.close(closeCodes.sessionEnded, 'session ended');
  }, idleCheckMs);
  idleCheck.unref();
  socket.on('error', () => socket.terminate()); // an oversized or broken frame: the connection ends, the host goes on
  socket.on('close', () => {
    clearTimeout(patience);
    clearInterval(idleCheck);
  });
  socket.once('message', (data, isBinary) => {
    clearTimeout(patience);
    if (socket.readyState !== socket.OPEN) return;
    if (!session.isAlive()) return socket.close(closeCodes.sessionEnded, 'session ended');
    const secret = isBinary || !Buffer.isBuffer(data) ? null : readSecret(data);
    if (secret === null || !session.hasSecret(secret)) return refuse('wrong-secret');
    // An open page asks by itself, all night if it must: only what a person does keeps its session (presencePath).
    joinSocket(socket, options.openConnection, () => {
      if (session.isAlive()) return true;
      socket.close(closeCodes.sessionEnded, 'session ended');
      return false;
    });
    socket.send('{"ready":true}');
  });
}

function readSecret(data: Buffer): string | null {
  if (data.length > 1024) return null;
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return typeof value === 'object' && value !== null && 'secret' in value && typeof value.secret === 'string' ? value.secret : null;
  } catch {
    return null;
  }
}
