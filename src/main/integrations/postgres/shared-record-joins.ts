/** An empty shared ledger that takes over what a desk of its own brings, through the functions of migrations/postgres/0015. */
import { z } from 'zod';
import type { SharedRecordJoins } from '../../sync/record-joining.ports.ts';
import type { PostgresConnection } from './connection.ts';

const begunSchema = z.object({ state: z.enum(['open', 'finished']), pages: z.record(z.string(), z.array(z.number().int())) });

/** @param desk this desk's own name. */
export function createSharedRecordJoins(postgres: PostgresConnection, desk: string): SharedRecordJoins {
  return {
    async isOpen() {
      const [row] = await postgres.query<{ open: boolean }>('SELECT daybook.is_open_to_join() AS open');
      return row?.open ?? false;
    },
    async begin(joinId, manifest) {
      const [row] = await postgres.query<{ begun: unknown }>('SELECT daybook.begin_record_join($1, $2, $3::jsonb) AS begun', [joinId, desk, JSON.stringify(manifest)]);
      const { state, pages } = begunSchema.parse(row?.begun);
      return { isFinished: state === 'finished', has: (part, page) => pages[part]?.includes(page) ?? false };
    },
    async stage(joinId, part, page, rows) {
      await postgres.query('SELECT daybook.stage_join_page($1, $2, $3, $4::jsonb)', [joinId, part, page, JSON.stringify(rows)]);
    },
    async finish(joinId, requestId) {
      await postgres.query('SELECT daybook.finish_record_join($1, $2)', [joinId, requestId]);
    },
  };
}
