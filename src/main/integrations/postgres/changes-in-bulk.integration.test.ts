/**
 * Many changes in one call come to what the same changes come to one by one (migrations/postgres/0030): random lists of them, taken by two shared databases, the one at once, the other by
 * `submit_change`. `DAYBOOK_SEED` repeats a run.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClient, startPostgres, type RunningPostgres, type SqlClient } from '../../../../sandbox/postgres.ts';
import { idFromKey } from '../../platform/ids.ts';
import { makeSharedDatabase, sharedContractId, sharedPartnerId, type SharedDatabase } from '../../testing/shared-desks.ts';

const seed = Number(process.env['DAYBOOK_SEED'] ?? 1);
const runs = process.env['DAYBOOK_LONG'] ? 2_000 : 60;
const otherContractId = '00000000-0000-4000-8000-000000000003';

interface Answer {
  readonly id: string;
  readonly state: string;
  readonly resultVersion: number | null;
  readonly refusalCode: string | null;
}

let server: RunningPostgres;
let atOnce: SharedDatabase;
let oneByOne: SharedDatabase;

beforeAll(async () => {
  server = await startPostgres();
  [atOnce, oneByOne] = [await makeSharedDatabase(server), await makeSharedDatabase(server)];
});
afterAll(async () => {
  await atOnce[Symbol.asyncDispose]();
  await oneByOne[Symbol.asyncDispose]();
  await server.stop();
});

const wanted = fc.oneof(
  fc.record({ column: fc.constant('purchase_order_number'), from: fc.constantFrom(null, 'PO-1'), to: fc.constantFrom(null, ' PO-1 ', 'PO-2', 'x'.repeat(201)) }),
  fc.record({ column: fc.constant('flat_fee_minor'), from: fc.constantFrom(10_000, 20_000), to: fc.constantFrom(20_000, 30_000, -1, 1.5) }),
  fc.record({ column: fc.constant('per_deed_price'), from: fc.constantFrom('2.5', '2.50'), to: fc.constantFrom('3', '3.10', null, '1e9') }),
  fc.record({ column: fc.constant('payment_terms_days'), from: fc.constant(30), to: fc.constantFrom(14, 45, 366) }),
  fc.record({ column: fc.constant('effective_to'), from: fc.constant(null), to: fc.constantFrom('2027-01-01', '2025-01-01') }),
  fc.record({ column: fc.constant('currency'), from: fc.constant('usd'), to: fc.constantFrom('EUR', 'no') }),
  fc.record({ column: fc.constant('partner_id'), from: fc.constant(sharedPartnerId), to: fc.constant(otherContractId) }),
);
const sent = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('contract' as const), record: fc.constantFrom(sharedContractId, otherContractId, sharedContractId.toUpperCase()), wanted: fc.array(wanted, { minLength: 1, maxLength: 2 }), base: fc.constantFrom(1, 1, 2, 3), repeats: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('partner' as const), name: fc.constantFrom('Titlesure', 'Titlesure Ltd', ''), treatment: fc.constantFrom('standard', 'exempt'), base: fc.constantFrom(1, 2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('amendment' as const), day: fc.constantFrom('2026-05-01', '2026-06-01'), fee: fc.constantFrom(1, 2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), record: fc.constantFrom(sharedContractId, otherContractId) }) },
);
type Sent = typeof sent extends fc.Arbitrary<infer One> ? One : never;

const startOf = (name: string): string => idFromKey(`changes in bulk ${name}`);

function toChange(one: Sent, id: string): Record<string, unknown> {
  const common = { id, reason: 'agreed by mail', createdAt: 0, desk: 'desk-of-ada' };
  if (one.kind === 'contract') return { ...common, entity: 'contract', entityId: one.record, operation: 'update', baseVersion: one.base, fields: Object.fromEntries(one.wanted.map(({ column, from, to }) => [column, { from, to }])) };
  if (one.kind === 'partner') return { ...common, entity: 'partner', entityId: sharedPartnerId, operation: 'update', baseVersion: one.base, fields: { name: { from: 'Titlesure', to: one.name }, tax_treatment: { from: 'standard', to: one.treatment } } };
  if (one.kind === 'delete') return { ...common, entity: 'contract', entityId: one.record, operation: 'delete', baseVersion: 1, fields: {} };
  const fields = { contract_id: sharedContractId, effective_from: one.day, pricing_model: 'flat', currency: 'usd', flat_fee_minor: one.fee };
  return { ...common, entity: 'amendment', entityId: startOf(`amendment ${id}`), operation: 'create', baseVersion: 0, fields: Object.fromEntries(Object.entries(fields).map(([column, to]) => [column, { from: null, to }])) };
}

async function prepare({ owner, clear }: SharedDatabase, fourEyes: boolean): Promise<void> {
  await clear();
  await owner.query('UPDATE daybook.ledger SET price_changes_need_approval = $1', [fourEyes]);
  await owner.query("INSERT INTO daybook.partners (id, name) VALUES ($1, 'Titlesure')", [sharedPartnerId]);
  for (const [place, id] of [sharedContractId, otherContractId].entries()) {
    await owner.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, per_deed_price, currency, effective_from) VALUES ($1, $2, $3, 'hybrid', 10000, 2.50, 'usd', '2026-01-01')", [id, sharedPartnerId, `dp_pk_${place}xx`]);
  }
  await owner.query("UPDATE daybook.api_partner_contracts SET terms = 'by somebody else' WHERE id = $1", [otherContractId]); // version 2, of nobody's desk
}

/** What `submit_changes` says of holding back, for the road that takes them one by one. */
async function takeOneByOne(client: SqlClient, changes: readonly Record<string, unknown>[]): Promise<(Answer | null)[]> {
  const held = new Set<unknown>();
  const answers: (Answer | null)[] = [];
  for (const change of changes) {
    const fields = change['fields'] as Record<string, { to: unknown }>;
    if ([change['entityId'], fields['contract_id']?.to, fields['partner_id']?.to].some((id) => held.has(id))) {
      answers.push(null);
      held.add(change['entityId']);
      continue;
    }
    const { rows } = await client.query<{ answer: Answer }>('SELECT daybook.submit_change($1::jsonb) AS answer', [JSON.stringify(change)]);
    if (['awaiting-approval', 'conflict', 'refused'].includes(rows[0]!.answer.state)) held.add(change['entityId']);
    answers.push(rows[0]!.answer);
  }
  return answers;
}

const said = (answers: readonly (Answer | null)[]) => answers.map((answer) => answer && { id: answer.id, state: answer.state, version: answer.resultVersion, code: answer.refusalCode });

/** All that is kept, but for moments, ids made there, and what hashes them. */
async function kept({ owner }: SharedDatabase): Promise<unknown> {
  const read = async (text: string): Promise<unknown> => (await owner.query(text)).rows;
  return {
    changes: await read("SELECT id, entity, entity_id, operation, base_version, fields, reason, desk, created_at, state, result_version, refusal_code, four_eyes, effective_operation, effective_id, effective_fields, effective_base, restores, conflict_id IS NULL AS calm, approval_id IS NULL AS free FROM daybook.change_sets ORDER BY id"),
    versions: await read('SELECT entity, entity_id, version, change_id, reason, body FROM daybook.entity_versions ORDER BY entity, entity_id, version'),
    contracts: await read('SELECT id, version, deleted_at IS NULL AS stands, daybook.values_of($$contract$$, to_jsonb(t)) AS values FROM daybook.api_partner_contracts t ORDER BY id'),
    partners: await read('SELECT id, version, daybook.values_of($$partner$$, to_jsonb(t)) AS values FROM daybook.partners t ORDER BY id'),
    amendments: await read('SELECT id, version, daybook.values_of($$amendment$$, to_jsonb(t)) AS values FROM daybook.contract_amendments t ORDER BY id'),
    approvals: await read('SELECT change_id, entity, entity_id, state, chosen_by FROM daybook.change_approvals ORDER BY change_id'),
    conflicts: await read('SELECT change_id, entity, entity_id, fields, their_version, their_reason FROM daybook.change_conflicts ORDER BY change_id'),
    audit: await read("SELECT entity, entity_id, action, diff, request_id FROM daybook.audit_log ORDER BY id"),
  };
}

async function checkChain({ owner }: SharedDatabase): Promise<void> {
  const { rows } = await owner.query<{ broken: number }>(`
    SELECT count(*)::int AS broken FROM (SELECT *, lag(hash, 1, repeat('0', 64)) OVER (ORDER BY id) AS before FROM daybook.audit_log) a
    WHERE previous_hash <> before OR hash <> encode(sha256(convert_to(jsonb_build_array(previous_hash, entity, entity_id, action, diff, actor, request_id, extract(epoch FROM recorded_at)::text)::text, 'UTF8')), 'hex')`);
  expect(rows).toEqual([{ broken: 0 }]);
}

test(`${runs} random lists of changes from seed ${seed} on come to the same at once and one by one`, { timeout: 1_800_000 }, async () => {
  const [all, single] = [await openClient(await atOnce.urlOf('ada', 'admin')), await openClient(await oneByOne.urlOf('ada', 'admin'))];
  const met = new Map<string, number>();
  try {
    await fc.assert(fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 12 }), fc.boolean(), async (list, fourEyes) => {
      await Promise.all([prepare(atOnce, fourEyes), prepare(oneByOne, fourEyes)]);
      const made = list.map((one) => ({ one, change: toChange(one, randomUUID()) }));
      const changes = made.flatMap(({ one, change }) => (one.kind === 'contract' && one.repeats ? [change, change] : [change]));
      const { rows } = await all.query<{ answers: (Answer | null)[] }>('SELECT daybook.submit_changes($1::jsonb) AS answers', [JSON.stringify(changes)]);
      const answers = said(rows[0]!.answers);
      expect(answers).toEqual(said(await takeOneByOne(single, changes)));
      expect(await kept(atOnce)).toEqual(await kept(oneByOne));
      await checkChain(atOnce);
      for (const answer of answers) met.set(answer?.state ?? 'held', (met.get(answer?.state ?? 'held') ?? 0) + 1);
    }), { numRuns: runs, seed });
    for (const state of ['applied', 'merged', 'awaiting-approval', 'conflict', 'refused', 'held']) expect([state, met.has(state)]).toEqual([state, true]);
  } finally {
    await all.end();
    await single.end();
  }
});

test('where a rule of the tables is against one of them, it alone is refused, and the lock on edits is held to the end', async () => {
  await prepare(atOnce, false);
  await atOnce.owner.query("ALTER TABLE daybook.api_partner_contracts ADD CONSTRAINT no_such_order CHECK (purchase_order_number IS DISTINCT FROM 'PO-13')");
  const [ada, watcher] = [await openClient(await atOnce.urlOf('ada', 'admin')), await openClient(await atOnce.urlOf('bea', 'admin'))];
  try {
    const change = (entityId: string, to: string) => ({ id: randomUUID(), entity: 'contract', entityId, operation: 'update', baseVersion: 1, fields: { purchase_order_number: { from: null, to } }, reason: 'agreed by mail', createdAt: 0, desk: 'desk-of-ada' });
    await ada.query('BEGIN');
    const { rows } = await ada.query<{ answers: Answer[] }>('SELECT daybook.submit_changes($1::jsonb) AS answers', [JSON.stringify([change(sharedContractId, 'PO-12'), change(otherContractId, 'PO-13')])]);
    expect(rows[0]!.answers.map(({ state, refusalCode }) => [state, refusalCode])).toEqual([['applied', null], ['refused', 'value-invalid']]);
    const locked = await watcher.query<{ free: boolean }>("SELECT pg_try_advisory_xact_lock(hashtextextended('daybook.change_sets', 0)) AS free");
    expect(locked.rows).toEqual([{ free: false }]);
    await ada.query('COMMIT');
    await checkChain(atOnce);
  } finally {
    await ada.end();
    await watcher.end();
    await atOnce.owner.query('ALTER TABLE daybook.api_partner_contracts DROP CONSTRAINT no_such_order');
  }
});
