/**
 * The backend as hosts see it: it takes the data folder, builds the services, answers on whatever port it is given and can be closed.
 * What is built is a parameter, so that hosts are tested with a router of their own; `backend.ts` binds the real one.
 */
import { createRouterClient, type AnyRouter } from '@orpc/server';
import { RPCHandler as MessagePortHandler } from '@orpc/server/message-port';
import { RPCHandler as SocketHandler } from '@orpc/server/websocket';
import { rpcSerializers } from '../shared/api/bytes-serializer.ts';
import type { DaybookClient } from '../shared/api/contract.ts';
import type { Clock } from '../shared/calendar/clock.ts';
import type { ApiContext } from './api/implementer.ts';
import type { OpenConnection } from './hosts/api-connection.ts';
import { serveOwnerSocket } from './hosts/owner-socket/owner-server.ts';
import { loadConfig, type Config, type ConfigFlags } from './platform/config.ts';
import { acquireDataFolder, keepNewFilesPrivate, type Host } from './platform/data-folder.ts';
import { createFileLogger } from './platform/file-logger.ts';
import type { Logger } from './platform/logger.ts';
import { createKeyFileSecretStore, type SecretStore } from './platform/secrets.ts';
import { clockOf } from './platform/system-clock.ts';

export interface BackendOptions {
  readonly dataFolder: string;
  readonly config: Config;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly host: Host;
}

/** What the composition root gives: the contract implemented, and who asks on each road. */
export interface Backend {
  readonly router: AnyRouter;
  contextFor(host: Host): ApiContext;
  close(): Promise<void>;
}

export type ComposeBackend = (options: BackendOptions) => Backend | Promise<Backend>;

export interface StartBackendOptions {
  readonly dataFolder: string;
  readonly host: Host;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: ConfigFlags;
  /** Left out: the key file in the data folder. */
  readonly secrets?: SecretStore;
  /** Left out: the log file in the data folder. */
  readonly logger?: Logger;
}

/** The end of a MessageChannel, of Electron's, of Node's or of the browser's kind. */
export type BackendPort = Parameters<MessagePortHandler<ApiContext>['upgrade']>[0];

export interface RunningBackend {
  /** The real path of the folder this backend owns. */
  readonly dataFolder: string;
  readonly config: Config;
  readonly logger: Logger;
  /** Answers calls on the port until the port closes. */
  servePort(port: BackendPort, host: Host): void;
  /** Answers calls that come over a socket which has already shown who it is. */
  openConnection(host: Host): OpenConnection;
  /** The same procedures without a border. */
  clientFor(host: Host): DaybookClient;
  /** Ends what runs, closes the books and gives the data folder back; may be called twice. */
  close(): Promise<void>;
  /**
   * Closes once no other command talks to this one: its work runs here, and would end with it.
   * @param waits told once, when that takes a while.
   */
  closeOnceLeft(waits: () => void): Promise<void>;
}

/**
 * Takes the data folder and starts the backend in it.
 * @throws ConflictError `data-folder-in-use`; ValidationError `config-invalid`; whatever opening the ledger throws. Nothing is left held then.
 */
export async function startBackendWith(compose: ComposeBackend, options: StartBackendOptions): Promise<RunningBackend> {
  keepNewFilesPrivate();
  const { host, env } = options;
  const owned = acquireDataFolder(options.dataFolder, host);
  const dataFolder = owned.path;
  try {
    const config = loadConfig({ dataFolder, env, ...(options.flags ? { flags: options.flags } : {}) });
    const logger = options.logger ?? createFileLogger({ dataFolder, fields: { pid: process.pid, host } });
    const secrets = options.secrets ?? createKeyFileSecretStore(dataFolder);
    const backend = await compose({ dataFolder, config, secrets, clock: clockOf(config), logger, host });
    const running = serve(backend, { dataFolder, config, logger });
    const ownerSocket = await serveOwnerSocket({ dataFolder, logger, openConnection: running.openConnection('cli') });
    let closing: Promise<void> | undefined;
    async function close(): Promise<void> {
      try {
        await ownerSocket.close();
        await backend.close();
      } finally {
        owned.release();
      }
    }
    const closeOnce = (): Promise<void> => (closing ??= close());
    return { ...running, close: closeOnce, closeOnceLeft: (waits) => ownerSocket.left(waits).then(closeOnce) };
  } catch (error) {
    owned.release();
    throw error;
  }
}

function serve(backend: Backend, known: Pick<RunningBackend, 'dataFolder' | 'config' | 'logger'>): Omit<RunningBackend, 'close' | 'closeOnceLeft'> {
  const ports = new MessagePortHandler<ApiContext>(backend.router, { customJsonSerializers: rpcSerializers });
  const sockets = new SocketHandler<ApiContext>(backend.router, { customJsonSerializers: rpcSerializers });
  return {
    ...known,
    servePort: (port, host) => ports.upgrade(port, { context: backend.contextFor(host) }),
    openConnection: (host) => (send) => {
      const socket = { send, addEventListener: () => undefined };
      const context = backend.contextFor(host);
      return {
        receive: (data) => sockets.message(socket, data, { context }),
        closed: () => sockets.close(socket),
      };
    },
    clientFor: (host) => createRouterClient(backend.router, { context: backend.contextFor(host) }) as DaybookClient,
  };
}
