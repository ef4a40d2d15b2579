/**
 * `daybook relay`: receives webhooks into the shared inbox. No ledger and no screen; the one place where its parts are wired.
 */
import { createWebhookInbox } from '../main/integrations/postgres/webhook-inbox.ts';
import { ValidationError } from '../shared/errors/errors.ts';
import { createGroupCommit } from './group-commit.ts';
import type { RelayConfig } from './relay-config.ts';
import { createRelayMetrics } from './relay-metrics.ts';
import { startRelayServer, type RelayLimits, type RelayServer } from './relay-server.ts';
import type { WebhookInbox } from './relay.ports.ts';
import { createWebhookDoor } from './webhook-door.ts';

export interface RelayLog {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface RelayOptions {
  readonly config: RelayConfig;
  readonly log: RelayLog;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly limits?: Partial<RelayLimits>;
  /** The shared database's, unless given. */
  readonly inbox?: WebhookInbox;
}

/**
 * Starts listening; a database that is away keeps it from being ready, not from starting.
 * @throws ValidationError `postgres-url-invalid`, `relay-tls-invalid`; StorageError `relay-port-taken`.
 */
export async function startRelay(options: RelayOptions): Promise<RelayServer> {
  const { config, log, now } = options;
  const inbox = options.inbox ?? createWebhookInbox(config.postgresUrl, config.allowsPlaintext);
  const metrics = createRelayMetrics();
  const commit = createGroupCommit({
    inbox,
    onCommit: metrics.committed,
    onAvailability: (code) => (code === null ? log.info('inbox available') : log.warn('inbox unavailable', { code })),
  });
  const door = createWebhookDoor({ secrets: config.secrets, commit, metrics, now, onUnexpected: (error) => log.error('unexpected', { error }) });
  try {
    const server = await startRelayServer({ door, commit, metrics, address: config.address, metricsAddress: config.metricsAddress, ...(config.tls ? { tls: config.tls } : {}), ...(options.limits ? { limits: options.limits } : {}) });
    log.info('relay started', { url: server.url, metricsUrl: server.metricsUrl });
    void sayWhoseEvents(commit.ledger(), log);
    const end = async (): Promise<void> => {
      await server.stop();
      await inbox.close();
      log.info('relay stopped');
    };
    let ending: Promise<void> | undefined;
    return { ...server, stop: () => (ending ??= end()) };
  } catch (error) {
    commit.stop();
    await inbox.close();
    throw toTlsError(error);
  }
}

async function sayWhoseEvents(asked: ReturnType<WebhookInbox['ledger']>, log: RelayLog): Promise<void> {
  try {
    const { gateway, gatewayAccount, mode, mayReadBooks } = await asked;
    log.info('inbox open', { gateway, gatewayAccount, mode });
    if (mayReadBooks) log.warn('login wider than needed', { nextStep: 'Give the relay a login with the role daybook_relay only.' });
  } catch {
    // Said already, with its code: the relay is up and not ready.
  }
}

/** What OpenSSL says of a certificate helps nobody. */
function toTlsError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^ERR_(OSSL|SSL|TLS)/.test(code) ? new ValidationError('relay-tls-invalid', 'The certificate and its key cannot be used.', { cause: error, nextStep: 'Give a certificate chain and the unencrypted key that belongs to it, both as PEM.' }) : error;
}
