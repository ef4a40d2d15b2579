/**
 * The relay's settings: places and ports are flags, secrets come from the environment and never from flags (architecture.md §12).
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { StateError, ValidationError } from '../shared/errors/errors.ts';
import type { RelayAddress, TlsIdentity } from './relay-server.ts';
import type { WebhookSecrets } from './webhook-door.ts';

export interface RelayFlags {
  readonly port: number;
  /** Where webhooks are received; this machine only unless told. */
  readonly host?: string;
  /** Absent: the port after `port`. */
  readonly metricsPort?: number;
  readonly metricsHost?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** TLS ends before the relay. */
  readonly behindProxy?: boolean;
}

export interface RelayConfig {
  readonly address: RelayAddress;
  readonly metricsAddress: RelayAddress;
  readonly tls: TlsIdentity | null;
  readonly secrets: WebhookSecrets;
  readonly postgresUrl: string;
  /** `DAYBOOK_POSTGRES_PLAINTEXT=allowed`: a line without TLS to another machine. */
  readonly allowsPlaintext: boolean;
}

const environmentNames = { stripe: 'DAYBOOK_STRIPE_WEBHOOK_SECRET', paystack: 'DAYBOOK_PAYSTACK_SECRET_KEY', postgresUrl: 'DAYBOOK_POSTGRES_URL' } as const;
const loopback = '127.0.0.1';

/**
 * @throws StateError `relay-secret-missing`, `postgres-url-missing`; ValidationError `relay-secret-invalid`, `relay-not-private`, `relay-tls-invalid`.
 *   Nothing is opened yet; no message holds a secret.
 */
export function readRelayConfig(flags: RelayFlags, env: Readonly<Record<string, string | undefined>>): RelayConfig {
  const secrets = { stripe: readSecrets(env, environmentNames.stripe, /^\S{8,}$/), paystack: readSecrets(env, environmentNames.paystack, /^sk_(live|test)_\S+$/) };
  if (secrets.stripe.length + secrets.paystack.length === 0) {
    throw new StateError('relay-secret-missing', 'The relay knows no secret to check webhooks with.', { nextStep: `Set ${environmentNames.stripe} to the signing secret of the Stripe endpoint, or ${environmentNames.paystack}, or both.` });
  }
  if (new Set(secrets.paystack.map((key) => key.slice(0, 8))).size > 1) throw invalidSecret(environmentNames.paystack, 'holds keys of live and of test mode');
  const postgresUrl = env[environmentNames.postgresUrl];
  if (!postgresUrl) throw new StateError('postgres-url-missing', 'The address of the shared database is not known.', { nextStep: `Set ${environmentNames.postgresUrl} to a login with the role daybook_relay.` });
  const tls = readTls(flags);
  const host = flags.host ?? loopback;
  if (!isThisMachine(host) && !tls && !flags.behindProxy) {
    throw new ValidationError('relay-not-private', `On ${host} others can reach the relay, and it would speak without encryption.`, { data: { host }, nextStep: 'Give --tls-cert and --tls-key; or --behind-proxy when a proxy in front of it speaks TLS; or leave --host out.' });
  }
  return {
    address: { host, port: flags.port },
    metricsAddress: { host: flags.metricsHost ?? loopback, port: flags.metricsPort ?? (flags.port === 0 ? 0 : flags.port + 1) },
    tls, secrets, postgresUrl, allowsPlaintext: env['DAYBOOK_POSTGRES_PLAINTEXT'] === 'allowed',
  };
}

/** One secret, or several during a rotation, parted by commas. */
function readSecrets(env: Readonly<Record<string, string | undefined>>, name: string, shape: RegExp): string[] {
  const secrets = (env[name] ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  if (secrets.length > 3) throw invalidSecret(name, 'holds more than three secrets');
  if (secrets.some((secret) => !shape.test(secret))) throw invalidSecret(name, 'does not hold what it should');
  return secrets;
}

function invalidSecret(name: string, what: string): ValidationError {
  return new ValidationError('relay-secret-invalid', `A secret cannot be used: ${name} ${what}.`, { data: { name }, nextStep: 'Copy it again from the gateway’s dashboard; during a rotation give the new and the old one, parted by a comma.' });
}

function readTls({ tlsCert, tlsKey }: RelayFlags): TlsIdentity | null {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) throw new ValidationError('relay-tls-invalid', 'TLS needs a certificate and its key.', { nextStep: 'Give both --tls-cert and --tls-key.' });
  try {
    return { certificate: readFileSync(tlsCert, 'utf8'), privateKey: readFileSync(tlsKey, 'utf8') };
  } catch (cause) {
    throw new ValidationError('relay-tls-invalid', 'The certificate or its key cannot be read.', { cause, nextStep: 'Check the files named with --tls-cert and --tls-key and who may read them.' });
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
