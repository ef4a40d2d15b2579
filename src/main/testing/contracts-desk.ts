/** One desk with the contracts' room on a real ledger file, in New York on 18 November 2026. */
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { composeContracts } from '../composition/contracts.ts';
import type { MergedEntity } from '../contracts/contract-fields.ts';
import type { AmendmentRow } from '../contracts/contract-timeline.ts';
import type { PartnerContractRow } from '../contracts/contract-terms.ts';
import type { RecordValues } from '../contracts/contract-values.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { testNow } from './billing-desk.ts';
import { insertAmendment, insertPartnerContract } from './billing-fixtures.ts';
import { recordChanges, type RecordedChanges } from './recorded-changes.ts';
import { openTemporaryDatabase } from './temporary-database.ts';

export interface ContractsDesk extends Disposable {
  readonly database: SqliteDatabase;
  readonly room: ReturnType<typeof composeContracts>;
  readonly changes: RecordedChanges;
}

export function openContractsDesk(contracts: readonly PartnerContractRow[], amendments: readonly AmendmentRow[] = []): ContractsDesk {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  for (const contract of contracts) insertPartnerContract(database, contract);
  for (const amendment of amendments) insertAmendment(database, amendment);
  const changes = recordChanges();
  const room = composeContracts({ database, clock: fixedClock(Date.parse(testNow)), timeZone: new TimeZone('America/New_York'), changes });
  return { database, room, changes, [Symbol.dispose]: () => ledger[Symbol.dispose]() };
}

const insertRecorded = sql('test.version', 'INSERT INTO entity_versions (entity, entity_id, version, change_id, author, reason, body, recorded_at) VALUES (?, ?, ?, NULL, ?, ?, ?, ?)');

/** A version as the sync would copy it. */
export function insertVersion(database: SqliteDatabase, entity: MergedEntity, id: string, version: number, by: { author: string; reason: string | null; at: string }, body: RecordValues): void {
  database.run(insertRecorded, [entity, id, version, by.author, by.reason, JSON.stringify(body), Date.parse(by.at)]);
}
