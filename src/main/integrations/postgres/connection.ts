/**
 * The shared PostgreSQL: one small pool a desktop, bounded in time, with its errors in the house's words.
 */
import pg from 'pg';
import { DaybookError, PermissionError, ProviderError, ValidationError } from '../../../shared/errors/errors.ts';
import { targetOf } from './postgres-tls.ts';

export interface PostgresConnection {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** One transaction on one connection; what `work` throws rolls it back. */
  transaction<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface PostgresClient {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; a secret: never logged. */
  readonly url: string;
  /** The settings allow a line without TLS to another machine. */
  readonly allowsPlaintext?: boolean;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  /** Counted here: for a server that no longer answers at all. None unless given. */
  readonly queryTimeoutMs?: number;
  readonly maximumConnections?: number;
  /** How the server's own lists name this program. */
  readonly applicationName?: string;
}

// int8 and numeric stay text unless the reader says otherwise: neither fits a float.
const textTypes = new pg.TypeOverrides();

/** @throws ValidationError `postgres-url-invalid` when the URL cannot be read; `postgres-tls-required` and others as {@link targetOf}. Nothing is sent yet. */
export function openPostgres(options: PostgresOptions): PostgresConnection {
  const pool = new pg.Pool({
    ...targetOf(options.url, options.allowsPlaintext ?? false),
    max: options.maximumConnections ?? 4,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    lock_timeout: options.lockTimeoutMs ?? 5_000,
    ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
    application_name: options.applicationName ?? 'daybook',
    // The functions there take a lock and then look: in another isolation, which a server may have as its default, they would see what stood before they waited.
    options: '-c default_transaction_isolation=read\\ committed',
    types: textTypes,
    allowExitOnIdle: true,
  });
  pool.on('error', () => undefined); // an idle connection that breaks is replaced at the next query, which reports its own error
  // One that breaks between two queries of a transaction says so to nobody else, and would end the process: the next query reports it.
  pool.on('connect', (client) => void client.on('error', () => undefined));

  async function query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw toPostgresError(error);
    }
  }

  async function transaction<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw toPostgresError(error);
    }
    const inTransaction: PostgresClient = { query: async (text, values = []) => (await client.query(text, [...values])).rows };
    try {
      await client.query('BEGIN');
      const result = await work(inTransaction);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      const isUsable = await client.query('ROLLBACK').then(() => true, () => false);
      client.release(!isUsable);
      throw toPostgresError(error);
    }
  }

  return { query, transaction, close: () => pool.end() };
}

/** What to do after a refusal that any caller may meet; what belongs to one act is said by its caller. */
const nextStepAfter: Readonly<Record<string, string>> = {
  'change-in-the-future': 'Set this desk’s clock, take the edit back and make it again.',
  'isolation-unfit': 'Call the functions in a transaction of READ COMMITTED, as Daybook does.',
  'role-too-small': 'Ask an admin for the role you need; whoever has it can do this.',
  'lease-lost': 'Nothing needs to be done: the other desk finishes the job.',
  'month-invalid': 'Name a month such as 2026-10.',
  'shared-ledger-joining': 'Wait until the desk that joins has brought its books, then sync again.',
  'shared-ledger-mismatch': 'Connect the shared database of this Stripe account and mode, or start a fresh data folder.',
  'numbers-incomplete': 'Send today’s log to your administrator; a fresh data folder joins at once.',
  'postgres-extension-missing': 'Ask whoever runs the server to install PostgreSQL’s contrib modules and to run CREATE EXTENSION pgcrypto in this database, then run daybook postgres migrate again.',
  'shared-ledger-not-empty': 'Start a fresh data folder for this ledger, or have a new, empty shared database made. This desk keeps what it has.',
  'join-invalid': 'Give your administrator this message. Nothing was taken over, and this desk keeps what it has.',
  'join-incomplete': 'Sync again: it goes on where it stopped.',
  'join-unknown': 'Sync again: it begins anew. This desk keeps what it has.',
  'user-exists': 'Give them another role if they have one here, or choose another name.',
  'user-not-found': 'Look at the list of people again; daybook postgres user list names them too.',
  'user-name-invalid': 'Choose one such as ada or ben_miller.',
  'user-not-managed': 'Whoever runs the server takes their other rights away first, or changes this login there.',
  'own-role': 'Ask another admin.',
  'last-admin': 'Give somebody else the role admin first.',
  'role-kept-by-owner': 'With the owner’s login in DAYBOOK_POSTGRES_URL, run daybook postgres user add or role.',
  'people-kept-by-owner': 'Ask the owner of the shared database to run daybook postgres user with their login.',
  'people-rights-missing': 'Ask whoever runs the server to run, for that owner, ALTER ROLE … CREATEROLE and GRANT daybook_viewer, daybook_finance, daybook_accountant, daybook_admin TO … WITH ADMIN OPTION. Nothing was changed.',
  'shared-chain-broken': 'Run daybook ledger verify on this desk and tell your administrator what it names. Nothing was sealed.',
};

/** The codes a server function raises with `RAISE EXCEPTION … USING ERRCODE = 'DB001', DETAIL = '<kebab-case-code>'` travel in DETAIL. */
export function toPostgresError(error: unknown): unknown {
  if (isLostConnection(error)) return unreachable(error);
  if (isNoPostgres(error)) return new ProviderError('postgres-answer-unreadable', 'What answers at the address of the shared database does not speak PostgreSQL. Nothing was sent to it.', { provider: 'postgres', isRetryable: false, cause: error, nextStep: 'Check host and port; on a guest network, sign in to it first.' });
  if (isCertificateProblem(error)) {
    return new ProviderError('postgres-certificate-refused', 'The shared database did not show a certificate that can be trusted. Nothing was sent.', {
      provider: 'postgres', isRetryable: false, cause: error, nextStep: 'Ask your administrator for the server’s authority and name its file with sslrootcert in the address; check that the host’s name is the one in the certificate.',
    });
  }
  // Whatever a domain threw in the middle of a transaction, or an abort (whose code is a number), passes unchanged.
  if (error instanceof DaybookError || !(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : undefined;
  if (code === 'DB001' && detail && /^[a-z][a-z0-9-]{2,60}$/.test(detail)) return new ValidationError(detail, error.message, { cause: error, nextStep: nextStepAfter[detail] ?? 'Nothing was changed there. Sync the shared database, look again, and give your administrator this code if it stays.' });
  // A sign that no text of PostgreSQL can hold: NUL, half of a pair.
  if (code === '22P05' || code === '22021') return new ValidationError('text-unprintable', 'A text has a sign that the shared database cannot keep. Nothing was changed there.', { cause: error, nextStep: 'Take out what cannot be printed, then try again.' });
  if (code === '42501') return new PermissionError('postgres-not-permitted', 'Your role in the shared database does not allow this.', { cause: error, nextStep: 'Ask an admin for the role you need.' });
  if (code === '28P01' || code === '28000') {
    return new PermissionError('postgres-login-refused', 'The shared database refused the login.', { cause: error, nextStep: 'Check user and password in Settings.' });
  }
  if (code === '3D000') return new ProviderError('postgres-database-missing', 'The shared database does not exist on that server.', { provider: 'postgres', isRetryable: false, cause: error, nextStep: 'Check the address, or create the database and run daybook postgres migrate.' });
  if (code === '3F000' || code === '42P01' || code === '42703' || code === '42883') {
    return new ProviderError('postgres-not-migrated', 'The shared database lacks tables or functions this Daybook needs.', { provider: 'postgres', isRetryable: false, cause: error, nextStep: 'Run daybook postgres migrate with an owner’s login.' });
  }
  if (unreachableCodes.has(code) || /timeout|terminated/i.test(error.message)) return unreachable(error, code);
  return new ProviderError('postgres-error', 'The shared database answered with an error.', { provider: 'postgres', isRetryable: false, data: { sqlState: code }, cause: error, nextStep: 'Nothing was saved there. Try again; if it happens again, give your administrator this code and the SQL state.' });
}

/** The system's words where there is no way to the server, as on a machine without a network, and the server's own where it takes nobody in. */
const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ECONNABORTED', 'ENOENT', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03', '53300', '08006', '08001',
]);

/** Asked for TLS, a PostgreSQL says yes or no; the driver's words for anything else. */
function isNoPostgres(error: unknown): boolean {
  return error instanceof Error && error.message === 'There was an error establishing an SSL connection';
}

/** Node's own codes, and the driver's words for a server that speaks no TLS. */
function isCertificateProblem(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code) || /does not support SSL connections/.test(error.message);
}

/** The driver's own words for a connection that was lost or never came about; they carry no code. */
function isLostConnection(error: unknown): boolean {
  return error instanceof Error && !('code' in error) && /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|timeout expired|Client was closed|Client has encountered a connection error)/.test(error.message);
}

/** @param code by which the server itself said why; of a line that broke there is none. */
function unreachable(cause: unknown, code?: string): ProviderError {
  return new ProviderError('postgres-unreachable', 'The shared database cannot be reached.', { provider: 'postgres', isRetryable: true, ...(code === undefined ? {} : { data: { sqlState: code } }), cause, nextStep: 'Work goes on here; Daybook tries again by itself.' });
}
