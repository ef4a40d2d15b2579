/**
 * One caller of the API over a road of messages, whatever carries them.
 */
import type { WebSocket } from 'ws';

export interface ApiConnection {
  /** A message of the caller. Rejects when it is not one of the protocol’s, or when its answer or stream broke off. */
  receive(data: string | ArrayBuffer): Promise<void>;
  /** The caller is gone: what it waits for is cancelled. */
  closed(): void;
}

export type SendMessage = (data: string | ArrayBufferLike | Blob | ArrayBufferView) => void;
export type OpenConnection = (send: SendMessage) => ApiConnection;

/**
 * Joins an open socket to the API.
 * @param mayReceive asked before each message; a message it refuses is dropped.
 */
export function joinSocket(socket: WebSocket, openConnection: OpenConnection, mayReceive: () => boolean = () => true): void {
  const connection = openConnection((data) => {
    if (socket.readyState !== socket.OPEN) return;
    if (data instanceof Blob) throw new Error('The protocol sends text and bytes only.');
    socket.send(data);
  });
  socket.on('message', (data, isBinary) => {
    if (!mayReceive() || !Buffer.isBuffer(data)) return;
    // What is not understood gets no answer; what a procedure throws has been answered already.
    connection.receive(isBinary ? bytesOf(data) : data.toString('utf8')).catch(() => undefined);
  });
  socket.on('close', () => connection.closed());
}

/** A copy of its own: the buffer may be a part of a larger one. */
function bytesOf(data: Buffer): ArrayBuffer {
  return Uint8Array.from(data).buffer;
}
