/**
 * Random histories of two to five desks on a real shared database (domain.md §5): after all have met, every desk says what the shared database says, no edit is lost,
 * no value was ever replaced that its author had not seen, and no price took effect on one person's word. `DAYBOOK_SEED` repeats from a seed, `DAYBOOK_HISTORIES` says how many,
 * `DAYBOOK_LANES` in how many databases of one server they are played side by side: while one waits for an answer the next one plays.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../../sandbox/postgres.ts';
import type { FieldChange, FieldValue } from '../contracts/change-set.ts';
import { mergedFields, type MergedEntity } from '../contracts/contract-fields.ts';
import { isSameValue } from '../contracts/contract-values.ts';
import { findStandingRecord } from '../contracts/local-changes.repository.ts';
import { openOffice, playHistory, type Office, type Played } from '../testing/edit-histories.ts';
import { editHistory, mostDesks, type EditHistory } from '../testing/edit-history-steps.ts';
import { makeSharedDatabase } from '../testing/shared-desks.ts';

const seed = Number(process.env['DAYBOOK_SEED'] ?? 1);
const count = Number(process.env['DAYBOOK_HISTORIES'] ?? (process.env['DAYBOOK_LONG'] ? 10_000 : 300));
const lanes = Math.min(count, Number(process.env['DAYBOOK_LANES'] ?? 3));
const tables: Readonly<Record<MergedEntity, string>> = { partner: 'partners', contract: 'api_partner_contracts', amendment: 'contract_amendments' };

let server: RunningPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

interface Version {
  readonly version: number;
  readonly changeId: string | null;
  readonly body: Readonly<Record<string, FieldValue>>;
}

interface StoredChange {
  readonly id: string;
  readonly state: string;
  readonly author: string;
  readonly resolvedBy: string | null;
  readonly fourEyes: string | null;
  readonly fields: Readonly<Record<string, FieldChange>>;
  readonly effective: Readonly<Record<string, FieldChange>>;
  readonly operation: string;
  readonly approvedBy: string | null;
}

async function checkDesks({ world, desks }: Office, played: Played, deskCount: number): Promise<void> {
  for (const { entity, id } of played.records) {
    const { rows } = await world.owner.query<{ version: number; isDeleted: boolean; values: Record<string, FieldValue> }>(`SELECT version, deleted_at IS NOT NULL AS "isDeleted", daybook.values_of($1, to_jsonb(t)) AS values FROM daybook.${tables[entity]} t WHERE id = $2`, [entity, id]);
    for (const desk of desks.slice(0, deskCount)) expect(findStandingRecord(desk.ledger.database, entity, id)).toEqual(rows[0] ?? null);
  }
}

/** Every edit that was made lies in the shared database as it was made, or was taken back before it left its desk. */
function checkNothingLost({ desks }: Office, played: Played, changes: ReadonlyMap<string, StoredChange>): void {
  for (const { desk, id } of played.made) {
    const here = desks[desk]!.changes.find(id);
    const there = changes.get(id);
    if (!there) {
      expect(here.state).toBe('withdrawn');
      continue;
    }
    expect(there.state).toBe(here.state);
    expect(Object.keys(there.fields).toSorted()).toEqual(here.fields.map((field) => field.column).toSorted());
    for (const field of here.fields) expect([field.column, isSameValue(there.fields[field.column]?.to ?? null, field.to)]).toEqual([field.column, true]);
  }
}

/** Version by version: a field only ever changes by a change that names it and whose author saw what it replaced; everything else stays. */
function checkVersions(entity: MergedEntity, versions: readonly Version[], changes: ReadonlyMap<string, StoredChange>, fourEyes: boolean): void {
  for (const [place, { version, changeId, body }] of versions.entries()) {
    expect(version).toBe(place + 1);
    const before = versions[place - 1]?.body;
    if (!before || changeId === null) continue;
    const change = changes.get(changeId)!;
    let bearsPrice = body['is_deleted'] !== before['is_deleted'];
    for (const { column, isPriceBearing } of mergedFields[entity]) {
      const [was, is] = [before[column] ?? null, body[column] ?? null];
      if (isSameValue(was, is)) continue;
      const wanted = change.effective[column];
      expect({ column, saw: wanted?.from, wanted: wanted?.to }).toEqual({ column, saw: was, wanted: is });
      bearsPrice ||= isPriceBearing;
    }
    if (bearsPrice && fourEyes) {
      expect(change.fourEyes).toBe('on');
      expect([change.author, change.resolvedBy]).not.toContain(change.approvedBy);
      expect(change.approvedBy).not.toBeNull();
    }
  }
}

type Met = Record<'conflict' | 'merged' | 'applied' | 'rejected' | 'withdrawn', number>;

async function checkPlayed(office: Office, played: Played, history: EditHistory, met: Met): Promise<void> {
  const { owner } = office.world;
  expect(office.differences).toEqual([]);
  await checkDesks(office, played, history.desks);
  const ids = played.made.map((one) => one.id);
  const { rows } = await owner.query<StoredChange>(
    `SELECT c.id, c.state, c.author, c.resolved_by AS "resolvedBy", c.four_eyes AS "fourEyes", c.fields, c.effective_fields AS effective, c.operation,
       (SELECT a.decided_by FROM daybook.change_approvals a WHERE a.change_id = c.id AND a.state = 'approved' ORDER BY a.decided_at DESC LIMIT 1) AS "approvedBy" FROM daybook.change_sets c WHERE c.id = ANY ($1)`,
    [ids],
  );
  const changes = new Map(rows.map((row) => [row.id, row]));
  checkNothingLost(office, played, changes);
  for (const { entity, id } of played.records) {
    const versions = await owner.query<Version>('SELECT version, change_id AS "changeId", body FROM daybook.entity_versions WHERE entity = $1 AND entity_id = $2 ORDER BY version', [entity, id]);
    checkVersions(entity, versions.rows, changes, history.fourEyes);
  }
  for (const { state } of rows) if (state in met) met[state as keyof Met] += 1;
  met.conflict += (await owner.query('SELECT 1 FROM daybook.change_conflicts WHERE change_id = ANY ($1)', [ids])).rowCount ?? 0;
}

/** The first history that failed, of any lane: the others go no further. */
let failure: Error | null = null;

/** So many histories one after the other in a database of their own. */
async function playLane(lane: number, met: Met): Promise<void> {
  await using world = await makeSharedDatabase(server);
  const office = await openOffice(world, mostDesks, Date.UTC(2026, 10, 18, 14, 14));
  let run = 0;
  try {
    await fc.assert(
      fc.asyncProperty(editHistory, async (history) => {
        if (failure) return;
        run += 1;
        if (run % 20 === 0) await office.clear();
        office.isJudged = run % 3 === 1;
        await checkPlayed(office, await playHistory(office, history, run), history, met);
        if (process.env['DAYBOOK_LONG'] && run % 100 === 0) console.log(`lane ${lane}: ${run} histories`);
      }),
      { numRuns: Math.floor(count / lanes) + (lane < count % lanes ? 1 : 0), seed: seed + lane, endOnFailure: process.env['DAYBOOK_SHRINK'] === undefined },
    );
  } catch (error) {
    failure ??= new Error(`Lane ${lane} of ${lanes}, history ${run} (DAYBOOK_SEED=${seed + lane} DAYBOOK_LANES=1 DAYBOOK_HISTORIES=${run} repeats it)`, { cause: error });
    console.log(failure, error); // at once: a long run ends late
  } finally {
    await office[Symbol.asyncDispose]();
  }
}

describe(`${count} random histories of edits from seed ${seed} on`, () => {
  test('end in one truth, in which every edit has its place', { timeout: 14_400_000 }, async () => {
    const met: Met = { conflict: 0, merged: 0, applied: 0, rejected: 0, withdrawn: 0 };
    await Promise.all(Array.from({ length: lanes }, (_, lane) => playLane(lane, met)));
    if (failure) throw failure;
    // The histories meet what they are about.
    if (count >= 100) for (const [what, times] of Object.entries(met)) expect([what, times > count / 30]).toEqual([what, true]);
  });
});
