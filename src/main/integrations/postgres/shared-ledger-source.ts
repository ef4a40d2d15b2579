/**
 * Reads the shared database for the sync: consistent snapshots, the change feed below the snapshot's watermark, rows by key.
 * Money and counts arrive as text and become safe integers here; prices and rates stay decimal text without trailing zeros.
 */
import { InvariantError, ProviderError } from '../../../shared/errors/errors.ts';
import { sharedEntities, sharedEntityNames, type SharedEntityName, type SharedRow, type SharedValue } from '../../sync/shared-entities.ts';
import type { FeedChange, SharedLedgerIdentity, SharedLedgerSource, SharedSnapshot } from '../../sync/shared-ledger-source.ts';
import type { PostgresClient, PostgresConnection } from './connection.ts';

interface RemoteTable {
  readonly table: string;
  readonly keyType: 'bigint' | 'uuid' | 'text';
  /** Columns that need more than their own name. */
  readonly expressions: Readonly<Record<string, string>>;
  /** Columns that are whole numbers here. */
  readonly integers: readonly string[];
}

const instant = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::bigint`;
const asText = (column: string): string => `${column}::text`;
const decimal = (column: string): string => `trim_scale(${column})::text`;

const remoteTables: Readonly<Record<SharedEntityName, RemoteTable>> = {
  exchange_rate: { table: 'daybook.exchange_rates', keyType: 'text', expressions: { rate_on: asText('rate_on'), rate: decimal('rate') }, integers: [] },
  partner: {
    table: 'daybook.partners',
    keyType: 'uuid',
    expressions: { billing_address: asText('billing_address'), deleted_at: instant('deleted_at'), updated_at: instant('updated_at') },
    integers: ['version', 'deleted_at', 'updated_at'],
  },
  contract: {
    table: 'daybook.api_partner_contracts',
    keyType: 'uuid',
    expressions: {
      further_prefixes: 'to_json(further_prefixes)::text', per_deed_price: decimal('per_deed_price'), per_1000_price: decimal('per_1000_price'), tiers: asText('tiers'),
      effective_from: asText('effective_from'), effective_to: asText('effective_to'), deleted_at: instant('deleted_at'), updated_at: instant('updated_at'),
    },
    integers: [
      'flat_fee_minor', 'included_units', 'minimum_commitment_minor', 'discount_basis_points', 'tax_rate_basis_points', 'withholding_rate_basis_points', 'payment_terms_days', 'version', 'deleted_at', 'updated_at',
    ],
  },
  amendment: {
    table: 'daybook.contract_amendments',
    keyType: 'uuid',
    expressions: {
      per_deed_price: decimal('per_deed_price'), per_1000_price: decimal('per_1000_price'), tiers: asText('tiers'), effective_from: asText('effective_from'), deleted_at: instant('deleted_at'), updated_at: instant('updated_at'),
    },
    integers: [
      'flat_fee_minor', 'included_units', 'minimum_commitment_minor', 'discount_basis_points', 'tax_rate_basis_points', 'withholding_rate_basis_points', 'payment_terms_days', 'version', 'deleted_at', 'updated_at',
    ],
  },
  entity_version: { table: 'daybook.entity_versions', keyType: 'text', expressions: { body: asText('body'), recorded_at: instant('recorded_at') }, integers: ['version', 'recorded_at'] },
  change_set: {
    table: 'daybook.change_sets',
    keyType: 'uuid',
    expressions: {
      fields: asText('fields'), created_at: instant('created_at'), received_at: instant('received_at'), effective_fields: asText('effective_fields'), restores: 'restores::integer', changed_at: instant('changed_at'),
    },
    integers: ['base_version', 'created_at', 'received_at', 'result_version', 'effective_base', 'restores', 'changed_at'],
  },
  change_conflict: {
    table: 'daybook.change_conflicts',
    keyType: 'uuid',
    expressions: { fields: asText('fields'), raised_at: instant('raised_at'), resolved_at: instant('resolved_at'), kept: asText('kept') },
    integers: ['their_version', 'raised_at', 'resolved_at'],
  },
  change_approval: { table: 'daybook.change_approvals', keyType: 'uuid', expressions: { requested_at: instant('requested_at'), decided_at: instant('decided_at') }, integers: ['requested_at', 'decided_at'] },
  api_usage: {
    table: 'daybook.api_usage',
    keyType: 'bigint',
    expressions: { occurred_at: instant('occurred_at'), received_at: instant('received_at') },
    integers: ['id', 'quantity', 'occurred_at', 'received_at'],
  },
  payment_history: {
    table: 'daybook.payment_history',
    keyType: 'bigint',
    expressions: { created_at: instant('created_at') },
    integers: ['id', 'amount_minor', 'fee_minor', 'net_minor', 'refunded_minor', 'created_at'],
  },
  invoice: {
    table: 'daybook.invoices',
    keyType: 'uuid',
    expressions: {
      line_items: asText('line_items'), draft_edits: asText('draft_edits'), billing_start: asText('billing_start'), billing_end: asText('billing_end'), issue_date: asText('issue_date'), due_date: asText('due_date'), finalised_at: instant('finalised_at'),
      paid_at: instant('paid_at'), voided_at: instant('voided_at'), sent_at: instant('sent_at'), customer_snapshot: asText('customer_snapshot'), created_at: instant('created_at'),
    },
    integers: [
      'subtotal_minor', 'discount_minor', 'tax_minor', 'withholding_minor', 'total_minor', 'amount_paid_minor', 'amount_due_minor', 'finalised_at', 'paid_at', 'voided_at', 'created_at', 'version', 'amount_credited_minor', 'amount_withheld_minor', 'amount_written_off_minor', 'sent_at',
    ],
  },
  credit: {
    table: 'daybook.credits',
    keyType: 'uuid',
    expressions: { expires_on: asText('expires_on'), created_at: instant('created_at') },
    integers: ['amount_minor', 'remaining_minor', 'created_at', 'version'],
  },
  receivable_act: {
    table: 'daybook.receivable_acts',
    keyType: 'uuid',
    expressions: { lines: asText('lines'), acted_on: asText('acted_on'), recorded_at: instant('recorded_at') },
    integers: ['sequence', 'amount_minor', 'offset_minor', 'rest_minor', 'recovered_minor', 'unforeseen_minor', 'net_minor', 'tax_minor', 'withholding_minor', 'recorded_at'],
  },
  invoice_review: { table: 'daybook.invoice_reviews', keyType: 'uuid', expressions: { reviewed_at: instant('reviewed_at') }, integers: ['reviewed_at'] },
  discrepancy: {
    table: 'daybook.discrepancies',
    keyType: 'uuid',
    expressions: {
      hold_until: asText('hold_until'), due_on: asText('due_on'), occurred_on: asText('occurred_on'), detail: asText('detail'), first_seen_at: instant('first_seen_at'), last_seen_at: instant('last_seen_at'), resolved_at: instant('resolved_at'),
    },
    integers: ['amount_minor', 'first_seen_at', 'last_seen_at', 'resolved_at', 'version'],
  },
  discrepancy_step: { table: 'daybook.discrepancy_steps', keyType: 'uuid', expressions: { recorded_at: instant('recorded_at'), before: asText('before'), body: asText('body'), undoes: asText('undoes'), request_id: asText('request_id') }, integers: ['recorded_at'] },
  close_sign_off: { table: 'daybook.close_sign_offs', keyType: 'uuid', expressions: { checks: asText('checks'), recorded_at: instant('recorded_at') }, integers: ['head_sequence', 'recorded_at'] },
  mail: {
    table: 'daybook.mail_outbox',
    keyType: 'uuid',
    expressions: {
      recipients: asText('recipients'), next_attempt_at: instant('next_attempt_at'), lease_expires_at: instant('lease_expires_at'), queued_at: instant('queued_at'), sent_at: instant('sent_at'), events: asText('events'),
    },
    integers: ['sequence', 'attempts', 'next_attempt_at', 'fencing_number', 'lease_expires_at', 'queued_at', 'sent_at', 'version'],
  },
  shared_view: { table: 'daybook.shared_views', keyType: 'uuid', expressions: { layout: asText('layout'), saved_at: instant('saved_at') }, integers: ['saved_at'] },
};

/** A row as the driver hands it over: int8 as text, int4 as a number. */
type DriverRow = Record<string, string | number | null>;

export function createSharedLedgerSource(postgres: PostgresConnection): SharedLedgerSource {
  return {
    identity: () => readIdentity(postgres),
    inSnapshot: (work) =>
      postgres.transaction(async (client) => {
        await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        const [row] = await client.query<{ watermark: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS watermark');
        if (!row) throw new InvariantError('snapshot-without-watermark', 'The shared database gave no snapshot.');
        return work(snapshotOn(client, row.watermark));
      }),
  };
}

async function readIdentity(postgres: PostgresConnection): Promise<SharedLedgerIdentity> {
  const [row] = await postgres.query<Omit<SharedLedgerIdentity, 'readableEntities'> & Record<string, string | boolean>>(
    `SELECT id::text AS id, company_name AS "companyName", gateway, gateway_account AS "gatewayAccount", mode, functional_currency AS "functionalCurrency",
            reporting_time_zone AS "reportingTimeZone", minimum_client_version AS "minimumClientVersion", to_jsonb(ledger) ->> 'revalues_at_close' AS "revaluesAtClose", to_jsonb(ledger) ->> 'late_usage_months' AS "lateUsageMonths", to_jsonb(ledger) ->> 'tax_rounding' AS "taxRounding", to_jsonb(ledger) ->> 'reconciliation_policy' AS "reconciliationPolicy",
            session_user::text AS "user", price_changes_need_approval AS "priceChangesNeedApproval",
            CASE WHEN pg_has_role(session_user, 'daybook_admin', 'MEMBER') THEN 'admin' WHEN pg_has_role(session_user, 'daybook_accountant', 'MEMBER') THEN 'accountant'
                 WHEN pg_has_role(session_user, 'daybook_finance', 'MEMBER') THEN 'finance' ELSE 'viewer' END AS role
       FROM daybook.ledger`,
  );
  if (!row) {
    throw new ProviderError('shared-ledger-missing', 'The shared database has been prepared, but no ledger was created in it yet.', { provider: 'postgres', isRetryable: false, nextStep: 'Ask an admin to create the ledger in the shared database.' });
  }
  const readable = await postgres.query<{ entity: SharedEntityName }>(
    `SELECT entity FROM unnest($1::text[], $2::text[]) AS asked (entity, table_name) WHERE has_table_privilege(to_regclass(table_name), 'SELECT')`,
    [sharedEntityNames, sharedEntityNames.map((name) => remoteTables[name].table)],
  );
  const names = new Set(readable.map((entry) => entry.entity));
  await noteSeen(postgres);
  return { ...row, readableEntities: sharedEntityNames.filter((name) => names.has(name)) };
}

/** A shared database that was not migrated yet does not know who was seen: nothing depends on it. */
async function noteSeen(postgres: PostgresConnection): Promise<void> {
  try {
    await postgres.query('SELECT daybook.note_seen()');
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'postgres-not-migrated') throw error;
  }
}

function snapshotOn(client: PostgresClient, watermark: string): SharedSnapshot {
  return {
    watermark,
    async page(entity, afterKey, limit) {
      const { table, keyType } = remoteTables[entity];
      const rows = await client.query<DriverRow>(
        `SELECT ${selectList(entity)} FROM ${table} WHERE $1::${keyType} IS NULL OR id > $1::${keyType} ORDER BY id LIMIT $2`,
        [afterKey, limit],
      );
      return rows.map((row) => toSharedRow(entity, row));
    },
    async rowsByKeys(entity, keys) {
      const { table, keyType } = remoteTables[entity];
      const rows = await client.query<DriverRow>(`SELECT ${selectList(entity)} FROM ${table} WHERE id = ANY ($1::${keyType}[])`, [keys]);
      return rows.map((row) => toSharedRow(entity, row));
    },
    async heldBackSince() {
      const [row] = await client.query<{ since: string | null }>(`SELECT ${instant('min(changed_at)')} AS since FROM daybook.change_feed WHERE transaction_id >= $1::xid8`, [watermark]);
      return row?.since ? Number(row.since) : null;
    },
    async changesAfter(position, limit) {
      const rows = await client.query<Omit<FeedChange, 'changedAt'> & { changedAt: string }>(
        `SELECT transaction_id::text AS "transactionId", sequence::text AS sequence, entity, entity_id AS "entityId", operation, ${instant('changed_at')} AS "changedAt"
           FROM daybook.change_feed
          WHERE (transaction_id, sequence) > ($1::xid8, $2::bigint) AND transaction_id < $3::xid8
          ORDER BY change_feed.transaction_id, change_feed.sequence
          LIMIT $4`,
        [position.transactionId, position.sequence, watermark, limit],
      );
      return rows.map((row) => ({ ...row, changedAt: Number(row.changedAt) }));
    },
  };
}

function selectList(entity: SharedEntityName): string {
  const { expressions } = remoteTables[entity];
  return ['id::text AS shared_key', ...sharedEntities[entity].columns.map((column) => `${expressions[column] ?? column} AS ${column}`)].join(', ');
}

const isIntegerByEntity = new Map(
  sharedEntityNames.map((entity) => [entity, sharedEntities[entity].columns.map((column) => remoteTables[entity].integers.includes(column))]),
);

function toSharedRow(entity: SharedEntityName, row: DriverRow): SharedRow {
  const isInteger = isIntegerByEntity.get(entity) ?? [];
  const values = sharedEntities[entity].columns.map((column, index): SharedValue => {
    const value = row[column] ?? null;
    return value !== null && isInteger[index] ? toSafeInteger(value, entity, column) : value;
  });
  return { key: String(row['shared_key']), values };
}

function toSafeInteger(value: string | number, entity: string, column: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new InvariantError('unsafe-amount', `A value of ${entity}.${column} in the shared database is too large to be kept exactly.`, { data: { entity, column } });
  return number;
}
