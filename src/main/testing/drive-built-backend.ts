/**
 * Takes the built backend for what Electron forks: messages at its parent port, calls over a port it is given. `node drive-built-backend.ts BACKEND DATA`
 * prints what it said and did as one JSON object.
 */
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { DaybookClient } from '../../shared/api/contract.ts';
import type { FromBackend, ToBackend } from '../hosts/electron/backend-messages.ts';
import { PortDouble } from './electron-double.ts';

const [backendFile, dataFolder] = process.argv.slice(2);
if (!backendFile || !dataFolder) throw new Error('Name the built backend and a data folder.');

const said: string[] = [];
const parent = Object.assign(new EventEmitter(), {
  postMessage(message: FromBackend): void {
    said.push(message.kind);
    if (message.kind === 'failed') console.error(message.error);
  },
});
Object.assign(process, { parentPort: parent });
await import(pathToFileURL(backendFile).href);

const say = (data: ToBackend, ports: PortDouble[] = []) => parent.emit('message', { data, ports });
const { port1, port2 } = new MessageChannel();
say({ kind: 'start', dataFolder, secrets: { place: 'the keychain', values: {} } });
say({ kind: 'serve' }, [new PortDouble(port1)]);
const client = createORPCClient<DaybookClient>(new RPCLink({ port: port2 as unknown as globalThis.MessagePort }));
port2.start();
const status = await client.system.status({});
const settings = await client.settings.get({});
const run = await client.jobs.run({ commandId: crypto.randomUUID(), job: 'ledger-verify', wait: true });
process.on('exit', () => console.log(JSON.stringify({ said, host: status.host, secretStore: settings.secretStore, job: run.status })));
say({ kind: 'close' });
