/**
 * Several people at several desks on one real shared database: each with a login, a ledger file and the services that edit, send and fetch. For tests of edits.
 */
import { openClient, type RunningPostgres, type SqlClient } from '../../../sandbox/postgres.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createContractChanges, type ContractChanges } from '../contracts/contract-changes.ts';
import type { SharedChanges } from '../contracts/shared-changes.ports.ts';
import type { UnitOfWork } from '../database/handles.ts';
import { openPostgres, type PostgresConnection } from '../integrations/postgres/connection.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';
import { createSharedChanges } from '../integrations/postgres/shared-changes.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { newId } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { createChangeSending, type ChangeSending } from '../contracts/change-sending.ts';
import { createPostgresSync, type PostgresSync } from '../sync/postgres-sync.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary-database.ts';

export type SharedRole = 'viewer' | 'finance' | 'accountant' | 'admin' | 'relay' | 'company_backend';

export interface SharedDatabase extends AsyncDisposable {
  readonly ownerUrl: string;
  readonly owner: SqlClient;
  /** What every login's name begins with. */
  readonly prefix: string;
  /** A login of that role; the same name is the same login. */
  urlOf(name: string, role: SharedRole): Promise<string>;
  /** Empties everything but the ledger's row. */
  clear(): Promise<void>;
}

export const sharedPartnerId = '00000000-0000-4000-8000-000000000001';
export const sharedContractId = '00000000-0000-4000-8000-000000000002';

let databaseCount = 0;

/** A fresh shared database with one ledger. Logins belong to the cluster: their names carry the database's. */
export async function makeSharedDatabase(server: RunningPostgres): Promise<SharedDatabase> {
  databaseCount += 1;
  const name = `desks_${process.pid}_${databaseCount}`;
  const ownerUrl = await server.createDatabase(name);
  await migratePostgres(ownerUrl);
  const owner = await openClient(ownerUrl);
  await owner.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Meridian', 'stripe', 'acct_1', 'test', 'usd', 'America/New_York')");
  const known = new Map<string, string>();
  return {
    ownerUrl, owner, prefix: name,
    async urlOf(person, role) {
      const login = `${name}_${person}`;
      const url = new URL(ownerUrl);
      url.username = login;
      url.password = 'secret';
      if (!known.has(login)) {
        await owner.query(`CREATE ROLE ${login} LOGIN PASSWORD 'secret'; GRANT daybook_${role} TO ${login}`);
        known.set(login, role);
      }
      return url.toString();
    },
    async clear() {
      await owner.query('TRUNCATE daybook.change_approvals, daybook.change_conflicts, daybook.change_sets, daybook.contract_amendments, daybook.api_partner_contracts, daybook.partners, daybook.entity_versions, daybook.change_feed, daybook.audit_log CASCADE');
    },
    [Symbol.asyncDispose]: () => owner.end(),
  };
}

/** One partner with a contract of 100.00 a month. */
export async function seedContract(owner: SqlClient): Promise<void> {
  await owner.query("INSERT INTO daybook.partners (id, name, billing_email) VALUES ($1, 'Titlesure', 'ap@titlesure.example')", [sharedPartnerId]);
  await owner.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, per_deed_price, currency, effective_from) VALUES ($1, $2, 'dp_pk_TSG', 'hybrid', 10000, 2.50, 'usd', '2026-01-01')", [sharedContractId, sharedPartnerId]);
}

export interface Desk extends AsyncDisposable {
  readonly person: string;
  readonly ledger: TemporaryDatabase;
  readonly postgres: PostgresConnection;
  readonly shared: SharedChanges;
  readonly changes: ContractChanges;
  readonly sending: ChangeSending;
  readonly sync: PostgresSync;
  /** Sends what waits, then fetches. */
  exchange(): Promise<void>;
}

export interface DeskOptions {
  readonly person: string;
  readonly url: string;
  readonly clock: Clock;
  /** Puts something between the desk and the shared database. */
  readonly through?: (shared: SharedChanges) => SharedChanges;
  /** Puts something between the desk and its own file. */
  readonly writing?: (unitOfWork: UnitOfWork) => UnitOfWork;
  readonly desk?: string;
  /** Rows asked for at once. */
  readonly pageSize?: number;
  /** After how long a server that does not answer is given up. */
  readonly queryTimeoutMs?: number;
  /** After how long a lock that somebody else holds is given up. */
  readonly lockTimeoutMs?: number;
}

export function openDesk({ person, url, clock, through, writing, desk, pageSize, queryTimeoutMs, lockTimeoutMs }: DeskOptions): Desk {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  database.connection.exec('PRAGMA synchronous = OFF'); // no power is cut here
  const unitOfWork = writing ? writing(database.unitOfWork) : database.unitOfWork;
  const postgres = openPostgres({ url, maximumConnections: 2, ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }), ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }) });
  const direct = createSharedChanges(postgres, desk ?? `desk-of-${person}`);
  const shared = through ? through(direct) : direct;
  const changes = createContractChanges({ readable: database, unitOfWork, audit: createAuditLog({ clock }), clock, newId, twin: null });
  const sending = createChangeSending({ readable: database, unitOfWork, clock, changes, shared });
  const sync = createPostgresSync({ source: createSharedLedgerSource(postgres), readable: database, unitOfWork, clock, clientVersion: '0.1.0', ...(pageSize === undefined ? {} : { pageSize }) });
  return {
    person, ledger, postgres, shared, changes, sending, sync,
    async exchange() {
      await sending.sendPending(unattended);
      await sync.pull(unattended);
    },
    async [Symbol.asyncDispose]() {
      await postgres.close();
      ledger[Symbol.dispose]();
    },
  };
}
