/**
 * While a data folder is owned, its owner also listens on a local socket, so that a command finds the books open instead of locked (architecture.md §3).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Logger } from '../../platform/logger.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { joinSocket, type OpenConnection } from '../api-connection.ts';
import { ownerNoteFile, ownerSocketAddress } from './owner-address.ts';

/** The largest message either side sends: a window of rows is well below it. */
export const largestOwnerMessageBytes = 16 * 1024 * 1024;

export interface OwnerSocketOptions {
  readonly dataFolder: string;
  readonly logger: Logger;
  readonly openConnection: OpenConnection;
}

export interface OwnerSocket {
  /**
   * Fulfilled once no command talks to this owner; from that moment on nobody is let in, so that no call is cut off by the {@link close} that follows.
   * @param waits told once, when a command is still there.
   */
  left(waits: () => void): Promise<void>;
  close(): Promise<void>;
}

/** Must be called by the folder's owner only: a socket left behind by an owner that was killed is replaced. */
export async function serveOwnerSocket({ dataFolder, logger, openConnection }: OwnerSocketOptions): Promise<OwnerSocket> {
  const secret = randomBytes(32).toString('base64url');
  const address = ownerSocketAddress(dataFolder);
  const isFile = process.platform !== 'win32';
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestOwnerMessageBytes, perMessageDeflate: false });
  let isLeaving = false;
  let onGone = (): void => undefined;
  const server = createServer((_, response) => response.writeHead(404).end());
  server.on('upgrade', (request, socket, head) => {
    if (isLeaving) return refuse(socket); // whoever asks finds the folder free in a moment
    if (!isAllowed(request, secret)) {
      logger.warn('owner-socket-refused', { hasOrigin: request.headers.origin !== undefined });
      refuse(socket);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (upgraded) => {
      upgraded.on('error', () => upgraded.terminate());
      upgraded.on('close', () => onGone());
      joinSocket(upgraded, openConnection);
    });
  });
  if (isFile) rmSync(address, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
  if (isFile) chmodSync(address, 0o600);
  writePrivateFile(ownerNoteFile(dataFolder), JSON.stringify({ address, secret }));

  return {
    left(waits) {
      return new Promise((resolve) => {
        onGone = () => {
          if (sockets.clients.size > 0) return;
          isLeaving = true;
          rmSync(ownerNoteFile(dataFolder), { force: true });
          resolve();
        };
        if (sockets.clients.size > 0) waits();
        onGone();
      });
    },
    async close() {
      rmSync(ownerNoteFile(dataFolder), { force: true });
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      if (isFile) rmSync(address, { force: true });
    },
  };
}

/** A browser says where it comes from; nothing that does has business here. */
function isAllowed(request: IncomingMessage, secret: string): boolean {
  return request.headers.origin === undefined && request.url === '/rpc' && isSame(request.headers.authorization ?? '', `Bearer ${secret}`);
}

function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

function refuse(socket: Duplex): void {
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}
