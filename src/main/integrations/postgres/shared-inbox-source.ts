/** The desks' side of the shared inbox (migrations/postgres/0006): rows in the order of their numbers, pages bounded in rows and bytes. */
import type { SharedInboxSource } from '../../intake/shared-inbox.ports.ts';
import type { PostgresConnection } from './connection.ts';

interface InboxRow {
  readonly sequence: string;
  readonly gateway: string;
  readonly id: string;
  readonly type: string;
  readonly api_version: string | null;
  readonly occurred_ms: string | null;
  readonly received_ms: string;
  readonly payload: Buffer;
}

const rowsPerPage = 200;
const bytesPerPage = 2 * 1024 * 1024;

/** The first row of a page comes whatever its size. */
const pageText = `
  SELECT sequence, gateway, id, type, api_version, floor(extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_ms, floor(extract(epoch FROM received_at) * 1000)::bigint AS received_ms, payload
    FROM (SELECT next.*, sum(octet_length(payload)) OVER (ORDER BY sequence) - octet_length(payload) AS bytes_before
            FROM (SELECT * FROM daybook.webhook_events WHERE sequence > $1 AND sequence <= $2 AND ($3::text IS NULL OR gateway <> $3) ORDER BY sequence LIMIT $4) AS next) AS measured
   WHERE bytes_before < $5
   ORDER BY sequence`;

export function createSharedInboxSource(postgres: PostgresConnection): SharedInboxSource {
  async function newest(): Promise<number> {
    const [row] = await postgres.query<{ newest: string }>('SELECT coalesce(max(sequence), 0) AS newest FROM daybook.webhook_events');
    return Number(row?.newest ?? 0);
  }
  return {
    async page({ after, upTo, exceptGateway }) {
      const last = await newest();
      const rows = await postgres.query<InboxRow & Record<string, unknown>>(pageText, [after, upTo ?? last, exceptGateway ?? null, rowsPerPage, bytesPerPage]);
      return {
        newest: last,
        rows: rows.map((row) => ({
          sequence: Number(row.sequence), gateway: row.gateway, id: row.id, type: row.type, apiVersion: row.api_version, occurredAt: row.occurred_ms === null ? null : Number(row.occurred_ms), receivedAt: Number(row.received_ms),
          body: row.payload.toString('utf8'),
        })),
      };
    },
    async lastBefore(instant) {
      if (instant === null) return newest();
      const [row] = await postgres.query<{ last: string }>('SELECT coalesce((SELECT min(sequence) - 1 FROM daybook.webhook_events WHERE received_at >= to_timestamp($1::double precision / 1000)), (SELECT max(sequence) FROM daybook.webhook_events), 0) AS last', [instant]);
      return Number(row?.last ?? 0);
    },
  };
}
