/**
 * The e-mail outbox as screens show it, and what became of an invoice's e-mails.
 */
import type { z } from 'zod';
import type { mailContract, MailDetailView, MailRowView } from '../../shared/api/mail.contract.ts';
import { sql, type ReadableDatabase, type SqlValue } from '../database/handles.ts';

type ListInput = z.output<NonNullable<(typeof mailContract.outbox.list)['~orpc']['inputSchema']>>;

const from = 'FROM mail_outbox AS m LEFT JOIN invoices AS i ON i.id = m.invoice_id';
const rowColumns = `m.id, m.invoice_id AS "invoiceId", m.invoice_number AS "invoiceNumber", coalesce(json_extract(i.customer_snapshot, '$.customer.name'), '') AS "customerName", m.state, m.attempts, m.queued_at AS "queuedAt", m.sent_at AS "sentAt",
  m.next_attempt_at AS "nextAttemptAt", m.error_code AS "errorCode", m.error_message AS "errorMessage"`;
const addresses = `(SELECT group_concat(json_extract(r.value, '$.address'), ', ') FROM json_each(m.recipients) AS r) AS recipients`;
const orders = { queuedAt: 'm.queued_at', invoiceNumber: 'm.invoice_number', state: 'm.state' } as const;
const find = sql(
  'mail-list.find',
  `SELECT ${rowColumns}, m.sequence, m.language, m.subject, m.body, m.attachment_name AS "attachmentName", m.attachment_sha256 AS "attachmentSha256", m.message_id AS "messageId", m.queued_by AS "queuedBy", m.recipients, m.events ${from} WHERE m.id = ?`,
);
const history = sql(
  'mail-list.history',
  `SELECT json_extract(e.value, '$.at') AS at, json_extract(e.value, '$.actor') AS actor, 'e-' || json_extract(e.value, '$.action') AS action, json_extract(e.value, '$.note') AS note
   FROM mail_outbox AS m, json_each(m.events) AS e WHERE m.invoice_id = ? ORDER BY m.sequence, e.key`,
);
const findInvoice = sql('mail-list.invoice', "SELECT id FROM invoices WHERE id = :given OR invoice_number = :given LIMIT 1");

/** A window of the outbox, the newest first unless asked otherwise. */
export function listMail(database: ReadableDatabase, window: ListInput): { rows: MailRowView[]; total: number; sums: [] } {
  const { state, text } = window.filter ?? {};
  const like = text === undefined ? undefined : `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const conditions: (readonly [string, Record<string, SqlValue>])[] = [
    ...(state ? [['m.state = :state', { state }] as const] : []),
    ...(like ? [["(m.invoice_number LIKE :like ESCAPE '\\' OR m.recipients LIKE :like ESCAPE '\\' OR json_extract(i.customer_snapshot, '$.customer.name') LIKE :like ESCAPE '\\')", { like }] as const] : []),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.map(([condition]) => condition).join(' AND ')}` : '';
  const values = Object.assign({}, ...conditions.map(([, bound]) => bound)) as Record<string, SqlValue>;
  const column = window.sort?.column ?? 'queuedAt';
  const direction = (window.sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  return {
    rows: database.all<MailRowView>(sql(`mail-list.by-${column}`, `SELECT ${rowColumns}, ${addresses} ${from} ${where} ORDER BY ${orders[column]} ${direction}, m.queued_at DESC, m.id LIMIT :limit OFFSET :startAt`), { ...values, limit: window.limit, startAt: window.startAt }),
    total: database.get<{ total: number }>(sql('mail-list.total', `SELECT count(*) AS total ${from} ${where}`), values)?.total ?? 0,
    sums: [],
  };
}

export function readMail(database: ReadableDatabase, id: string): MailDetailView | undefined {
  const row = database.get<Omit<MailDetailView, 'recipients' | 'events'> & { recipients: string; events: string }>(find, [id]);
  return row && { ...row, recipients: JSON.parse(row.recipients) as MailDetailView['recipients'], events: JSON.parse(row.events) as MailDetailView['events'] };
}

/** What became of an invoice's e-mails, for its history: `e-mail-sent` beside the invoice's own `send`. */
export function listMailHistory(database: ReadableDatabase, invoiceId: string): MailDetailView['events'] {
  return database.all<MailDetailView['events'][number]>(history, [invoiceId]);
}

/** The id of an invoice that is named by its id or its number; undefined: there is none here. */
export function findInvoiceId(database: ReadableDatabase, given: string): string | undefined {
  return database.get<{ id: string }>(findInvoice, { given })?.id;
}
