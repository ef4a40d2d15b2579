/** All SQL of the e-mail outbox and its templates on this desk. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { MailEntry, MailEvent, MailRecipient } from './mail-entry.ts';
import type { MailLanguage, MailTemplate } from './mail-template.ts';

interface MailRow extends Omit<MailEntry, 'recipients' | 'events'> {
  readonly recipients: string;
  readonly events: string;
}

const columns = `id, invoice_id AS "invoiceId", invoice_number AS "invoiceNumber", sequence, state, recipients, subject, body, language, attachment_name AS "attachmentName", totals_fingerprint AS "totalsFingerprint", message_id AS "messageId",
  attempts, next_attempt_at AS "nextAttemptAt", fencing_number AS "fencingNumber", claimed_by AS "claimedBy", lease_expires_at AS "leaseExpiresAt", error_code AS "errorCode", error_message AS "errorMessage", queued_by AS "queuedBy",
  queued_at AS "queuedAt", sent_at AS "sentAt", attachment_sha256 AS "attachmentSha256", events, version`;
const find = sql('mail.find', `SELECT ${columns} FROM mail_outbox WHERE id = ?`);
const listOfInvoice = sql('mail.of-invoice', `SELECT ${columns} FROM mail_outbox WHERE invoice_id = ? ORDER BY sequence`);
const findDue = sql(
  'mail.due',
  `SELECT ${columns} FROM mail_outbox WHERE (state = 'waiting' AND next_attempt_at <= :now) OR (state = 'claimed' AND lease_expires_at <= :now) ORDER BY queued_at, id LIMIT 1`,
);
const listDue = sql('mail.list-due', `SELECT ${columns} FROM mail_outbox WHERE (state = 'waiting' AND next_attempt_at <= :now) OR (state IN ('claimed', 'sending') AND lease_expires_at <= :now) ORDER BY queued_at, id`);
const listStranded = sql('mail.stranded', `SELECT ${columns} FROM mail_outbox WHERE state = 'sending' AND lease_expires_at <= ?`);
/** Also one whose sending was begun and never told about: looking is what puts it before a person. */
const hasDue = sql('mail.has-due', "SELECT 1 AS found FROM mail_outbox WHERE (state = 'waiting' AND next_attempt_at <= :now) OR (state IN ('claimed', 'sending') AND lease_expires_at <= :now) LIMIT 1");
const listSentOfUnmarked = sql('mail.sent-of-unmarked', "SELECT DISTINCT m.invoice_id AS id FROM mail_outbox AS m JOIN invoices AS i ON i.id = m.invoice_id WHERE m.state = 'sent' AND i.status = 'finalised'");
const save = sql(
  'mail.save',
  `INSERT INTO mail_outbox (id, invoice_id, invoice_number, sequence, state, recipients, subject, body, language, attachment_name, totals_fingerprint, message_id, attempts, next_attempt_at, fencing_number, claimed_by, lease_expires_at,
     error_code, error_message, queued_by, queued_at, sent_at, attachment_sha256, events, version)
   VALUES (:id, :invoiceId, :invoiceNumber, :sequence, :state, :recipients, :subject, :body, :language, :attachmentName, :totalsFingerprint, :messageId, :attempts, :nextAttemptAt, :fencingNumber, :claimedBy, :leaseExpiresAt,
     :errorCode, :errorMessage, :queuedBy, :queuedAt, :sentAt, :attachmentSha256, :events, :version)
   ON CONFLICT (id) DO UPDATE SET state = excluded.state, recipients = excluded.recipients, attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at, fencing_number = excluded.fencing_number, claimed_by = excluded.claimed_by,
     lease_expires_at = excluded.lease_expires_at, error_code = excluded.error_code, error_message = excluded.error_message, sent_at = excluded.sent_at, attachment_sha256 = excluded.attachment_sha256, events = excluded.events, version = excluded.version
   WHERE excluded.version > mail_outbox.version`,
);
const hasOutbox = sql('mail.has-table', "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'mail_outbox'");
const isShared = sql('mail.is-shared', "SELECT 1 AS found FROM ledger_settings WHERE name = 'shared_ledger_id'");
const doubtUnsent = sql(
  'mail.doubt-unsent',
  `UPDATE mail_outbox SET state = 'in-doubt', error_code = 'mail-in-doubt', error_message = :note, claimed_by = NULL, lease_expires_at = NULL, fencing_number = fencing_number + 1, version = version + 1,
     events = json_insert(events, '$[#]', json_object('at', CAST(:now AS INTEGER), 'actor', :actor, 'action', 'mail-in-doubt', 'note', :note)) WHERE state IN ('waiting', 'claimed', 'sending')`,
);
const findTemplate = sql('mail.template', 'SELECT subject, body FROM mail_templates WHERE language = ?');
const keepTemplate = sql(
  'mail.keep-template',
  `INSERT INTO mail_templates (language, subject, body, changed_by, changed_at) VALUES (:language, :subject, :body, :changedBy, :changedAt)
   ON CONFLICT (language) DO UPDATE SET subject = excluded.subject, body = excluded.body, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
);
const dropTemplate = sql('mail.drop-template', 'DELETE FROM mail_templates WHERE language = ?');

/**
 * Of a ledger that was put back from a backup: what waited to be sent then may have been sent since, and is for a person to say. On a shared ledger the shared outbox knows, and the copy here is left to it.
 * @param now epoch milliseconds.
 * @returns how many e-mails are in doubt now.
 */
export function doubtUnsentMail(database: WritableDatabase, now: number, actor: string): number {
  // A backup of an older Daybook may have no outbox yet.
  if (database.get(hasOutbox) === undefined || database.get(isShared) !== undefined) return 0;
  return database.run(doubtUnsent, { now, actor, note: 'A backup was put back: whether it was sent since the backup was made is not known.' });
}

export function findMail(database: ReadableDatabase, id: string): MailEntry | undefined {
  const row = database.get<MailRow>(find, [id]);
  return row && toEntry(row);
}

/** Oldest first. */
export function listMailOfInvoice(database: ReadableDatabase, invoiceId: string): MailEntry[] {
  return database.all<MailRow>(listOfInvoice, [invoiceId]).map(toEntry);
}

export function findDueMail(database: ReadableDatabase, now: number): MailEntry | undefined {
  const row = database.get<MailRow>(findDue, { now });
  return row && toEntry(row);
}

/** What this desk's copy takes for due. */
export function listDueMail(database: ReadableDatabase, now: number): MailEntry[] {
  return database.all<MailRow>(listDue, { now }).map(toEntry);
}

/** Handed over by a process that never said what became of it. */
export function listStrandedMail(database: ReadableDatabase, now: number): MailEntry[] {
  return database.all<MailRow>(listStranded, [now]).map(toEntry);
}

export function hasDueMail(database: ReadableDatabase, now: number): boolean {
  return database.get(hasDue, { now }) !== undefined;
}

/** Invoices whose e-mail was sent and which do not say so: a crash came in between. */
export function listUnmarkedInvoices(database: ReadableDatabase): string[] {
  return database.all<{ id: string }>(listSentOfUnmarked).map((row) => row.id);
}

/** Keeps the newest version. */
export function saveMail(database: WritableDatabase, mail: MailEntry): void {
  const { recipients, events, ...rest } = mail;
  database.run(save, { ...rest, recipients: JSON.stringify(recipients), events: JSON.stringify(events) });
}

export function findMailTemplate(database: ReadableDatabase, language: MailLanguage): MailTemplate | undefined {
  return database.get<MailTemplate>(findTemplate, [language]);
}

export function keepMailTemplate(database: WritableDatabase, language: MailLanguage, template: MailTemplate, changedBy: string, changedAt: number): void {
  database.run(keepTemplate, { language, subject: template.subject, body: template.body, changedBy, changedAt });
}

export function dropMailTemplate(database: WritableDatabase, language: MailLanguage): void {
  database.run(dropTemplate, [language]);
}

function toEntry(row: MailRow): MailEntry {
  return { ...row, recipients: JSON.parse(row.recipients) as MailRecipient[], events: JSON.parse(row.events) as MailEvent[] };
}
