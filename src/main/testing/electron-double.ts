/**
 * A double of the few calls Daybook makes to Electron, faithful in what the tests rely on: ports that close at both ends, frames with an origin and a parent,
 * events that can be prevented, handlers that can be asked.
 */
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Electron's MessagePortMain: silent until it is started, messages carry `{ data, ports }`. */
export class PortDouble extends EventEmitter {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on('close', () => this.emit('close'));
  }

  start(): void {
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  close(): void {
    this.#port.close();
  }
}

export function channelDouble(): { port1: PortDouble; port2: PortDouble } {
  const { port1, port2 } = new MessageChannel();
  return { port1: new PortDouble(port1), port2: new PortDouble(port2) };
}

export interface FrameDouble {
  origin: string;
  url: string;
  parent: FrameDouble | null;
  readonly posted: { readonly channel: string; readonly ports: readonly PortDouble[] }[];
  postMessage(channel: string, message: unknown, ports?: PortDouble[]): void;
}

export function frameDouble(url: string, parent: FrameDouble | null = null): FrameDouble {
  const posted: FrameDouble['posted'] = [];
  const parsed = new URL(url);
  return { origin: `${parsed.protocol}//${parsed.host}`, url, parent, posted, postMessage: (channel, _, ports = []) => void posted.push({ channel, ports }) };
}

export class ContentsDouble extends EventEmitter {
  readonly mainFrame: FrameDouble;
  openHandler: ((details: { url: string }) => { action: string }) | undefined;

  constructor(mainFrame: FrameDouble) {
    super();
    this.mainFrame = mainFrame;
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  getURL(): string {
    return this.mainFrame.url;
  }

  /** Says an event that can be prevented. @returns whether it was. */
  ask(event: string, details: Readonly<Record<string, unknown>> = {}): boolean {
    let isPrevented = false;
    this.emit(event, { ...details, preventDefault: () => (isPrevented = true) });
    return isPrevented;
  }
}

type Handler = (...parameters: never[]) => unknown;

/** Electron's session, as far as permissions go: keeps the handlers it is given. */
export class SessionDouble {
  readonly handlers = new Map<string, Handler>();
  setPermissionRequestHandler = (handler: Handler | null): void => this.#keep('request', handler);
  setPermissionCheckHandler = (handler: Handler | null): void => this.#keep('check', handler);
  setDevicePermissionHandler = (handler: Handler | null): void => this.#keep('device', handler);
  setDisplayMediaRequestHandler = (handler: Handler | null): void => this.#keep('display', handler);
  setBluetoothPairingHandler = (handler: Handler | null): void => this.#keep('bluetooth', handler);

  call(name: string, ...parameters: unknown[]): unknown {
    const handler = this.handlers.get(name);
    if (!handler) throw new Error(`No ${name} handler was set.`);
    return handler(...(parameters as never[]));
  }

  #keep(name: string, handler: Handler | null): void {
    if (handler) this.handlers.set(name, handler);
  }
}

/** A keychain that seals by reversing: what is on the disk is not the text. */
export class SafeStorageDouble {
  backend: 'basic_text' | 'gnome_libsecret' | 'kwallet' | 'kwallet5' | 'kwallet6' | 'unknown' = 'gnome_libsecret';
  isAvailable = true;
  isLocked = false;
  wantsReEncryption = false;
  sealed = 0;

  async isAsyncEncryptionAvailable(): Promise<boolean> {
    return this.isAvailable;
  }

  async encryptStringAsync(text: string): Promise<Buffer> {
    this.sealed += 1;
    return Buffer.from(`sealed:${[...text].reverse().join('')}`);
  }

  async decryptStringAsync(sealed: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> {
    if (this.isLocked || !sealed.toString().startsWith('sealed:')) throw new Error('keychain locked');
    const shouldReEncrypt = this.wantsReEncryption;
    this.wantsReEncryption = false;
    return { result: Array.from(sealed.toString().slice('sealed:'.length)).reverse().join(''), shouldReEncrypt };
  }

  getSelectedStorageBackend(): SafeStorageDouble['backend'] {
    return this.backend;
  }
}
