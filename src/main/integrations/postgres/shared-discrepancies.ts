/** The doors for differences, the work on them and the signatures under months in the shared database (migrations/postgres/0003, 0026). */
import type { SharedDiscrepancies } from '../../reconciliation/discrepancy-sharing.ts';
import type { PostgresConnection } from './connection.ts';

const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function createSharedDiscrepancies(postgres: PostgresConnection): SharedDiscrepancies {
  return {
    async record(rows) {
      const sent = rows.map((row) => ({
        id: row.id, level: row.level, reason: row.reason, objectId: row.objectId, balanceTransactionId: row.balanceTransactionId, status: row.status, assignee: row.assignee, holdUntil: row.holdUntil, currency: row.currency,
        amountMinor: row.amountMinor, occurredOn: row.occurredOn, detail: JSON.parse(row.detail) as unknown, firstSeenAt: instant(row.firstSeenAt), lastSeenAt: instant(row.lastSeenAt), resolvedAt: instant(row.resolvedAt), sharedVersion: row.sharedVersion,
        dueOn: row.dueOn, markedAs: row.markedAs, linkTo: row.linkTo, openRequest: row.openRequest,
      }));
      const answers = await postgres.query<{ id: string; version: number; is_current: boolean }>('SELECT id::text AS id, version, is_current FROM daybook.record_discrepancies($1::jsonb)', [JSON.stringify(sent)]);
      return answers.map((answer) => ({ id: answer.id, version: answer.version, isCurrent: answer.is_current }));
    },
    async recordSteps(steps) {
      const parsed = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as unknown));
      const sent = steps.map(({ id, discrepancyId, action, note, fromStatus, toStatus, recordedAt, before, body, undoes, requestId }) => ({ id, discrepancyId, action, note, fromStatus, toStatus, recordedAt: instant(recordedAt), before: parsed(before), body: parsed(body), undoes, requestId }));
      return (await postgres.query<{ id: string }>('SELECT id::text AS id FROM daybook.record_discrepancy_steps($1::jsonb)', [JSON.stringify(sent)])).map((row) => row.id);
    },
    async recordSignOff(row) {
      await postgres.query('SELECT daybook.record_close_sign_off($1, $2, $3, $4, $5, $6, $7, $8)', [row.id, row.month, row.action, row.note, row.checks, row.headSequence, row.headHash, new Date(row.recordedAt).toISOString()]);
    },
  };
}
