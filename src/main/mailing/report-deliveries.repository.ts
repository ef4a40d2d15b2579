/** All SQL of reports that were sent by e-mail. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { MailRecipient } from './mail-entry.ts';

export type DeliveryState = 'sending' | 'sent' | 'failed' | 'in-doubt';

export interface ReportDelivery {
  readonly id: string;
  readonly report: 'revenue';
  readonly month: string;
  /** The n-th e-mail of this report and month. */
  readonly sequence: number;
  readonly state: DeliveryState;
  readonly recipients: readonly MailRecipient[];
  readonly subject: string;
  readonly messageId: string;
  /** Of the file that was handed over, below the data folder; '' with its hash where a backup that was put back does not know it. */
  readonly location: string;
  readonly sha256: string;
  readonly askedBy: string;
  readonly handedOverAt: number;
  readonly answeredAt: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

type DeliveryRow = Omit<ReportDelivery, 'recipients'> & { readonly recipients: string };

const columns = `id, report, month, sequence, state, recipients, subject, message_id AS messageId, location, sha256, asked_by AS askedBy, handed_over_at AS handedOverAt, answered_at AS answeredAt, error_code AS errorCode, error_message AS errorMessage`;
const find = sql('report-deliveries.find', `SELECT ${columns} FROM report_deliveries WHERE id = ?`);
const findLast = sql('report-deliveries.last', `SELECT ${columns} FROM report_deliveries WHERE report = :report AND month = :month ORDER BY sequence DESC LIMIT 1`);
const listLatest = sql('report-deliveries.latest', `SELECT ${columns} FROM report_deliveries WHERE report = :report ORDER BY handed_over_at DESC, sequence DESC LIMIT :limit`);
const insert = sql(
  'report-deliveries.insert',
  `INSERT INTO report_deliveries (id, report, month, sequence, state, recipients, subject, message_id, location, sha256, asked_by, handed_over_at, answered_at, error_code, error_message)
   VALUES (:id, :report, :month, :sequence, :state, :recipients, :subject, :messageId, :location, :sha256, :askedBy, :handedOverAt, :answeredAt, :errorCode, :errorMessage)`,
);
const settle = sql('report-deliveries.settle', 'UPDATE report_deliveries SET state = :state, recipients = :recipients, answered_at = :answeredAt, error_code = :errorCode, error_message = :errorMessage WHERE id = :id');

const hasTable = sql('report-deliveries.has-table', "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'report_deliveries'");

/** Whether the file is of a Daybook that sends reports. */
export const hasDeliveries = (database: ReadableDatabase): boolean => database.get(hasTable) !== undefined;

export function findReportDelivery(database: ReadableDatabase, id: string): ReportDelivery | undefined {
  const row = database.get<DeliveryRow>(find, [id]);
  return row && toDelivery(row);
}

export function findLastDelivery(database: ReadableDatabase, report: ReportDelivery['report'], month: string): ReportDelivery | undefined {
  const row = database.get<DeliveryRow>(findLast, { report, month });
  return row && toDelivery(row);
}

/** Newest first. */
export function listDeliveries(database: ReadableDatabase, report: ReportDelivery['report'], limit: number): ReportDelivery[] {
  return database.all<DeliveryRow>(listLatest, { report, limit }).map(toDelivery);
}

export function insertDelivery(database: WritableDatabase, delivery: ReportDelivery): void {
  database.run(insert, { ...delivery, recipients: JSON.stringify(delivery.recipients) });
}

export function settleDelivery(database: WritableDatabase, { id, state, recipients, answeredAt, errorCode, errorMessage }: ReportDelivery): void {
  database.run(settle, { id, state, recipients: JSON.stringify(recipients), answeredAt, errorCode, errorMessage });
}

function toDelivery(row: DeliveryRow): ReportDelivery {
  return { ...row, recipients: JSON.parse(row.recipients) as MailRecipient[] };
}
