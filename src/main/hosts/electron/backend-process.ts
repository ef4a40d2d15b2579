/**
 * The main process's side of the backend: forks it, hands the secrets and the ports over, starts it again when it dies.
 */
import type { MessagePortMain } from 'electron';
import { toErrorOnTheWire, type ErrorOnTheWire } from '../../../shared/errors/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import type { FromBackend, ToBackend } from './backend-messages.ts';
import type { SecretKeeper } from './secret-keeper.ts';

/** The few members of Electron's UtilityProcess that are used. */
export interface ChildProcessLike {
  postMessage(message: ToBackend, transfer?: MessagePortMain[]): void;
  on(event: 'message', listener: (message: FromBackend) => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface BackendProcessOptions {
  fork(): ChildProcessLike;
  readonly dataFolder: string;
  readonly secrets: SecretKeeper;
  readonly logger: Logger;
  /** The backend cannot start, or died too often: the person is told and the app ends. */
  failed(error: ErrorOnTheWire): void;
  readonly nowMs: () => number;
  readonly closeTimeoutMs?: number;
}

export interface BackendProcess {
  /** The other end goes to a page. */
  givePort(port: MessagePortMain): void;
  /** Lets the backend close its books; after the time-out it is ended. */
  stop(): Promise<void>;
}

const restartsAllowed = 3;
const restartWindowMs = 60_000;

export function startBackendProcess(options: BackendProcessOptions): BackendProcess {
  const { dataFolder, secrets, logger } = options;
  let child: ChildProcessLike;
  /** Whether the present child has its start message: a port that came before it would find nobody. */
  let started: Promise<boolean> = Promise.resolve(false);
  let isStopping = false;
  let hasFailed = false;
  let exited: Promise<void> = Promise.resolve();
  const exitTimes: number[] = [];

  function fail(error: ErrorOnTheWire): void {
    if (hasFailed || isStopping) return;
    hasFailed = true;
    logger.error('backend-failed', { code: error.code });
    options.failed(error);
  }

  function onExit(code: number): void {
    if (isStopping || hasFailed) return;
    logger.error('backend-exited', { code });
    exitTimes.push(options.nowMs());
    if (exitTimes.filter((time) => time > options.nowMs() - restartWindowMs).length > restartsAllowed) return fail(diedTooOften);
    start();
  }

  function start(): void {
    const forked = options.fork();
    child = forked;
    exited = new Promise((resolve) => forked.once('exit', (code) => {
      resolve();
      onExit(code);
    }));
    forked.on('message', (message) => {
      if (message.kind === 'failed') fail(message.error);
      else if (message.kind === 'keep-secret') void keep(forked, message);
    });
    started = secrets.read().then(
      (values) => {
        forked.postMessage({ kind: 'start', dataFolder, secrets: { place: secrets.place, values } });
        return true;
      },
      (error: unknown) => {
        fail(toErrorOnTheWire(error));
        return false;
      },
    );
  }

  async function keep(asking: ChildProcessLike, { id, name, value }: Extract<FromBackend, { kind: 'keep-secret' }>): Promise<void> {
    try {
      await secrets.keep(name, value);
      asking.postMessage({ kind: 'secret-kept', id, error: null });
    } catch (error) {
      logger.error('secret-not-kept', { name, error });
      asking.postMessage({ kind: 'secret-kept', id, error: toErrorOnTheWire(error) });
    }
  }

  start();
  return {
    givePort(port) {
      const to = child;
      void started.then((isStarted) => (isStarted && to === child ? to.postMessage({ kind: 'serve' }, [port]) : port.close()));
    },
    async stop() {
      isStopping = true;
      child.postMessage({ kind: 'close' });
      const patience = setTimeout(() => child.kill(), options.closeTimeoutMs ?? 10_000);
      await exited;
      clearTimeout(patience);
    },
  };
}

const diedTooOften: ErrorOnTheWire = {
  code: 'backend-died', kind: 'invariant', data: {},
  message: 'Daybook’s backend stopped several times in a row. What was saved is safe.',
  nextStep: 'Start Daybook again; if it happens again, send the log of today to your administrator.',
};
