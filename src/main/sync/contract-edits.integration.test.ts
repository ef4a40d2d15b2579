/** Edits of several people at several desks on one real shared database (migrations/postgres/0009, 0010; domain.md §5). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openClient, startPostgres, type RunningPostgres, type SqlClient } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { composeContracts } from '../composition/contracts.ts';
import { createChangeDecisions } from '../contracts/change-decisions.ts';
import { ProviderError } from '../../shared/errors/errors.ts';
import { changeSchema } from '../../shared/api/changes.contract.ts';
import { toApprovalRow } from '../contracts/change-views.ts';
import { findKnownConflict, listKnownApprovals, listKnownConflicts } from '../contracts/known-changes.repository.ts';
import { findStandingRecord } from '../contracts/local-changes.repository.ts';
import { listRecordedVersions } from '../contracts/contract-records.repository.ts';
import type { Edit } from '../contracts/contract-changes.ports.ts';
import { newId } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { makeSharedDatabase, openDesk, seedContract, sharedContractId, sharedPartnerId, type Desk, type SharedDatabase } from '../testing/shared-desks.ts';

const now = Date.UTC(2026, 10, 18, 14, 14);
const clock = fixedClock(now);
const window = { startAt: 0, limit: 50, direction: 'ascending' } as const;

let server: RunningPostgres;
let world: SharedDatabase;

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
});
beforeEach(async () => {
  await world.clear();
  await world.owner.query('UPDATE daybook.ledger SET price_changes_need_approval = true');
  await seedContract(world.owner);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await server.stop();
});

const deskOf = async (person: string, role: 'admin' | 'accountant' = 'admin', through?: Parameters<typeof openDesk>[0]['through']): Promise<Desk> => {
  const desk = openDesk({ person, url: await world.urlOf(person, role), clock, ...(through ? { through } : {}) });
  await desk.sync.pull({ signal: new AbortController().signal, report() {} });
  return desk;
};
const edit = (desk: Desk, change: Partial<Edit> & Pick<Edit, 'values'>): string =>
  desk.changes.submit({ entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, reason: 'agreed by mail', ...change }, { actor: desk.person }).id;
/** Money is what the flat fee says. */
const decisionsAt = ({ ledger: { database }, changes, shared }: Desk) =>
  createChangeDecisions({ readable: database, unitOfWork: database.unitOfWork, audit: createAuditLog({ clock }), clock, changes, shared, twin: null, billing: { billedUnder: ({ values }) => ({ month: '2026-10', total: { amount: Number(values['flat_fee_minor']), currency: 'usd' }, problem: null }) }, bringHome: async () => undefined });
const contractAt = (desk: Desk) => findStandingRecord(desk.ledger.database, 'contract', sharedContractId);
const fourEyesOff = () => world.owner.query('UPDATE daybook.ledger SET price_changes_need_approval = false');
const contractThere = async () => (await world.owner.query("SELECT version, flat_fee_minor, per_deed_price::text AS per_deed_price, purchase_order_number, deleted_at IS NOT NULL AS is_deleted FROM daybook.api_partner_contracts WHERE id = $1", [sharedContractId])).rows[0] as Record<string, unknown>;

const disposable = (client: SqlClient): SqlClient & AsyncDisposable => Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
const gone = (): ProviderError => new ProviderError('postgres-unreachable', 'gone', { provider: 'postgres', isRetryable: true });
/** The shared database takes what it is sent, and the line breaks before it has said so. */
const losingReplies = (times: number): NonNullable<Parameters<typeof openDesk>[0]['through']> => (shared) => {
  let left = times;
  let isCut = false;
  return {
    ...shared,
    async submit(change) {
      const answer = await shared.submit(change);
      if (left === 0) return answer;
      left -= 1;
      isCut = true;
      throw gone();
    },
    async isReached() {
      const isReached = !isCut;
      isCut = false;
      return isReached;
    },
  };
};

describe('two desks', () => {
  test('edit different fields: both stand, the second as merged, and every version is kept with its author', async () => {
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    const first = edit(ada, { values: { purchase_order_number: 'PO-1' } });
    const second = edit(ben, { values: { payment_terms_days: 14 } });
    expect(contractAt(ada)?.values).toMatchObject({ purchase_order_number: null }); // nothing is written into the copy
    await ada.exchange();
    await ben.exchange();
    await ada.exchange();
    expect([ada.changes.find(first).state, ben.changes.find(second).state]).toEqual(['applied', 'merged']);
    for (const desk of [ada, ben]) {
      expect(contractAt(desk)).toMatchObject({ version: 3, values: { purchase_order_number: 'PO-1', payment_terms_days: 14 } });
      expect(listRecordedVersions(desk.ledger.database, 'contract', sharedContractId).map(({ version, author, reason }) => [version, author.replace(/^desks_\d+_\d+_/, ''), reason])).toEqual([[1, 'postgres', null], [2, 'ada', 'agreed by mail'], [3, 'ben', 'agreed by mail']]);
    }
  });

  test('edit the same field: the second becomes a conflict that both see, and a person decides it', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    edit(ada, { values: { flat_fee_minor: 20_000 } });
    const mine = edit(ben, { values: { flat_fee_minor: 30_000, purchase_order_number: 'PO-2' } });
    await ada.exchange();
    await ben.exchange();
    await ada.exchange();
    expect(ben.changes.find(mine)).toMatchObject({ state: 'conflict' });
    const [conflict] = listKnownConflicts(ada.ledger.database, 'open', window).rows;
    expect(conflict).toMatchObject({ fields: [{ column: 'flat_fee_minor', base: 10_000, mine: 30_000, theirs: 20_000 }], theirVersion: 2, theirReason: 'agreed by mail' });
    expect(await contractThere()).toMatchObject({ flat_fee_minor: '20000', purchase_order_number: null });

    await expect(ada.shared.resolve(conflict!.id, {}, 'asked both', newId())).rejects.toMatchObject({ code: 'resolution-incomplete' });
    const requestId = newId();
    const answer = await ada.shared.resolve(conflict!.id, { flat_fee_minor: { keep: 'other', value: 25_000 } }, 'asked both', requestId);
    expect(answer).toMatchObject({ state: 'merged', resultVersion: 3 });
    expect(await ada.shared.resolve(conflict!.id, { flat_fee_minor: { keep: 'other', value: 25_000 } }, 'asked both', requestId)).toEqual(answer); // a lost reply
    await expect(ben.shared.resolve(conflict!.id, { flat_fee_minor: { keep: 'mine' } }, 'no', newId())).rejects.toMatchObject({ code: 'conflict-resolved' });
    await ben.exchange();
    expect(contractAt(ben)?.values).toMatchObject({ flat_fee_minor: 25_000, purchase_order_number: 'PO-2' });
    expect(ben.changes.find(mine).state).toBe('merged');
  });

  test('wish for the same value: that is no clash', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    edit(ada, { values: { per_deed_price: '3.00' } });
    const same = edit(ben, { values: { per_deed_price: '3' } });
    await ada.exchange();
    await ben.exchange();
    expect(ben.changes.find(same)).toMatchObject({ state: 'merged', resultVersion: 2 });
  });

  test('delete and edit: either order is a conflict, and either word may be kept', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    edit(ada, { operation: 'delete', values: {} });
    const late = edit(ben, { values: { flat_fee_minor: 30_000 } });
    await ada.exchange();
    await ben.exchange();
    const conflictId = ben.changes.find(late).conflictId ?? '';
    expect(findKnownConflict(ben.ledger.database, conflictId)?.fields).toEqual([{ column: 'deleted', base: false, mine: false, theirs: true }]);
    expect(await ben.shared.resolve(conflictId, { deleted: { keep: 'mine' } }, 'it goes on', newId())).toMatchObject({ state: 'merged', resultVersion: 3 });
    expect(await contractThere()).toMatchObject({ is_deleted: false, flat_fee_minor: '30000' });

    await ada.exchange();
    await ben.exchange();
    edit(ada, { baseVersion: 3, values: { flat_fee_minor: 40_000 } });
    const deletion = edit(ben, { baseVersion: 3, operation: 'delete', values: {} });
    await ada.exchange();
    await ben.exchange();
    const second = ben.changes.find(deletion);
    expect(findKnownConflict(ben.ledger.database, second.conflictId ?? '')?.fields).toEqual([{ column: 'deleted', base: false, mine: true, theirs: false }]);
    expect(await ada.shared.resolve(second.conflictId ?? '', { deleted: { keep: 'theirs' } }, 'it stays', newId())).toMatchObject({ state: 'merged', resultVersion: 4 });
    expect(await contractThere()).toMatchObject({ is_deleted: false, flat_fee_minor: '40000' });
  });

  test('make an amendment from the same day: what differs is a conflict, never two truths', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    const terms = { contract_id: sharedContractId, effective_from: '2026-07-01', pricing_model: 'flat', flat_fee_minor: 50_000 };
    const [first, second] = [newId(), newId()];
    edit(ada, { entity: 'amendment', entityId: first, operation: 'create', baseVersion: 0, values: terms });
    const late = edit(ben, { entity: 'amendment', entityId: second, operation: 'create', baseVersion: 0, values: { ...terms, flat_fee_minor: 60_000 } });
    await ada.exchange();
    await ben.exchange();
    const { state, conflictId } = ben.changes.find(late);
    expect(state).toBe('conflict');
    expect(findKnownConflict(ben.ledger.database, conflictId ?? '')).toMatchObject({ entityId: first, fields: [{ column: 'flat_fee_minor', base: null, mine: 60_000, theirs: 50_000 }] });
    expect(await ada.shared.resolve(conflictId ?? '', { flat_fee_minor: { keep: 'mine' } }, 'the later mail counts', newId())).toMatchObject({ state: 'merged', resultVersion: 2 });
    expect((await world.owner.query('SELECT id, flat_fee_minor FROM daybook.contract_amendments')).rows).toEqual([{ id: first, flat_fee_minor: '60000' }]);
  });

  test('edit an amendment that another took the place of: a person decides, and it does not come back beside the other', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    const amendment = (entityId: string, fee: number): Partial<Edit> & Pick<Edit, 'values'> => ({ entity: 'amendment', entityId, operation: 'create', baseVersion: 0, values: { contract_id: sharedContractId, effective_from: '2026-07-01', pricing_model: 'flat', flat_fee_minor: fee } });
    const [first, second] = [newId(), newId()];
    edit(ada, amendment(first, 50_000));
    for (const desk of [ada, ben]) await desk.exchange();
    const ofFirst = { entity: 'amendment', entityId: first, baseVersion: 1 } as const;
    const late = [55_000, 56_000].map((fee) => edit(ben, { ...ofFirst, values: { flat_fee_minor: fee } }));
    edit(ada, { ...ofFirst, operation: 'delete', values: {} });
    edit(ada, amendment(second, 60_000));
    for (const desk of [ada, ben]) await desk.exchange();
    expect(late.map((id) => ben.changes.find(id).state)).toEqual(['conflict', 'pending']);
    const conflictId = ben.changes.find(late[0] ?? '').conflictId ?? '';
    expect(findKnownConflict(ben.ledger.database, conflictId)?.fields).toEqual([{ column: 'deleted', base: false, mine: false, theirs: true }]);
    // Back it cannot come: its day is taken by now. What was refused is seen, and may be taken back.
    expect(await ben.shared.resolve(conflictId, { deleted: { keep: 'mine' } }, 'ours was right', newId())).toMatchObject({ state: 'parked', errorCode: 'amendment-day-taken' });
    expect(await ben.shared.withdraw(late[0] ?? '', 'theirs it is', newId())).toMatchObject({ state: 'withdrawn' });
    for (let round = 0; round < 2; round += 1) await ben.exchange(); // hears of it, then sends what waited
    const next = ben.changes.find(late[1] ?? '');
    expect(next.state).toBe('conflict');
    expect(await ben.shared.resolve(next.conflictId ?? '', { deleted: { keep: 'theirs' }, flat_fee_minor: { keep: 'theirs' } }, 'theirs it is', newId())).toMatchObject({ state: 'merged' });
    expect((await world.owner.query('SELECT id, flat_fee_minor, deleted_at IS NOT NULL AS is_deleted FROM daybook.contract_amendments ORDER BY flat_fee_minor')).rows).toEqual([{ id: first, flat_fee_minor: '50000', is_deleted: true }, { id: second, flat_fee_minor: '60000', is_deleted: false }]);
  });

  test('take the same prefix: the second is refused with a code, sent again once it is free', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    const contract = { partner_id: sharedPartnerId, api_key_prefix: 'dp_pk_NEW', pricing_model: 'flat', flat_fee_minor: 1, currency: 'usd', effective_from: '2026-03-01' };
    edit(ada, { entityId: newId(), operation: 'create', baseVersion: 0, values: contract });
    const entityId = newId();
    const late = edit(ben, { entityId, operation: 'create', baseVersion: 0, values: contract });
    const later = edit(ben, { values: { purchase_order_number: 'PO-3' } });
    await ada.exchange();
    await ben.exchange();
    expect(ben.changes.find(late)).toMatchObject({ state: 'parked', problem: { code: 'prefix-taken' } });
    expect(ben.changes.find(later).state).toBe('applied'); // it holds back nothing of another record
    await world.owner.query("UPDATE daybook.api_partner_contracts SET api_key_prefix = 'dp_pk_OLD' WHERE api_key_prefix = 'dp_pk_NEW'");
    ben.changes.retry(late, { actor: 'ben' });
    await ben.exchange();
    expect(ben.changes.find(late)).toMatchObject({ state: 'applied', problem: null });
  });
});

describe('four eyes', () => {
  test('a price waits for a second person, who is never its author; then it merges against what stands', async () => {
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    await using cleo = await deskOf('cleo', 'accountant');
    const id = edit(ada, { values: { flat_fee_minor: 20_000 } });
    await ada.exchange();
    expect(ada.changes.find(id)).toMatchObject({ state: 'awaiting-approval' });
    expect(await contractThere()).toMatchObject({ version: 1, flat_fee_minor: '10000' });
    edit(ben, { values: { purchase_order_number: 'PO-9' } });
    await ben.exchange();
    await cleo.exchange();
    const [approval] = listKnownApprovals(cleo.ledger.database, 'requested', window).rows;
    await expect(ada.shared.decide(approval!.id, 'approve', '', newId())).rejects.toMatchObject({ code: 'second-person-needed' });
    const requestId = newId();
    const answer = await cleo.shared.decide(approval!.id, 'approve', 'seen the mail', requestId);
    expect(answer).toMatchObject({ state: 'merged', resultVersion: 3 });
    expect(await cleo.shared.decide(approval!.id, 'approve', 'seen the mail', requestId)).toEqual(answer);
    await expect(ada.shared.decide(approval!.id, 'approve', '', requestId)).rejects.toMatchObject({ code: 'second-person-needed' }); // by replay neither
    await expect(ben.shared.decide(approval!.id, 'reject', '', newId())).rejects.toMatchObject({ code: 'approval-decided' });
    expect(await contractThere()).toMatchObject({ flat_fee_minor: '20000', purchase_order_number: 'PO-9' });
    expect((await world.owner.query("SELECT four_eyes FROM daybook.change_sets WHERE id = $1", [id])).rows).toEqual([{ four_eyes: 'on' }]);
  });

  test('who chose a value of a conflict cannot approve it either', async () => {
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    await using cleo = await deskOf('cleo', 'accountant');
    const id = edit(ada, { values: { flat_fee_minor: 20_000 } });
    await world.owner.query('UPDATE daybook.api_partner_contracts SET flat_fee_minor = 15000');
    await ada.exchange();
    const conflictId = ada.changes.find(id).conflictId ?? '';
    const resolved = await ben.shared.resolve(conflictId, { flat_fee_minor: { keep: 'other', value: 99_000 } }, 'mine is right', newId());
    expect(resolved.state).toBe('awaiting-approval');
    const refused = async (desk: Desk, message: RegExp) => expect(desk.shared.decide(resolved.approvalId ?? '', 'approve', '', newId())).rejects.toMatchObject({ code: 'second-person-needed', message: expect.stringMatching(message) as string });
    await refused(ada, /another accountant or admin does, or you take it back/u);
    await refused(ben, /who had no part in it does, or \S+_ada, who asked for it, takes it back/u);
    await ben.exchange();
    const [waiting] = listKnownApprovals(ben.ledger.database, 'requested', window).rows;
    for (const [user, isDecidable] of [[`${world.prefix}_ada`, false], [`${world.prefix}_ben`, false], [`${world.prefix}_cleo`, true]] as const) expect(toApprovalRow(ben.ledger.database, waiting!, user)).toMatchObject({ requestedBy: `${world.prefix}_ada`, valuesChosenBy: `${world.prefix}_ben`, isDecidable });
    expect(await cleo.shared.decide(resolved.approvalId ?? '', 'reject', 'not agreed', newId())).toMatchObject({ state: 'rejected' });
    expect(await contractThere()).toMatchObject({ flat_fee_minor: '15000' });
  });

  test('what was decided of a conflict is what the second person is shown, what the next edit begins with, and what stays told of it', async () => {
    await using ada = await deskOf('ada');
    await using cleo = await deskOf('cleo', 'accountant');
    const id = edit(ada, { values: { flat_fee_minor: 20_000, per_deed_price: '3' } });
    await world.owner.query('UPDATE daybook.api_partner_contracts SET flat_fee_minor = 15000');
    await ada.exchange();
    const resolved = await ada.shared.resolve(ada.changes.find(id).conflictId ?? '', { flat_fee_minor: { keep: 'other', value: 17_500 } }, 'in between', newId());
    await ada.exchange();
    const decided = { operation: 'update', fields: [{ column: 'flat_fee_minor', from: 15_000, to: 17_500 }, { column: 'per_deed_price', from: '2.5', to: '3' }] };
    expect(ada.changes.find(id)).toMatchObject({ state: 'awaiting-approval', fields: [{ column: 'flat_fee_minor', from: 10_000, to: 20_000 }, { column: 'per_deed_price' }], decided });

    const { register } = composeContracts({ database: ada.ledger.database, clock, timeZone: new TimeZone('America/New_York'), changes: ada.changes });
    expect(register.values('contract', sharedContractId)).toMatchObject({ values: { flat_fee_minor: 15_000 }, pendingValues: { flat_fee_minor: 17_500, per_deed_price: '3' } });
    const next = edit(ada, { baseVersion: 2, values: { flat_fee_minor: 18_000 } });
    expect(ada.changes.find(next)).toMatchObject({ fields: [{ column: 'flat_fee_minor', from: 17_500, to: 18_000 }], decided: null });

    await cleo.exchange();
    const seen = () => decisionsAt(cleo).approval(resolved.approvalId ?? '', cleo.person);
    const billed = { before: { total: { amount: 15_000 } }, after: { total: { amount: 17_500 } } };
    expect(seen()).toMatchObject({ state: 'requested', change: { decided }, billed });
    await cleo.shared.decide(resolved.approvalId ?? '', 'approve', 'agreed', newId());
    await cleo.exchange();
    expect(contractAt(cleo)).toMatchObject({ values: { flat_fee_minor: 17_500, per_deed_price: '3' } });
    // By now the record says what the change wanted: the difference it made is still told.
    expect(seen()).toMatchObject({ state: 'approved', change: { decided }, billed });
  });

  test('what was approved meets a conflict when the field moved on meanwhile; nothing is overwritten', async () => {
    await using ada = await deskOf('ada');
    await using cleo = await deskOf('cleo', 'accountant');
    const id = edit(ada, { values: { flat_fee_minor: 20_000 } });
    await ada.exchange();
    await world.owner.query('UPDATE daybook.api_partner_contracts SET flat_fee_minor = 15000');
    expect(await cleo.shared.decide(ada.changes.find(id).approvalId ?? '', 'approve', '', newId())).toMatchObject({ state: 'conflict' });
    expect(await contractThere()).toMatchObject({ flat_fee_minor: '15000' });
  });

  test('a new amendment that is refused stays among what was asked for of its contract', async () => {
    await using ada = await deskOf('ada');
    await using cleo = await deskOf('cleo', 'accountant');
    const amendment = edit(ada, { entity: 'amendment', entityId: newId(), operation: 'create', baseVersion: 0, values: { contract_id: sharedContractId, effective_from: '2026-07-01', pricing_model: 'flat', flat_fee_minor: 1_200 } });
    const dearer = edit(ada, { values: { flat_fee_minor: 20_000 } });
    const correction = edit(ada, { values: { purchase_order_number: 'PO-1' } });
    await ada.exchange();
    await cleo.exchange();
    for (const approval of listKnownApprovals(cleo.ledger.database, 'requested', window).rows) await cleo.shared.decide(approval.id, approval.entity === 'amendment' ? 'reject' : 'approve', 'by mail', newId());
    for (const desk of [ada, cleo]) {
      await desk.exchange();
      const askedOf = (contractId: string, hasApproval?: boolean): string[] => desk.changes.list({ contractId, hasApproval }, { startAt: 0, limit: 20, order: 'createdAt/ascending' }).rows.map(({ id, state }) => `${id} ${state}`).toSorted();
      expect(askedOf(sharedContractId, true)).toEqual([`${amendment} rejected`, `${dearer} applied`].toSorted());
      expect(askedOf(sharedContractId)).toContain(`${correction} applied`);
      expect(askedOf(newId(), true)).toEqual([]);
    }
  });

  test('its author takes it back, nobody else', async () => {
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    const id = edit(ada, { values: { flat_fee_minor: 20_000 } });
    await ada.exchange();
    await expect(ben.shared.withdraw(id, 'not mine', newId())).rejects.toMatchObject({ code: 'not-the-author' });
    expect(await ada.shared.withdraw(id, 'thought again', newId())).toMatchObject({ state: 'withdrawn' });
    await ben.exchange();
    expect(listKnownApprovals(ben.ledger.database, 'requested', window).total).toBe(0);
    await expect(ben.shared.decide(ada.changes.find(id).approvalId ?? '', 'approve', '', newId())).rejects.toMatchObject({ code: 'approval-decided' });
  });
});

describe('the outbox', () => {
  test('edits on top of each other arrive in order and never clash with themselves', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    const ids = [20_000, 30_000, 40_000].map((fee) => edit(ada, { values: { flat_fee_minor: fee } }));
    const gone = edit(ada, { operation: 'delete', values: {} });
    await ada.exchange();
    expect([...ids, gone].map((id) => ada.changes.find(id).state)).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(await contractThere()).toMatchObject({ version: 5, is_deleted: true, flat_fee_minor: '40000' });
  });

  test('nor where the line broke after the answer, before the copy had come', async () => {
    await fourEyesOff();
    await using ada = await deskOf('ada');
    edit(ada, { values: { flat_fee_minor: 20_000 } });
    await ada.sending.sendPending({ signal: new AbortController().signal, report() {} });
    expect(contractAt(ada)).toMatchObject({ version: 1, values: { flat_fee_minor: 10_000 } });
    const later = edit(ada, { values: { flat_fee_minor: 30_000 } });
    await ada.exchange();
    expect(ada.changes.find(later)).toMatchObject({ state: 'applied', resultVersion: 3 });
  });

  test('a later edit waits until the earlier one is decided; a correction without a price need not', async () => {
    await using ada = await deskOf('ada');
    await using cleo = await deskOf('cleo', 'accountant');
    const first = edit(ada, { values: { flat_fee_minor: 20_000 } });
    const second = edit(ada, { values: { flat_fee_minor: 30_000 } });
    const correction = edit(ada, { values: { purchase_order_number: 'PO-4' } });
    await ada.exchange();
    expect([first, second, correction].map((id) => ada.changes.find(id).state)).toEqual(['awaiting-approval', 'pending', 'applied']);
    expect(ada.changes.find(second).problem?.code).toBe('waits-for-earlier-change');
    await cleo.shared.decide(ada.changes.find(first).approvalId ?? '', 'approve', '', newId());
    await ada.exchange();
    await ada.exchange();
    expect(ada.changes.find(second).state).toBe('awaiting-approval');
  });

  test('a partner, a contract and an amendment made offline arrive in their order, edited before they did', async () => {
    await using ada = await deskOf('ada');
    await using cleo = await deskOf('cleo', 'accountant');
    const { checks, edits, register } = composeContracts({ database: ada.ledger.database, clock, timeZone: new TimeZone('America/New_York'), changes: ada.changes });
    const act = { actor: 'ada', requestId: newId() };
    const [partner, contract, amendment] = [newId(), newId(), newId()];
    const first = edits.edit({ entity: 'partner', entityId: partner, operation: 'create', baseVersion: 0, reason: 'a new partner', values: { name: 'Kadaster', tax_treatment: 'reverse-charge' } }, act);
    // The form offers a partner that nobody else knows yet.
    expect(register.partners()).toEqual([{ id: partner, name: 'Kadaster', isWanted: true }, { id: sharedPartnerId, name: 'Titlesure', isWanted: false }]);
    const terms = { partner_id: partner, api_key_prefix: 'dp_pk_KKB', pricing_model: 'flat', flat_fee_minor: 1_000, currency: 'eur', effective_from: '2026-01-01', tax_rate_basis_points: 2_100 };
    expect(checks.check('contract', null, terms)).toMatchObject({ problems: [], summary: expect.stringContaining('reverse charge') as string });
    const made = [
      first,
      edits.edit({ entity: 'contract', entityId: contract, operation: 'create', baseVersion: 0, reason: 'their contract', values: { partner_id: partner, api_key_prefix: 'dp_pk_KKB', pricing_model: 'flat', flat_fee_minor: 1_000, currency: 'eur', effective_from: '2026-01-01' } }, act),
      edits.edit({ entity: 'amendment', entityId: amendment, operation: 'create', baseVersion: 0, reason: 'dearer from summer on', values: { contract_id: contract, effective_from: '2026-07-01', pricing_model: 'flat', flat_fee_minor: 1_200 } }, act),
      edits.edit({ entity: 'contract', entityId: contract, operation: 'update', baseVersion: 0, reason: 'a slip', values: { flat_fee_minor: 1_100 } }, act),
    ].map((change) => change.id);
    expect(() => edits.edit({ entity: 'contract', entityId: contract, operation: 'update', baseVersion: 0, reason: 'wrong', values: { flat_fee_minor: -1 } }, act)).toThrow(expect.objectContaining({ code: 'number-out-of-range' }));
    const states = () => made.map((id) => ada.changes.find(id).state);
    await ada.exchange();
    expect(states()).toEqual(['applied', 'awaiting-approval', 'pending', 'pending']);
    expect(register.partners().map(({ name, isWanted }) => [name, isWanted])).toEqual([['Kadaster', false], ['Titlesure', false]]);
    for (let round = 0; round < 3; round += 1) {
      await cleo.exchange();
      for (const approval of listKnownApprovals(cleo.ledger.database, 'requested', window).rows) await cleo.shared.decide(approval.id, 'approve', '', newId());
      await ada.exchange();
      await ada.exchange();
    }
    expect(states()).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect((await world.owner.query("SELECT c.flat_fee_minor AS first, a.flat_fee_minor AS later FROM daybook.contract_amendments a JOIN daybook.api_partner_contracts c ON c.id = a.contract_id")).rows).toEqual([{ first: '1100', later: '1200' }]);
  });

  test('a reply that was lost costs nothing: the change is sent again and is one change', async () => {
    await using ada = await deskOf('ada', 'admin', losingReplies(2));
    const id = edit(ada, { values: { payment_terms_days: 14 } });
    await expect(ada.exchange()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await expect(ada.exchange()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await ada.exchange();
    expect(ada.changes.find(id)).toMatchObject({ state: 'applied', resultVersion: 2 });
    expect(await contractThere()).toMatchObject({ version: 2 });
  });

  test('what may have left the desk is not taken back here alone: the shared database is asked', async () => {
    await using ada = await deskOf('ada', 'admin', losingReplies(1));
    const id = edit(ada, { values: { payment_terms_days: 14 } });
    await expect(ada.exchange()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    expect(ada.changes.find(id).state).toBe('pending');
    expect(ada.changes.withdrawHere(id, 'thought again', { actor: 'ada' })).toBe(false);
    await expect(ada.shared.withdraw(id, 'thought again', newId())).rejects.toMatchObject({ code: 'change-final' });
    await ada.exchange();
    expect(ada.changes.find(id).state).toBe('applied');
  });

  test('what never met the shared database is taken back here, however often that was tried to reach', async () => {
    await using ada = await deskOf('ada', 'admin', (shared) => ({ ...shared, isReached: async () => false }));
    const id = edit(ada, { values: { payment_terms_days: 14 } });
    for (let round = 0; round < 3; round += 1) await expect(ada.exchange()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    expect(ada.changes.withdrawHere(id, 'thought again', { actor: 'ada' })).toBe(true);
    expect(ada.changes.find(id).state).toBe('withdrawn');
  });

  test('many go in one call; what does not settle holds back what comes behind it of the same record, and nothing else', async () => {
    const calls: (readonly string[])[] = [];
    await using ada = await deskOf('ada', 'admin', (shared) => ({ ...shared, submitAll: (changes) => { calls.push(changes.map((change) => change.id)); return shared.submitAll(changes); } }));
    const [partner, contract] = [newId(), newId()];
    const names = ['A', 'B', 'C'].map((name) => edit(ada, { entity: 'partner', entityId: sharedPartnerId, values: { legal_name: name } }));
    const priced = edit(ada, { values: { flat_fee_minor: 20_000 } });
    const behind = edit(ada, { values: { flat_fee_minor: 30_000 } });
    const correction = edit(ada, { values: { purchase_order_number: 'PO-7' } });
    const made = edit(ada, { entity: 'partner', entityId: partner, operation: 'create', baseVersion: 0, values: { name: 'Kadaster' } });
    const theirs = edit(ada, { entityId: contract, operation: 'create', baseVersion: 0, values: { partner_id: partner, api_key_prefix: 'dp_pk_KKB', pricing_model: 'flat', flat_fee_minor: 1_000, currency: 'eur', effective_from: '2026-01-01' } });
    const ofTheirs = edit(ada, { entity: 'amendment', entityId: newId(), operation: 'create', baseVersion: 0, values: { contract_id: contract, effective_from: '2026-07-01', pricing_model: 'flat', flat_fee_minor: 1_200 } });
    await ada.exchange();
    expect(calls[0]).toEqual([...names, priced, behind, correction, made, theirs, ofTheirs]);
    const state = (id: string): string => ada.changes.find(id).state;
    expect([...names, made].map(state)).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect([priced, theirs].map(state)).toEqual(['awaiting-approval', 'awaiting-approval']);
    expect([behind, ofTheirs].map(state)).toEqual(['pending', 'pending']);
    expect(state(correction)).toBe('applied'); // in the next call: it bears no price
    expect((await world.owner.query('SELECT id FROM daybook.change_sets WHERE id = ANY ($1)', [[behind, ofTheirs]])).rows).toEqual([]);
  });

  test('one that is no change at all is found among many; the others arrive', async () => {
    await using ada = await deskOf('ada');
    const good = ['A', 'B'].map((name) => edit(ada, { entity: 'partner', entityId: sharedPartnerId, values: { legal_name: name } }));
    const bad = edit(ada, { values: { payment_terms_days: 14 }, reason: 'x' });
    await ada.exchange();
    expect(good.map((id) => ada.changes.find(id).state)).toEqual(['applied', 'applied']);
    expect(ada.changes.find(bad)).toMatchObject({ state: 'parked', problem: { code: 'change-reason-missing' } });
  });

  test('a change that breaks the line every time is parked in the end, and others pass it', async () => {
    await using ada = await deskOf('ada', 'admin', (shared) => ({
      ...shared,
      async submit(change) {
        if (change.fields['purchase_order_number']) throw gone();
        return shared.submit(change);
      },
      async submitAll(changes) {
        if (changes.some((change) => change.fields['purchase_order_number'])) throw gone();
        return shared.submitAll(changes);
      },
    }));
    const poisoned = edit(ada, { values: { purchase_order_number: 'PO-5' } });
    const other = edit(ada, { entity: 'partner', entityId: sharedPartnerId, values: { legal_name: 'Titlesure Ltd' } });
    await ada.exchange();
    expect([ada.changes.find(poisoned), ada.changes.find(other)]).toMatchObject([{ state: 'pending', attempts: 1, problem: { code: 'postgres-unreachable' } }, { state: 'applied' }]);
    for (let round = 0; round < 6; round += 1) {
      ada.ledger.database.connection.exec('UPDATE outbox_changes SET next_attempt_at = NULL');
      await ada.exchange();
    }
    expect(ada.changes.find(poisoned)).toMatchObject({ state: 'parked', attempts: 6 });
  });

  test('what waits for a lock that somebody else holds is not taken for one that breaks the line', async () => {
    await using holder = disposable(await openClient(await world.urlOf('vic', 'viewer')));
    await holder.query("SELECT pg_advisory_lock(hashtextextended('daybook.change_sets', 0))");
    await using ada = openDesk({ person: 'ada', url: await world.urlOf('ada', 'admin'), clock, lockTimeoutMs: 50 });
    await ada.sync.pull(unattended);
    const id = edit(ada, { values: { payment_terms_days: 14 } });
    const others = ['A', 'B'].map((name) => edit(ada, { entity: 'partner', entityId: sharedPartnerId, values: { legal_name: name } }));
    for (let round = 0; round < 7; round += 1) await expect(ada.exchange()).rejects.toMatchObject({ code: 'postgres-unreachable', data: { sqlState: '55P03' } });
    expect([id, ...others].map((one) => ada.changes.find(one))).toMatchObject([{ state: 'pending', attempts: 0 }, { state: 'pending' }, { state: 'pending' }]);
    await holder.query('SELECT pg_advisory_unlock_all()');
    await ada.exchange();
    expect([id, ...others].map((one) => ada.changes.find(one).state)).toEqual(['applied', 'applied', 'applied']);
  });

  test('two desks that wait for each other do not take the same prefix, whatever isolation the server has as its default', async () => {
    await fourEyesOff();
    const other = '00000000-0000-4000-8000-000000000003';
    await world.owner.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, 'dp_pk_TWO', 'flat', 'usd', '2026-01-01')", [other, sharedPartnerId]);
    const name = new URL(world.ownerUrl).pathname.slice(1);
    await world.owner.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`);
    await using holder = disposable(await openClient(world.ownerUrl));
    await using ada = await deskOf('ada');
    await using ben = await deskOf('ben');
    await holder.query("SELECT pg_advisory_lock(hashtextextended('daybook.change_sets', 0))");
    const ids = [edit(ada, { values: { further_prefixes: ['dp_pk_NEW'] } }), edit(ben, { entityId: other, values: { further_prefixes: ['dp_pk_NEW'] } })] as const;
    const sent = Promise.all([ada, ben].map((desk) => desk.sending.sendPending(unattended)));
    const waiting = async (): Promise<unknown> => (await world.owner.query("SELECT count(*)::integer AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).rows[0]?.count;
    await expect.poll(waiting, { timeout: 4_000, interval: 5 }).toBe(2);
    await holder.query('SELECT pg_advisory_unlock_all()');
    await sent;
    await world.owner.query(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
    expect([ada.changes.find(ids[0]).state, ben.changes.find(ids[1]).state].sort()).toEqual(['applied', 'parked']);
  });

  test('a number that nobody can keep, sent by hand, keeps nobody from the list of edits', async () => {
    await using ada = await deskOf('ada');
    const byHand = JSON.stringify({ id: newId(), entity: 'contract', entityId: sharedContractId, operation: 'update', baseVersion: 1, fields: { flat_fee_minor: { from: 'HUGE', to: 20_000 } }, reason: 'by hand', createdAt: now, desk: 'none' }).replace('"HUGE"', '1e400');
    await ada.postgres.query('SELECT daybook.submit_change($1::jsonb)', [byHand]);
    const mine = edit(ada, { values: { payment_terms_days: 14 } });
    await ada.exchange();
    const views = ada.changes.list({}, { startAt: 0, limit: 50, order: 'createdAt/ascending' }).rows;
    expect(changeSchema.array().parse(views).map(({ id }) => id)).toContain(mine);
    expect(listKnownConflicts(ada.ledger.database, 'open', window).rows[0]?.fields).toEqual([{ column: 'flat_fee_minor', base: null, mine: 20_000, theirs: 10_000 }]);
  });

  test('the same id with other content is refused', async () => {
    await using ada = await deskOf('ada');
    const change = { id: newId(), entity: 'contract' as const, entityId: sharedContractId, operation: 'update' as const, baseVersion: 1, fields: { payment_terms_days: { from: 30, to: 14 } }, reason: 'agreed', createdAt: now };
    const answer = await ada.shared.submit(change);
    expect(await ada.shared.submit(change)).toEqual(answer);
    await expect(ada.shared.submit({ ...change, fields: { payment_terms_days: { from: 30, to: 15 } } })).rejects.toMatchObject({ code: 'change-reused' });
  });

  test('a server that has no room is tried again later; nothing is parked', async () => {
    let isFull = true;
    await using ada = await deskOf('ada', 'admin', (shared) => ({
      ...shared,
      async submit(change) {
        if (isFull) throw new ProviderError('postgres-error', 'no room', { provider: 'postgres', isRetryable: false, data: { sqlState: '53100' } });
        return shared.submit(change);
      },
    }));
    const id = edit(ada, { values: { payment_terms_days: 14 } });
    for (let round = 0; round < 8; round += 1) await expect(ada.exchange()).rejects.toMatchObject({ code: 'postgres-error' });
    expect(ada.changes.find(id)).toMatchObject({ state: 'pending', attempts: 0 });
    isFull = false;
    await ada.exchange();
    expect(ada.changes.find(id).state).toBe('applied');
  });

  test('a role that shrank takes contracts, edits and versions off the desk; what was never sent is its author’s own and stays', async () => {
    const url = await world.urlOf('leaver', 'admin');
    await using desk = await deskOf('leaver');
    edit(desk, { values: { payment_terms_days: 14 } });
    await desk.exchange();
    const unsent = edit(desk, { baseVersion: 2, values: { payment_terms_days: 21 } });
    await world.owner.query(`REVOKE daybook_admin FROM ${new URL(url).username}; GRANT daybook_viewer TO ${new URL(url).username}`);
    await desk.sync.pull({ signal: new AbortController().signal, report() {} });
    const left = desk.ledger.database.connection.prepare("SELECT (SELECT count(*) FROM partners) + (SELECT count(*) FROM partner_contracts) + (SELECT count(*) FROM contract_amendments) + (SELECT count(*) FROM entity_versions) + (SELECT count(*) FROM change_sets) + (SELECT count(*) FROM change_conflicts) + (SELECT count(*) FROM change_approvals) AS copies, (SELECT group_concat(id) FROM outbox_changes) AS outbox").get();
    expect(left).toEqual({ copies: 0, outbox: unsent });
    await desk.sending.sendPending({ signal: new AbortController().signal, report() {} });
    expect(desk.changes.find(unsent)).toMatchObject({ state: 'parked', problem: { code: 'postgres-not-permitted' } });
  });
});
