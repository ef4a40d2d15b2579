/**
 * The backend's side of Electron: started by a message that carries the decrypted secrets, then given one port for each page.
 */
import { StorageError, toErrorOnTheWire, type ErrorOnTheWire } from '../../../shared/errors/errors.ts';
import type { BackendPort, RunningBackend, StartBackendOptions } from '../../backend-serving.ts';
import { newId } from '../../platform/ids.ts';
import { createHandedSecretStore, type SecretName } from '../../platform/secrets.ts';
import type { FromBackend, ToBackend } from './backend-messages.ts';

/** A port as Electron gives it to a utility process: silent until it is started. */
export type UtilityPort = Extract<BackendPort, { on: unknown }> & { start(): void; close(): void };

export interface ParentPortLike {
  on(event: 'message', listener: (message: { readonly data: ToBackend; readonly ports: readonly UtilityPort[] }) => void): unknown;
  postMessage(message: FromBackend): void;
}

export interface UtilityProcessOptions {
  readonly parent: ParentPortLike;
  readonly env: Readonly<Record<string, string | undefined>>;
  startBackend(options: StartBackendOptions): Promise<RunningBackend>;
  exit(code: number): void;
}

export function serveUtilityProcess({ parent, env, startBackend, exit }: UtilityProcessOptions): void {
  const unanswered = new Map<string, (error: ErrorOnTheWire | null) => void>();
  let backend: Promise<RunningBackend> | undefined;

  /** The keychain is the main process's: a new secret goes there, and holds when it says so. */
  function keep(name: SecretName, value: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = newId();
      unanswered.set(id, (error) => (error ? reject(new StorageError(error.code, error.message, error.nextStep === null ? {} : { nextStep: error.nextStep })) : resolve()));
      parent.postMessage({ kind: 'keep-secret', id, name, value });
    });
  }

  async function start(message: Extract<ToBackend, { kind: 'start' }>): Promise<RunningBackend> {
    const secrets = createHandedSecretStore({ ...message.secrets, keep });
    try {
      const running = await startBackend({ dataFolder: message.dataFolder, host: 'electron', env, secrets });
      parent.postMessage({ kind: 'ready' });
      return running;
    } catch (error) {
      parent.postMessage({ kind: 'failed', error: toErrorOnTheWire(error) });
      throw error;
    }
  }

  /** A port that nobody will answer on is closed, so that its page knows. */
  async function serve(port: UtilityPort): Promise<void> {
    try {
      if (!backend) throw new Error('A port came before the start.');
      (await backend).servePort(port, 'electron');
      port.start();
    } catch {
      port.close();
    }
  }

  async function close(): Promise<void> {
    try {
      await (await backend)?.close();
    } catch {
      // it never started, and has said why
    }
    parent.postMessage({ kind: 'closed' });
    exit(0);
  }

  parent.on('message', ({ data, ports }) => {
    if (data.kind === 'start') {
      backend ??= start(data);
      backend.catch(() => undefined);
    } else if (data.kind === 'serve') {
      for (const port of ports) void serve(port);
    } else if (data.kind === 'secret-kept') {
      unanswered.get(data.id)?.(data.error);
      unanswered.delete(data.id);
    } else {
      void close();
    }
  });
}
