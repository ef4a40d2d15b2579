/** A desk of its own edits by the same rules, in the transaction that asks for it; four eyes are off and recorded as off. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import { amendmentOf, flatContract, insertAmendment, insertPartnerContract } from '../testing/billing-fixtures.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createChangeDecisions, type ChangeDecisions } from './change-decisions.ts';
import { createContractChanges, type ContractChanges } from './contract-changes.ts';
import { listRecordedVersions } from './contract-records.repository.ts';
import { createLocalChanges } from './local-changes.ts';
import { findStandingRecord } from './local-changes.repository.ts';

let ledger: TemporaryDatabase;
let changes: ContractChanges;
let decisions: ChangeDecisions;
const clock = fixedClock(1_000);
const act = { actor: 'ana', requestId: newId() };

beforeEach(() => {
  ledger = openTemporaryDatabase();
  const { database } = ledger;
  insertPartnerContract(database, flatContract);
  const twin = createLocalChanges({ clock, newId, desk: 'here' });
  const dependencies = { readable: database, unitOfWork: database.unitOfWork, audit: createAuditLog({ clock }), clock, twin };
  changes = createContractChanges({ ...dependencies, newId });
  decisions = createChangeDecisions({ ...dependencies, changes, shared: null, billing: { billedUnder: ({ values }) => ({ month: '2026-10', total: { amount: Number(values['flat_fee_minor']), currency: 'usd' }, problem: null }) }, bringHome: async () => undefined });
});
afterEach(() => ledger[Symbol.dispose]());

const edit = (values: Readonly<Record<string, string | number | null>>, baseVersion = 1, operation: 'update' | 'delete' = 'update') => changes.submit({ entity: 'contract', entityId: flatContract.id, operation, baseVersion, values, reason: 'agreed by mail' }, act);
const standing = () => findStandingRecord(ledger.database, 'contract', flatContract.id);

describe('the local twin', () => {
  test('applies an edit at once, with its version, its audit row and four eyes off', () => {
    expect(edit({ flat_fee_minor: 150_000 })).toMatchObject({ state: 'applied', resultVersion: 2, fields: [{ column: 'flat_fee_minor', from: 139_350, to: 150_000, isPriceBearing: true }] });
    expect(standing()).toMatchObject({ version: 2, values: { flat_fee_minor: 150_000 } });
    expect(listRecordedVersions(ledger.database, 'contract', flatContract.id).map(({ version, author, reason }) => [version, author, reason])).toEqual([[1, 'daybook', null], [2, 'ana', 'agreed by mail']]);
    const audit = ledger.database.all<{ action: string; diff: string }>(sql('test.audit', "SELECT action, diff FROM audit_log WHERE entity = 'contract'"));
    expect(audit).toEqual([{ action: 'update-edit', diff: expect.stringContaining('"fourEyes":"off"') as string }]);
    expect(changes.counts('ana')).toEqual({ pending: 0, parked: 0, conflicts: 0, approvals: 0, decidable: 0 });
  });

  test('two windows that saw the same version meet in a conflict, decided in money terms', async () => {
    edit({ flat_fee_minor: 150_000 });
    const late = edit({ flat_fee_minor: 160_000, purchase_order_number: 'PO-1' });
    expect(late.state).toBe('conflict');
    const conflict = decisions.conflict(late.conflictId ?? '');
    expect(conflict).toMatchObject({ state: 'open', fields: [{ column: 'flat_fee_minor', base: 139_350, mine: 160_000, theirs: 150_000 }], billed: { base: { total: { amount: 139_350 } }, mine: { total: { amount: 160_000 } }, theirs: { total: { amount: 150_000 } } } });
    await expect(decisions.resolve(conflict.id, {}, 'by phone', act)).rejects.toMatchObject({ code: 'resolution-incomplete' });
    expect(await decisions.resolve(conflict.id, { flat_fee_minor: { keep: 'theirs' } }, 'by phone', act)).toMatchObject({ state: 'resolved', resolution: { by: 'ana', reason: 'by phone', kept: { flat_fee_minor: 'theirs' } }, change: { state: 'merged' } });
    expect(standing()?.values).toMatchObject({ flat_fee_minor: 150_000, purchase_order_number: 'PO-1' });
    await expect(decisions.resolve(conflict.id, { flat_fee_minor: { keep: 'mine' } }, 'again', act)).rejects.toMatchObject({ code: 'conflict-resolved' });
  });

  test('what both saw is rated though the field was empty then', () => {
    edit({ terms: 'Renewed by mail' });
    const late = edit({ terms: 'Renewed by phone' });
    expect(decisions.conflict(late.conflictId ?? '')).toMatchObject({ fields: [{ base: null, mine: 'Renewed by phone', theirs: 'Renewed by mail' }], billed: { base: { total: { amount: 139_350 } } } });
  });

  test('a deletion leaves a tombstone; an edit of it is a conflict, and may bring it back', async () => {
    edit({}, 1, 'delete');
    expect(standing()).toMatchObject({ version: 2, isDeleted: true });
    const late = edit({ purchase_order_number: 'PO-2', flat_fee_minor: 160_000 });
    // Kept, the edit is billed with all it changes, though what clashes is the deletion alone.
    expect(decisions.conflict(late.conflictId ?? '')).toMatchObject({ fields: [{ column: 'deleted' }], billed: { base: { total: { amount: 139_350 } }, mine: { total: { amount: 160_000 } }, theirs: null } });
    await decisions.resolve(late.conflictId ?? '', { deleted: { keep: 'mine' } }, 'it goes on', act);
    expect(standing()).toMatchObject({ version: 3, isDeleted: false, values: { purchase_order_number: 'PO-2' } });
  });

  test('what breaks a rule is parked with its sentence, and tried again once it is mended', () => {
    const taken = changes.submit({ entity: 'contract', entityId: newId(), operation: 'create', baseVersion: 0, reason: 'a new one', values: { partner_id: flatContract.partnerId, api_key_prefix: flatContract.apiKeyPrefix, pricing_model: 'flat', flat_fee_minor: 1, currency: 'usd', effective_from: '2026-01-01' } }, act);
    expect(taken).toMatchObject({ state: 'parked', problem: { code: 'prefix-taken' } });
    edit({ api_key_prefix: 'dp_pk_OTHER' });
    expect(changes.retry(taken.id, act)).toMatchObject({ state: 'applied' });
    expect(() => changes.retry(taken.id, act)).toThrow(expect.objectContaining({ code: 'change-not-parked' }));
  });

  test('what has taken effect is not taken back; what is in conflict is', async () => {
    const first = edit({ flat_fee_minor: 150_000 });
    await expect(decisions.withdraw(first.id, 'thought again', act)).rejects.toMatchObject({ code: 'change-final' });
    const late = edit({ flat_fee_minor: 160_000 });
    expect(await decisions.withdraw(late.id, 'thought again', act)).toMatchObject({ state: 'withdrawn' });
    expect(changes.counts('ana').conflicts).toBe(0);
    await expect(decisions.decide(late.id, 'approve', '', act)).rejects.toMatchObject({ code: 'four-eyes-off' });
  });

  test('an edit that changes nothing, or names what is no field, is refused whole', () => {
    expect(() => edit({ flat_fee_minor: 139_350 })).toThrow(expect.objectContaining({ code: 'change-empty' }));
    expect(() => edit({ version: 9 })).toThrow(expect.objectContaining({ code: 'field-unknown' }));
    expect(() => edit({ purchase_order_number: 'half \ud800 a sign' })).toThrow(expect.objectContaining({ code: 'text-unprintable' }));
    expect(changes.list({}, { startAt: 0, limit: 10, order: 'createdAt/descending' }).total).toBe(0);
  });

  test('the outbox row, the record and the audit row stand or fall together', () => {
    expect(() => ledger.database.unitOfWork.run('test.crash', () => {
      edit({ flat_fee_minor: 150_000 });
      throw new Error('crash');
    })).toThrow('crash');
    expect([standing()?.version, changes.listOpen().length, ledger.database.all(sql('test.audit', 'SELECT 1 FROM audit_log')).length]).toEqual([1, 0, 0]);
  });
});

describe('a request for new terms, as the feed brings it', () => {
  const wanted = { contract_id: { from: null, to: flatContract.id }, effective_from: { from: null, to: '2026-12-16' }, pricing_model: { from: null, to: 'flat' }, flat_fee_minor: { from: null, to: 150_000 } };

  beforeEach(() => {
    ledger.database.run(sql('test.change', "INSERT INTO change_sets VALUES ('c1', 'amendment', 'a9', 'create', 0, :fields, 'renewed', 'bea', 'there', 1, 1, 'awaiting-approval', NULL, NULL, 'p1', NULL, NULL, 'on', 'create', 'a9', :fields, 0, 0, NULL, 1)"), { fields: JSON.stringify(wanted) });
    ledger.database.run(sql('test.approval', "INSERT INTO change_approvals VALUES ('p1', 'c1', 'amendment', 'a9', 'bea', NULL, 1, 'requested', NULL, NULL, NULL)"));
  });

  test('is named by what it would be, in the list too', () => {
    expect(decisions.approval('p1', 'ana')).toMatchObject({ title: `${flatContract.apiKeyPrefix} from 2026-12-16`, partnerId: flatContract.partnerId, isDecidable: true });
    expect(decisions.listApprovals('requested', { startAt: 0, limit: 10, direction: 'ascending' }, 'ana').rows.map((row) => row.title)).toEqual([`${flatContract.apiKeyPrefix} from 2026-12-16`]);
  });

  test('gives its name to a later edit of it, which says nothing of whose it is', () => {
    ledger.database.run(sql('test.later', "INSERT INTO change_sets VALUES ('c2', 'amendment', 'a9', 'update', 0, :fields, 'a slip', 'bea', 'there', 2, 2, 'awaiting-approval', NULL, NULL, 'p2', NULL, NULL, 'on', 'update', 'a9', :fields, 0, 0, NULL, 2)"), { fields: JSON.stringify({ flat_fee_minor: { from: 150_000, to: 155_000 } }) });
    expect(changes.find('c2')).toMatchObject({ title: `${flatContract.apiKeyPrefix} from 2026-12-16`, partnerId: flatContract.partnerId });
  });

  test('is held against the terms it takes the place of: the contract’s, or those of the amendment before it', () => {
    expect(decisions.approval('p1', 'ana').billed).toMatchObject({ before: { total: { amount: 139_350 } }, after: { total: { amount: 150_000 } } });
    insertAmendment(ledger.database, amendmentOf(flatContract, { id: 'a1', effectiveFrom: '2026-12-01', flatFeeMinor: 145_000 }));
    insertAmendment(ledger.database, amendmentOf(flatContract, { id: 'a2', effectiveFrom: '2027-01-01', flatFeeMinor: 170_000 }));
    expect(decisions.approval('p1', 'ana').billed.before).toMatchObject({ total: { amount: 145_000 } });
  });

  test('that was approved is still held against those, though it stands by now', () => {
    insertAmendment(ledger.database, amendmentOf(flatContract, { id: 'a9', effectiveFrom: '2026-12-16', flatFeeMinor: 150_000 }));
    ledger.database.run(sql('test.approved', "UPDATE change_approvals SET state = 'approved', decided_by = 'ana', decided_at = 2"));
    expect(decisions.approval('p1', 'ana').billed).toMatchObject({ before: { total: { amount: 139_350 } }, after: { total: { amount: 150_000 } } });
  });
});
