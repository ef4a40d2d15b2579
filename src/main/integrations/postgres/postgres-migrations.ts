/**
 * Shapes the shared database: `daybook postgres migrate`, with an owner's login, never a desktop at launch (architecture.md §1, §7).
 *
 * What was applied is written in a schema of its own, because the first migration creates the schema `daybook` itself.
 */
import pg from 'pg';
import { ProviderError, StorageError } from '../../../shared/errors/errors.ts';
import { readMigrations, type Migration } from '../../platform/migration-files.ts';
import { migrationsFolder } from '../../platform/resources.ts';
import { toPostgresError } from './connection.ts';
import { targetOf } from './postgres-tls.ts';

export interface PostgresMigrationResult {
  /** The names applied by this call, in order. */
  readonly applied: readonly string[];
  /** Every name the database knows now. */
  readonly standing: readonly string[];
}

/** One number for the whole product: two people who migrate at once wait for each other. */
const advisoryLockKey = '7230519264410';
const lockWaitMs = 60_000;
/** Roles are shared by a cluster: a neighbouring database being migrated at the same moment may get in the way once or twice. */
const attemptsPerMigration = 5;

/**
 * Applies the migrations that are missing, each in one transaction, in the order of their names. A second call does nothing.
 *
 * @param ownerUrl a login that may create schemas and roles; a secret, never logged.
 * @throws StorageError `postgres-schema-newer` when the database knows a migration this Daybook does not; `migration-changed` when one
 *   differs from ours. ValidationError as {@link targetOf}. PermissionError or ProviderError as {@link toPostgresError} tells.
 */
export async function migratePostgres(ownerUrl: string, migrations: readonly Migration[] = readMigrations(migrationsFolder('postgres')), allowsPlaintext = false): Promise<PostgresMigrationResult> {
  const client = new pg.Client({ ...targetOf(ownerUrl, allowsPlaintext), connectionTimeoutMillis: 5_000, application_name: 'daybook migrate' });
  client.on('error', () => undefined); // reported by the query that meets it
  try {
    await client.connect();
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLockKey]);
    return await applyMissing(client, migrations);
  } catch (error) {
    throw toPostgresError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function applyMissing(client: pg.Client, migrations: readonly Migration[]): Promise<PostgresMigrationResult> {
  await client.query('CREATE SCHEMA IF NOT EXISTS daybook_migrations');
  await client.query('CREATE TABLE IF NOT EXISTS daybook_migrations.applied (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), applied_by text NOT NULL DEFAULT session_user)');
  const { rows } = await client.query<{ name: string; checksum: string }>('SELECT name, checksum FROM daybook_migrations.applied ORDER BY name');
  assertKnown(rows, migrations);
  const known = new Set(rows.map((row) => row.name));
  const waiting = migrations.filter((migration) => !known.has(migration.name));
  for (const migration of waiting) await applyOne(client, migration);
  return { applied: waiting.map((migration) => migration.name), standing: migrations.map((migration) => migration.name) };
}

function assertKnown(applied: readonly { name: string; checksum: string }[], migrations: readonly Migration[]): void {
  const ours = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const { name, checksum } of applied) {
    const expected = ours.get(name);
    if (expected === undefined) {
      throw new StorageError('postgres-schema-newer', `The shared database was shaped by a newer Daybook (it knows “${name}”). It was left untouched.`, { data: { migration: name }, nextStep: 'Install the newest Daybook and run daybook postgres migrate again.' });
    }
    if (expected !== checksum) {
      throw new StorageError('migration-changed', `The step “${name}” that shaped the shared database is not the one this Daybook knows.`, { data: { migration: name }, nextStep: 'Install the Daybook this database was made with, or start with an empty database.' });
    }
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query('BEGIN');
      await client.query(migration.text);
      await client.query('INSERT INTO daybook_migrations.applied (name, checksum) VALUES ($1, $2)', [migration.name, migration.checksum]);
      await client.query('COMMIT');
      return;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if (attempt < attemptsPerMigration && isClashOfRoles(error)) continue;
      throw migrationError(error, migration.name);
    }
  }
}

function isClashOfRoles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ((error.code === 'XX000' && /concurrently/.test(error.message)) || error.code === '40P01');
}

/** A role or connection problem keeps its own words; anything else says which step failed. */
function migrationError(error: unknown, name: string): unknown {
  const mapped = toPostgresError(error);
  if (!(mapped instanceof ProviderError) || mapped.isRetryable) return mapped;
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new ProviderError('postgres-migration-failed', `The step “${name}” could not be applied to the shared database. It was undone.`, { provider: 'postgres', isRetryable: false, data: { migration: name, sqlState }, cause: error, nextStep: 'Check that the database is empty or was made by Daybook, and that the login owns it.' });
}
