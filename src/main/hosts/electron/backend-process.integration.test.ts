import { EventEmitter, once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MessagePortMain } from 'electron';
import { createConnection } from '../../../renderer/src/lib/api/connection.ts';
import { openPortRoad, type PageWindow } from '../../../renderer/src/lib/api/port-road.ts';
import type { ErrorOnTheWire } from '../../../shared/errors/errors.ts';
import { startBackendWith, type ComposeBackend } from '../../backend-serving.ts';
import { silentLogger } from '../../platform/logger.ts';
import { PortDouble, SafeStorageDouble } from '../../testing/electron-double.ts';
import { createSmallBackend, type SmallBackend } from '../../testing/small-backend.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../testing/temporary-folder.ts';
import type { FromBackend, ToBackend } from './backend-messages.ts';
import { startBackendProcess, type BackendProcess, type ChildProcessLike } from './backend-process.ts';
import { createSecretKeeper, type SecretKeeper } from './secret-keeper.ts';
import { serveUtilityProcess, type ParentPortLike, type UtilityPort } from './serve-utility-process.ts';

let folder: TemporaryFolder;
let dataFolder: string;
let small: SmallBackend;
let safeStorage: SafeStorageDouble;
let keeper: SecretKeeper;
let failures: ErrorOnTheWire[];
let children: ChildDouble[];
let open: BackendProcess[];

/** A utility process within this one: both sides of Daybook's own code are real, messages pass by structured clone. */
class ChildDouble extends EventEmitter implements ChildProcessLike {
  readonly #parentPort = new EventEmitter();
  readonly received: ToBackend[] = [];
  #isAlive = true;
  #release: () => Promise<void> = async () => undefined;

  constructor(compose: ComposeBackend = small.compose) {
    super();
    const parent: ParentPortLike = {
      on: (_, listener) => this.#parentPort.on('message', listener),
      postMessage: (message: FromBackend) => void setImmediate(() => this.#isAlive && this.emit('message', structuredClone(message))),
    };
    serveUtilityProcess({
      parent, env: {},
      startBackend: async (options) => {
        const running = await startBackendWith(compose, { ...options, logger: silentLogger });
        this.#release = () => running.close();
        return running;
      },
      exit: (code) => this.die(code),
    });
  }

  postMessage(message: ToBackend, transfer: MessagePortMain[] = []): void {
    this.received.push(message);
    setImmediate(() => this.#isAlive && this.#parentPort.emit('message', { data: structuredClone(message), ports: transfer as unknown as UtilityPort[] }));
  }

  kill(): boolean {
    this.die(-1);
    return true;
  }

  /** A process that ends gives its locks back, whatever it was doing. */
  async crash(): Promise<void> {
    await this.#release();
    this.die(139);
  }

  die(code: number): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    setImmediate(() => this.emit('exit', code));
  }
}

function start(options: Partial<Parameters<typeof startBackendProcess>[0]> = {}): BackendProcess {
  const backend = startBackendProcess({
    fork: () => {
      const child = new ChildDouble();
      children.push(child);
      return child;
    },
    dataFolder, secrets: keeper, logger: silentLogger, failed: (error) => failures.push(error), nowMs: () => 0, ...options,
  });
  open.push(backend);
  return backend;
}

/** The page's window and Electron's way to it: whoever asks gets a port whose other end the backend has. */
function pageOf(backend: BackendProcess): PageWindow {
  const page = new EventTarget() as unknown as PageWindow & EventTarget;
  return Object.assign(page, {
    location: { origin: 'daybook://app' },
    postMessage(message: unknown) {
      if (message !== 'daybook:connect') return;
      const { port1, port2 } = new MessageChannel();
      backend.givePort(new PortDouble(port1) as unknown as MessagePortMain);
      page.dispatchEvent(Object.assign(new Event('message'), { source: page, origin: 'daybook://app', data: 'daybook:port', ports: [port2] }));
    },
  }) as PageWindow;
}

beforeEach(() => {
  folder = makeTemporaryFolder();
  dataFolder = join(folder.path, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  small = createSmallBackend();
  safeStorage = new SafeStorageDouble();
  keeper = createSecretKeeper({ safeStorage, dataFolder, platform: 'linux' });
  failures = [];
  children = [];
  open = [];
});

afterEach(async () => {
  for (const backend of open) await backend.stop();
  folder[Symbol.dispose]();
});

describe('the backend as a process of its own', () => {
  test('a page that asks is connected by a port, and its calls are answered as Electron’s', async () => {
    const page = pageOf(start());
    const connection = createConnection({ openRoad: () => openPortRoad(page) });
    await connection.opened;
    expect(await connection.client.system.doctor({})).toMatchObject({ checks: [{ name: 'electron' }] });
    await expect(connection.client.system.search({ text: 'conflict' })).rejects.toMatchObject({ code: 'edited-elsewhere', data: { version: 7 } });
    const stream = await connection.client.system.changes({});
    const next = stream.next();
    await expect.poll(() => small.listeners()).toBe(1);
    small.publish({ entity: 'jobs', ids: ['r1'] });
    expect((await next).value).toEqual({ entity: 'jobs', ids: ['r1'] });
    connection.close();
    await expect.poll(() => small.listeners()).toBe(0);
  });

  test('secrets are decrypted by the main process, handed over at start, and new ones go back to the keychain before they hold', async () => {
    await keeper.keep('stripe-key', 'rk_test_kept');
    start();
    await expect.poll(() => small.options.length).toBe(1);
    const { secrets } = small.options[0]!;
    expect([secrets.get('stripe-key'), secrets.has('postgres-url'), secrets.place]).toEqual(['rk_test_kept', false, 'the system’s keychain']);
    await secrets.set('postgres-url', 'postgres://ada:pw@h/b');
    expect(await keeper.read()).toEqual({ 'stripe-key': 'rk_test_kept', 'postgres-url': 'postgres://ada:pw@h/b' });
    safeStorage.backend = 'basic_text';
    await expect(secrets.set('stripe-key', 'rk_test_new')).rejects.toMatchObject({ code: 'keychain-missing', nextStep: expect.stringContaining('keyring') });
    expect(secrets.get('stripe-key')).toBe('rk_test_kept');
  });

  test('what dies is started again: the page’s call fails with connection-lost and its next ones are answered', async () => {
    const page = pageOf(start());
    const connection = createConnection({ openRoad: () => openPortRoad(page), backoffMs: [5] });
    await connection.opened;
    await connection.client.system.doctor({});
    const outcome = Promise.allSettled([connection.client.system.search({ text: 'wait' })]);
    await expect.poll(() => small.waiting()).toBe(1);
    await children[0]!.crash();
    await expect.poll(() => children.length).toBe(2);
    connection.close(); // Electron closes the ports of a process that is gone; a double within one process cannot
    expect(await outcome).toMatchObject([{ reason: { code: 'connection-lost' } }]);
    const again = createConnection({ openRoad: () => openPortRoad(page) });
    await again.opened;
    expect(await again.client.system.doctor({})).toMatchObject({ checks: [{ name: 'electron' }] });
    again.close();
    expect(failures).toEqual([]);
  });

  test('what dies again and again is given up, and said once', async () => {
    start();
    for (let round = 0; round < 4; round += 1) {
      await expect.poll(() => small.options.length).toBe(round + 1);
      await children[round]!.crash();
      await once(children[round]!, 'exit').catch(() => undefined);
    }
    await expect.poll(() => failures).toMatchObject([{ code: 'backend-died' }]);
    expect(children).toHaveLength(4);
  });

  test('what cannot start says why: a folder in use, a keychain that is locked', async () => {
    const owner = await startBackendWith(small.compose, { dataFolder, host: 'browser', env: {}, logger: silentLogger });
    start();
    await expect.poll(() => failures).toMatchObject([{ code: 'data-folder-in-use', nextStep: expect.any(String) }]);
    await owner.close();
    await keeper.keep('stripe-key', 'rk_test_kept');
    safeStorage.isLocked = true;
    start();
    await expect.poll(() => failures).toHaveLength(2);
    expect(failures[1]).toMatchObject({ code: 'secret-unreadable' });
  });

  test('closing lets the books be closed; a backend that does not answer is ended', async () => {
    const backend = start();
    await expect.poll(() => small.options.length).toBe(1);
    await backend.stop();
    expect(small.closed()).toBe(1);
    expect(failures).toEqual([]);
    const stuck = start({
      closeTimeoutMs: 20,
      fork: () => {
        const child = new ChildDouble(() => new Promise<never>(() => undefined));
        children.push(child);
        return child;
      },
    });
    await expect.poll(() => children[1]?.received.length).toBe(1);
    await stuck.stop();
    expect(failures).toEqual([]);
  });
});
