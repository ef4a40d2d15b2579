import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startBackendWith, type RunningBackend } from '../backend-serving.ts';
import { silentLogger } from '../platform/logger.ts';
import { createSmallBackend, type SmallBackend } from '../testing/small-backend.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.ts';
import { connectToOwner } from './owner-connection.ts';
import { ownerNoteFile, ownerSocketAddress, readOwnerNote } from './owner-socket/owner-address.ts';

let folder: TemporaryFolder;
let small: SmallBackend;
const running: RunningBackend[] = [];

async function start(dataFolder = join(folder.path, 'data')): Promise<RunningBackend> {
  const backend = await startBackendWith((options) => small.compose(options), { dataFolder, host: 'browser', env: {}, logger: silentLogger });
  running.push(backend);
  return backend;
}

beforeEach(() => {
  folder = makeTemporaryFolder();
  small = createSmallBackend();
});

afterEach(async () => {
  for (const backend of running.splice(0)) await backend.close();
  folder[Symbol.dispose]();
});

describe('a command and the owner of the data folder', () => {
  test('nobody owns it: nobody answers', async () => {
    expect(await connectToOwner(folder.path)).toBeNull();
    expect(await connectToOwner(join(folder.path, 'missing'))).toBeNull();
  });

  test('the owner answers as the road of commands, streams, and tells errors with their code', async () => {
    const backend = await start();
    const owner = await connectToOwner(backend.dataFolder);
    expect(await owner!.client.system.doctor({})).toMatchObject({ checks: [{ name: 'cli' }] });
    await expect(owner!.client.system.search({ text: 'conflict' })).rejects.toMatchObject({ name: 'BackendError', code: 'edited-elsewhere', data: { version: 7 } });
    const next = (await owner!.client.system.changes({})).next();
    await expect.poll(() => small.listeners()).toBe(1);
    small.publish({ entity: 'ledger', ids: [] });
    expect((await next).value).toEqual({ entity: 'ledger', ids: [] });
    await owner!.close();
    await expect.poll(() => small.listeners()).toBe(0);
  });

  test('a large answer passes whole', async () => {
    const backend = await start();
    const owner = await connectToOwner(backend.dataFolder);
    const { results } = await owner!.client.system.search({ text: 'é'.repeat(200), limit: 50 });
    expect(results[0]?.title).toHaveLength(10_000);
    await owner!.close();
  });

  test('what waits when the owner goes fails with connection-lost; afterwards nobody answers and the folder is free', async () => {
    const backend = await start();
    const owner = await connectToOwner(backend.dataFolder);
    const outcome = Promise.allSettled([owner!.client.system.search({ text: 'wait' })]);
    await expect.poll(() => small.waiting()).toBe(1);
    await backend.close();
    await backend.close();
    expect(await outcome).toMatchObject([{ reason: { code: 'connection-lost' } }]);
    expect(small.closed()).toBe(1);
    expect(await connectToOwner(backend.dataFolder)).toBeNull();
    await start();
  });

  test('an owner that ends once it is left first lets those who talk to it finish', async () => {
    const backend = await start();
    const owner = await connectToOwner(backend.dataFolder);
    const answer = owner!.client.system.search({ text: 'wait' });
    await expect.poll(() => small.waiting()).toBe(1);
    let waits = 0;
    const closing = backend.closeOnceLeft(() => (waits += 1));
    small.answerWaiting();
    await answer;
    expect([waits, small.closed()]).toEqual([1, 0]);
    await owner!.close();
    await closing;
    expect(small.closed()).toBe(1);
    expect(await connectToOwner(backend.dataFolder)).toBeNull();
  });

  test('an owner that nobody talks to does not wait', async () => {
    const backend = await start();
    await backend.closeOnceLeft(() => { throw new Error('Nobody is there.'); });
    expect(small.closed()).toBe(1);
  });

  test('a second owner is refused while the first lives', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'data-folder-in-use', data: { pid: process.pid, host: 'browser' } });
  });

  test('a start that fails gives the folder back', async () => {
    const dataFolder = join(folder.path, 'data');
    const failing = startBackendWith(() => { throw new Error('no ledger'); }, { dataFolder, host: 'browser', env: {}, logger: silentLogger });
    await expect(failing).rejects.toThrow('no ledger');
    writeFileSync(join(dataFolder, 'config.json'), '{"unknown":1}', { mode: 0o600 });
    await expect(start(dataFolder)).rejects.toMatchObject({ code: 'config-invalid' });
    writeFileSync(join(dataFolder, 'config.json'), '{}');
    await start(dataFolder);
  });

  test('a waiting call keeps the process, an idle connection does not', async () => {
    const backend = await start();
    const script = `
      import { connectToOwner } from ${JSON.stringify(new URL('./owner-connection.ts', import.meta.url).href)};
      const owner = await connectToOwner(${JSON.stringify(backend.dataFolder)});
      const answer = owner.client.system.search({ text: 'wait' });
      console.log('asked');
      await answer;
      console.log('answered');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (part: Buffer) => (said += part.toString()));
    const exited = once(child, 'exit');
    await expect.poll(() => small.waiting(), { timeout: 10_000 }).toBe(1);
    expect(said).toContain('asked');
    small.answerWaiting();
    expect(await exited).toEqual([0, null]);
    expect(said).toContain('answered');
  });
});

describe.skipIf(process.platform === 'win32')('the socket', () => {
  test('is its user’s only, wants the secret, and no browser', async () => {
    const backend = await start();
    const note = readOwnerNote(backend.dataFolder);
    expect(statSync(note!.address).mode & 0o777).toBe(0o600);
    expect(statSync(ownerNoteFile(backend.dataFolder)).mode & 0o777).toBe(0o600);
    for (const headers of [{}, { authorization: 'Bearer guess' }, { authorization: `Bearer ${note!.secret}`, origin: 'http://127.0.0.1' }]) {
      const socket = new WebSocket(`ws+unix:${note!.address}:/rpc`, { headers });
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
      expect(response.statusCode).toBe(403);
      socket.on('error', () => undefined);
      socket.terminate();
    }
  });

  test('one left behind by an owner that was killed is replaced, and until then nobody answers', async () => {
    const dataFolder = join(folder.path, 'data');
    const first = await start(dataFolder);
    const note = readOwnerNote(first.dataFolder)!;
    await first.close();
    writeFileSync(note.address, '');
    writeFileSync(ownerNoteFile(first.dataFolder), JSON.stringify(note));
    expect(await connectToOwner(dataFolder)).toBeNull();
    await start(dataFolder);
    expect((await connectToOwner(dataFolder))?.client).toBeDefined();
  });

  test('a data folder that lies too deep for a socket’s path gets one elsewhere', async () => {
    const deep = join(folder.path, 'a'.repeat(60), 'b'.repeat(60));
    const backend = await start(deep);
    expect(ownerSocketAddress(backend.dataFolder).startsWith(backend.dataFolder)).toBe(false);
    const owner = await connectToOwner(deep);
    expect(await owner!.client.system.doctor({})).toMatchObject({ checks: [{ name: 'cli' }] });
  });
});
