/** A TCP line to a server on this machine that can be taken down, made slow, or cut in the middle of what goes over it. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export type LineState =
  | { readonly kind: 'fine' }
  /** Whoever connects is refused at once, and what is connected ends. */
  | { readonly kind: 'down' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Nothing more comes or goes over what is connected, for ever, and nobody says so; whoever connects meanwhile meets the same. */
  | { readonly kind: 'silent' }
  /** Each connection is reset after so many bytes have come back over it. */
  | { readonly kind: 'resetting'; readonly afterBytes: () => number };

export interface FaultyLine extends AsyncDisposable {
  readonly port: number;
  set(state: LineState): void;
  /** Connections that were reset or refused so far. */
  broken(): number;
  /** Bytes that came back over it so far. */
  passed(): number;
}

export async function startFaultyLine(port: number): Promise<FaultyLine> {
  let state: LineState = { kind: 'fine' };
  let broken = 0;
  let passed = 0;
  /** Ends of connections that say nothing any more. */
  const mute = new WeakSet<Duplex>();
  const open = new Set<Socket>();
  const ends = new Map<Socket, Socket>();
  const breakOff = (socket: Socket): void => {
    if (socket.destroyed) return;
    broken += 1;
    socket.resetAndDestroy();
  };
  /** Passes on what comes, later when the line is slow; the order stays. */
  const passOn = (from: Socket, to: Duplex, met: (bytes: number) => boolean): void => {
    let last = Promise.resolve();
    from.on('data', (part: Buffer) => {
      if (state.kind === 'silent') mute.add(from);
      if (mute.has(from) || !met(part.length)) return;
      const delayMs = state.kind === 'slow' ? state.delayMs : 0;
      const due = delayMs === 0 ? Promise.resolve() : new Promise<void>((resolve) => setTimeout(resolve, delayMs));
      last = Promise.all([last, due]).then(() => void (to.destroyed || to.write(part)));
    });
    from.on('end', () => void last.then(() => to.end()));
    from.on('close', () => void last.then(() => to.destroy()));
    from.on('error', () => undefined);
  };
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (state.kind === 'down') {
      breakOff(near);
      return;
    }
    const far = connect(port, '127.0.0.1');
    open.add(near);
    far.once('connect', () => void (state.kind === 'silent' && mute.add(near) && mute.add(far)));
    ends.set(near, far);
    near.once('close', () => { open.delete(near); ends.delete(near); });
    let bytesLeft = state.kind === 'resetting' ? state.afterBytes() : Infinity;
    passOn(near, far, () => true);
    passOn(far, near, (bytes) => {
      bytesLeft -= bytes;
      passed += bytes;
      if (bytesLeft > 0) return true;
      breakOff(near);
      far.destroy();
      return false;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set(wanted) {
      state = wanted;
      if (wanted.kind === 'down' || wanted.kind === 'resetting') for (const socket of open) breakOff(socket);
      if (wanted.kind === 'silent') for (const [near, far] of ends) mute.add(near).add(far);
    },
    broken: () => broken,
    passed: () => passed,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
