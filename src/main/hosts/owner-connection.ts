/**
 * How a command talks to the process that owns a data folder.
 */
import { existsSync, realpathSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { rpcSerializers } from '../../shared/api/bytes-serializer.ts';
import { WebSocket } from 'ws';
import { callWithBackendErrors } from '../../shared/api/backend-error.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import { readOwnerNote, type OwnerNote } from './owner-socket/owner-address.ts';
import { largestOwnerMessageBytes } from './owner-socket/owner-server.ts';

const connectTimeoutMs = 3_000;

export interface OwnerConnection {
  /** Its calls fail with `BackendError`s; with `connection-lost` when the owner goes away. */
  readonly client: DaybookClient;
  close(): Promise<void>;
}

/**
 * Reaches the process that owns the folder; null when nobody does, or nobody that answers. The connection keeps this process alive only while a call
 * waits for its answer.
 */
export async function connectToOwner(dataFolder: string): Promise<OwnerConnection | null> {
  const note = existsSync(dataFolder) ? readOwnerNote(realpathSync(dataFolder)) : null;
  const opened = note ? await open(note) : null;
  if (!opened) return null;
  const { webSocket, socket } = opened;
  return {
    client: clientOver(webSocket, socket),
    close() {
      socket.ref();
      return new Promise((resolve) => {
        webSocket.once('close', () => resolve());
        if (webSocket.readyState === WebSocket.CLOSED) resolve();
        else webSocket.close(1000);
      });
    },
  };
}

interface OpenedSocket {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
}

function open(note: OwnerNote): Promise<OpenedSocket | null> {
  return new Promise((resolve) => {
    const socket = connect(note.address);
    const webSocket = new WebSocket('ws://owner/rpc', {
      createConnection: () => socket,
      headers: { authorization: `Bearer ${note.secret}` },
      handshakeTimeout: connectTimeoutMs,
      maxPayload: largestOwnerMessageBytes,
      perMessageDeflate: false,
    });
    webSocket.on('error', () => resolve(null)); // a socket without an owner behind it: the process was killed
    webSocket.on('open', () => resolve({ webSocket, socket }));
  });
}

function clientOver(webSocket: WebSocket, socket: Socket): DaybookClient {
  // oRPC asks for the browser's kind of WebSocket; that of `ws` has the four members it uses.
  const link = new RPCLink({ websocket: webSocket as unknown as globalThis.WebSocket, customJsonSerializers: rpcSerializers });
  let waiting = 0;
  const keepAwake = (change: 1 | -1) => {
    waiting += change;
    if (waiting > 0) socket.ref();
    else socket.unref();
  };
  socket.unref();

  async function call(path: readonly string[], input: unknown, options: Parameters<typeof link.call>[2]): Promise<unknown> {
    keepAwake(1);
    try {
      const answer = await callWithBackendErrors(() => link.call(path, input, options), { signal: options.signal, isConnected: () => webSocket.readyState === WebSocket.OPEN });
      return isStream(answer) ? awakeStream(answer, keepAwake) : answer;
    } finally {
      keepAwake(-1);
    }
  }
  return createORPCClient<DaybookClient>({ call });
}

async function* awakeStream(stream: AsyncIterable<unknown>, keepAwake: (change: 1 | -1) => void): AsyncGenerator<unknown, void, undefined> {
  keepAwake(1);
  try {
    yield* stream;
  } finally {
    keepAwake(-1);
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
