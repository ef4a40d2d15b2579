import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { PermissionError } from '../../shared/errors/errors.ts';
import { readBankStanding } from '../banking/bank-standing.ts';
import { sql } from '../database/handles.ts';
import { createBankReconciliation } from '../reconciliation/bank-reconciliation.ts';
import { noBankStatements } from '../reconciliation/bank-lines.ports.ts';
import { recordFinding } from '../reconciliation/finding-intake.ts';
import { idFromKey } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { discrepancyKeyOf, type Finding } from '../reconciliation/transaction-matching.ts';
import { listLinesOf } from '../reporting/bank-lines.queries.ts';
import { listBankLines } from '../reporting/banking.queries.ts';
import { listDiscrepancies } from '../reporting/reconciliation.queries.ts';
import { openBankDesk } from '../testing/bank-desk.ts';
import { camtFile } from '../testing/bank-files.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { postEntry, recordPayment } from '../testing/reconciliation-world.ts';
import { difference, openWorkbench, workbenchNow, type WorkbenchWorld } from '../testing/workbench-world.ts';

const dayMs = 86_400_000;
const command = (): { commandId: string } => ({ commandId: randomUUID() });
const entries = sql('test.entries', "SELECT e.kind, e.entry_date AS \"entryDate\", p.account_code AS account, p.direction, p.amount_minor AS amount FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence ORDER BY e.ledger_sequence, p.line_number");
const audits = sql('test.audit', "SELECT action, actor FROM audit_log WHERE entity = 'discrepancy' ORDER BY sequence");

describe('the inbox', () => {
  it('filters by level, code, state, assignee, currency, age, amount and what is overdue; sums with and without signs', async () => {
    using world = openWorkbench();
    world.plant(
      difference('a', { amountMinor: 1_000 }), difference('b', { amountMinor: -300, reason: 'amount-differs', firstSeenAt: workbenchNow - 9 * dayMs }), difference('c', { currency: 'eur', amountMinor: 50, reason: 'fee-differs', assignee: 'mia', status: 'assigned', firstSeenAt: workbenchNow - 40 * dayMs }),
      difference('d', { level: 'payouts', objectId: 'po_d', status: 'on-hold', holdUntil: localDate('2026-11-18') }), difference('e', { status: 'resolved', resolvedAt: workbenchNow }),
    );
    const desk = world.as('ana', 'viewer');
    const ids = async (filter: Parameters<typeof desk.inbox>[0]['filter']): Promise<string[]> => (await desk.inbox({ filter, sort: { column: 'objectId', direction: 'ascending' } })).rows.map((row) => row.id);
    const all = await desk.inbox({ filter: { state: 'unsettled' } });
    expect(all).toMatchObject({ total: 4, sums: [{ amount: 50, currency: 'eur' }, { amount: 1_700, currency: 'usd' }], atRisk: [{ amount: 50, currency: 'eur' }, { amount: 2_300, currency: 'usd' }] });
    expect(await ids({ state: 'all' })).toEqual(['a', 'b', 'c', 'e', 'd']);
    expect(await ids({ state: 'due' })).toEqual(['a', 'b', 'c', 'd']);
    expect(await ids({ level: 'payouts' })).toEqual(['d']);
    expect(await ids({ reason: 'amount-differs' })).toEqual(['b']);
    expect(await ids({ assignee: 'mia' })).toEqual(['c']);
    expect(await ids({ assignee: '', state: 'unsettled' })).toEqual(['a', 'b', 'd']);
    expect(await ids({ currency: 'eur' })).toEqual(['c']);
    expect(await ids({ age: '8-30' })).toEqual(['b']);
    expect(await ids({ age: '31+' })).toEqual(['c']);
    expect(await ids({ amountFrom: 300, amountTo: 999 })).toEqual(['b']);
    expect(await ids({ overdue: true })).toEqual(['b', 'c']);
    expect(await ids({ overdue: false, state: 'unsettled' })).toEqual(['a', 'd']);
    expect(await ids({ text: 'TXN_B' })).toEqual(['b']);
    expect((await desk.inbox({ filter: { state: 'unsettled' }, sort: { column: 'dueOn', direction: 'ascending' } })).rows.map((row) => [row.id, row.dueOn, row.ageDays, row.isOverdue])).toEqual([['c', '2026-10-14', 40, true], ['b', '2026-11-14', 9, true], ['a', '2026-11-22', 1, false], ['d', '2026-11-22', 1, false]]);
  });

  it('calls a bank line by its words: in the list, in its panel, in the report, and when it is searched for', async () => {
    using ledger = openTemporaryDatabase();
    using world = openWorkbench({ ledger });
    using bank = openBankDesk([], ledger);
    await bank.importText(camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '1010.00', entries: [{ amount: '10.00', text: 'Refund of Fees', reference: 'B-1', on: '2026-11-16' }] }]));
    const [line] = listBankLines(bank.billing.database, { startAt: 0, limit: 1 }).rows;
    world.plant(difference('line', { level: 'bank', reason: 'bank-line-unmatched', objectId: line?.id ?? '', balanceTransactionId: null, amountMinor: -1_000, detail: JSON.stringify({ store: 'bank', stripe: null, other: null }) }), difference('other', { amountMinor: 300 }));
    const desk = world.as('ana', 'viewer');
    const named = expect.objectContaining({ objectId: line?.id, objectName: expect.stringContaining('Refund of Fees') });
    expect((await desk.inbox({ filter: { text: 'refund of' } })).rows).toEqual([named]);
    expect(await desk.show({ id: 'line' })).toEqual(named);
    expect((await desk.report({})).report.biggest).toEqual(expect.arrayContaining([named, expect.objectContaining({ objectId: 'ch_other', objectName: 'ch_other' })]));
    expect(listDiscrepancies(world.database, { startAt: 0, limit: 9, filter: { text: 'refund of' } }).rows).toEqual([named]);
    // With the sign of the statement, and at risk without one: money that came in is no minus.
    const [found] = (await desk.inbox({ filter: { text: 'refund of' } })).rows;
    expect(found?.amount).toEqual({ amount: 1_000, currency: 'usd' });
    expect(await desk.inbox({ filter: { state: 'unsettled' } })).toMatchObject({ sums: [{ amount: 1_300, currency: 'usd' }], atRisk: [{ amount: 1_300, currency: 'usd' }] });
    expect(await desk.bulkPreview({ ids: ['line', 'other'], act: { kind: 'set-due', dueOn: null } })).toMatchObject({ sums: [{ amount: 1_300 }] });
    expect(listDiscrepancies(world.database, { startAt: 0, limit: 9, sort: { column: 'amount', direction: 'ascending' } })).toMatchObject({ sums: [{ amount: 1_300 }], rows: [{ amount: { amount: 300 } }, { amount: { amount: 1_000 } }] });
    const shown = await desk.show({ id: 'line' });
    expect(shown).toMatchObject({ amount: { amount: 1_000 }, bankLink: expect.stringContaining(`line=${line?.id}`), adjustment: { order: { debitAccount: '1000-bank', creditAccount: '9900-suspense', amountMinor: 1_000 }, isRefused: false } });
    expect(shown.fields.find(({ field }) => field === 'amount')).toEqual({ field: 'amount', stripe: [], ledger: [{ text: null, isMarked: true, link: null }], sharedDatabase: [], bank: [{ text: '10.00 USD', isMarked: false, link: null }] });
  });

  it('puts a bank line with another amount beside its payout and the entry of it, and leads to the line', async () => {
    using ledger = openTemporaryDatabase();
    using world = openWorkbench({ ledger, bank: { ...noBankStatements, hasStatements: () => true, linesOf: (ids) => listLinesOf(ledger.database, ids) } });
    using bank = openBankDesk([], ledger);
    bank.addPayout('po_1', 10_000);
    await bank.importText(camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '0.00', closing: '199.26', entries: [{ amount: '99.63', text: 'STRIPE', reference: 'A', on: '2026-11-17' }, { amount: '99.63', text: 'STRIPE', reference: 'B', on: '2026-11-17' }] }]));
    const [, second] = listBankLines(bank.billing.database, { startAt: 0, limit: 2 }).rows;
    const side = (amountMinor: number) => ({ amountMinor, feeMinor: null, currency: 'usd', status: null, createdAt: null, rowId: null });
    const named: Finding = { reason: 'amount-differs', store: 'bank', subjectIds: ['po_1', second?.id ?? ''], objectId: 'po_1', balanceTransactionId: null, currency: 'usd', amountMinor: 37, occurredOn: localDate('2026-11-17'), stripe: side(10_000), other: side(9_963) };
    const absent: Finding = { ...named, reason: 'payout-without-bank-line', subjectIds: ['po_1'], amountMinor: 10_000, other: null };
    world.database.unitOfWork.run('find', (writable) => { for (const finding of [named, absent]) recordFinding(writable, finding, { level: 'bank', runId: 'r1', seenAt: workbenchNow, today: localDate('2026-11-18') }); });
    const desk = world.as('ana');
    const shown = await desk.show({ id: idFromKey(discrepancyKeyOf('bank', named)) });
    const value = (text: string | null, isMarked = false, link: string | null = null) => [{ text, isMarked, link }];
    const fieldOf = ({ fields }: typeof shown, name: string) => fields.find(({ field }) => field === name);
    // Out of the clearing account and into the bank: one sign.
    expect(fieldOf(shown, 'amount')).toEqual({ field: 'amount', stripe: value('100.00 USD'), ledger: value('100.00 USD'), sharedDatabase: [], bank: value('99.63 USD', true) });
    // Of two lines of one day and amount it is the one that the difference is about.
    expect(fieldOf(shown, 'record')?.bank).toEqual(value('Bank line', false, shown.bankLink));
    expect(shown.bankLink).toContain(`line=${second?.id}`);
    expect(shown.story.map(({ source, title, amount }) => [source, title, amount?.amount])).toEqual([['gateway', 'Payout paid', 10_000], ['bank', 'Booked by the bank', 9_963], ['ledger', 'Posted: payout', 10_000], ['run', 'Found by a reconciliation', undefined]]);
    expect(shown).toMatchObject({ journalEntryId: expect.any(String) as string, raw: expect.stringContaining('TRACEpo_1') as string, adjustment: { order: null, notice: expect.stringContaining('Matching the line') as string } });
    const lost = await desk.show({ id: idFromKey(discrepancyKeyOf('bank', absent)) });
    expect(fieldOf(lost, 'amount')).toMatchObject({ stripe: value('100.00 USD'), ledger: value('100.00 USD'), bank: value(null, true) });
    const { accountId } = second ?? { accountId: '' };
    expect(lost.bankLink, 'where its line is said').toBe(`/reconciliation/bank?account=${accountId}&payout=po_1&currency=usd&on=2026-11-17`);
    expect(lost.adjustment.order).toEqual({ debitAccount: '1310-recoverables', creditAccount: '1020-cash-in-transit', amountMinor: 10_000, currency: 'usd' });
  });

  it('takes the match of a bank line back where it settled the difference: undo is an unmatch', async () => {
    using ledger = openTemporaryDatabase();
    using bank = openBankDesk([], ledger);
    using world = openWorkbench({ ledger, matching: bank.banking.matching });
    await bank.importText(camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '1010.00', entries: [{ amount: '10.00', text: 'Refund of Fees', reference: 'B-1', on: '2026-11-16' }] }]));
    const [line] = listBankLines(bank.billing.database, { startAt: 0, limit: 1 }).rows;
    const id = idFromKey(discrepancyKeyOf('bank', { reason: 'bank-line-unmatched', subjectIds: [line?.id ?? ''] }));
    world.plant(difference(id, { level: 'bank', reason: 'bank-line-unmatched', objectId: line?.id ?? '', balanceTransactionId: null, status: 'assigned', assignee: 'mia' }));
    const { matchId } = await bank.banking.matching.match({ lineIds: [line?.id ?? ''], parts: [], residualAccount: '5000-payment-fees' }, { actor: 'ana', requestId: randomUUID() });
    const [accountant, finance] = [world.as('ana'), world.as('ben', 'finance')];
    expect(await accountant.show({ id })).toMatchObject({ status: 'resolved', undoable: { action: 'match', actor: 'ana' } });
    expect(() => world.work.undo({ id, actor: 'ana' })).toThrow(expect.objectContaining({ code: 'step-undone-by-unmatch' }));
    await expect(finance.undo({ ...command(), id })).rejects.toMatchObject({ code: 'role-too-small' });
    expect(await accountant.undo({ ...command(), id })).toMatchObject({ status: 'assigned', outcome: 'undone' });
    expect(bank.banking.matching.isStanding(matchId)).toBe(false);
    expect(await accountant.show({ id })).toMatchObject({ status: 'assigned', assignee: 'mia', undoable: null });
  });

  it('calls what a match left on suspense by its line, and takes the match back once nothing of it is booked elsewhere', async () => {
    using ledger = openTemporaryDatabase();
    using bank = openBankDesk([], ledger);
    using world = openWorkbench({ ledger, matching: bank.banking.matching, bank: { ...noBankStatements, hasStatements: () => true, linesOf: (ids) => listLinesOf(ledger.database, ids) } });
    await bank.importText(camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '990.00', entries: [{ amount: '10.00', isDebit: true, text: 'Refund of Fees', reference: 'B-1', on: '2026-11-16' }] }]));
    const [line] = listBankLines(bank.billing.database, { startAt: 0, limit: 1 }).rows;
    await createBankReconciliation({ unitOfWork: ledger.database.unitOfWork, clock: fixedClock(workbenchNow), zone: new TimeZone('UTC'), standing: () => readBankStanding(ledger.database, []) }).reconcileBank(unattended);
    const act = { actor: 'ana', requestId: randomUUID() };
    const { matchId } = await bank.banking.matching.match({ lineIds: [line?.id ?? ''], parts: [], residualAccount: '9900-suspense' }, act);
    const desk = world.as('ana');
    const [rest] = (await desk.inbox({ filter: { reason: 'bank-residual' } })).rows;
    const id = rest?.id ?? '';
    expect(rest?.objectName).toContain('Refund of Fees');
    const shown = await desk.show({ id });
    expect(shown.story.map(({ source, title }) => `${source}: ${title}`)).toEqual(['bank: Booked by the bank', 'bank: Left on suspense by a match']);
    expect(shown.bankLink).toContain(`line=${line?.id}`);

    await desk.adjust({ ...command(), id, order: shown.adjustment.order ?? expect.fail('nothing is proposed'), reason: 'the fee of the account' });
    await expect(bank.banking.matching.unmatch(matchId, 'Not this one', act)).rejects.toMatchObject({ code: 'bank-rest-booked' });
    expect(await desk.undo({ ...command(), id })).toMatchObject({ status: 'open' });
    await bank.banking.matching.unmatch(matchId, 'Not this one', act);
    expect((await desk.inbox({ filter: { state: 'unsettled' } })).rows.map(({ reason }) => reason)).toEqual(['bank-line-unmatched']);
    // Its match is over: there is nothing to bring back.
    expect((await desk.show({ id })).undoable).toBeNull();
    await expect(desk.undo({ ...command(), id })).rejects.toMatchObject({ code: 'nothing-to-undo' });
    expect(ledger.database.all(sql('test.suspense', "SELECT sum(iif(direction = 'debit', amount_minor, -amount_minor)) AS left FROM posting_lines WHERE account_code = '9900-suspense'"))).toEqual([{ left: 0 }]);
  });

  it('groups what is filtered by each word, biggest first', async () => {
    using world = openWorkbench();
    world.plant(difference('a'), difference('b', { firstSeenAt: workbenchNow - 9 * dayMs }), difference('c', { reason: 'fee-differs', currency: 'eur', amountMinor: -7, assignee: 'mia', status: 'assigned' }), difference('d', { status: 'resolved' }));
    const desk = world.as('ana');
    const keys = async (by: Parameters<typeof desk.groups>[0]['by']) => (await desk.groups({ by, filter: { state: 'unsettled' } })).groups.map((group) => [group.key, group.count]);
    expect((await desk.groups({ by: 'reason', filter: { state: 'unsettled' } })).groups).toEqual([
      { key: 'missing-in-ledger', count: 2, overdue: 1, oldestAt: workbenchNow - 9 * dayMs, atRisk: [{ amount: 2_000, currency: 'usd' }] }, { key: 'fee-differs', count: 1, overdue: 0, oldestAt: workbenchNow - dayMs, atRisk: [{ amount: 7, currency: 'eur' }] },
    ]);
    expect(await keys('assignee')).toEqual([['', 2], ['mia', 1]]);
    expect(await keys('age')).toEqual([['0-1', 2], ['8-30', 1]]);
    expect(await keys('due')).toEqual([['week', 2], ['overdue', 1]]);
    expect(await keys('level')).toEqual([['transactions', 3]]);
    await desk.setDue({ ...command(), id: 'a', dueOn: '2026-11-18' });
    await desk.setDue({ ...command(), id: 'c', dueOn: '2026-12-24' });
    expect(await keys('due')).toEqual([['later', 1], ['overdue', 1], ['today', 1]]);
  });

  it('previews a bulk act, does it once, and one undo takes all of it back', async () => {
    using world = openWorkbench();
    world.plant(difference('a'), difference('b', { status: 'resolved' }), difference('c', { amountMinor: -400 }));
    const desk = world.as('ana', 'finance');
    const ids = ['a', 'b', 'c', 'nothing'];
    const act = { kind: 'ignore', reason: 'test payments' } as const;
    expect(await desk.bulkPreview({ ids, act })).toEqual({
      applies: 2, sums: [{ amount: 600, currency: 'usd' }], atRisk: [{ amount: 1_400, currency: 'usd' }], byStatus: [{ status: 'open', count: 2 }],
      leftOut: [{ id: 'b', objectId: 'ch_b', code: 'discrepancy-state', message: 'It is resolved.' }, { id: 'nothing', objectId: 'nothing', code: 'discrepancy-not-found', message: 'This difference is not known here.' }],
    });
    expect(world.database.all(audits)).toEqual([]);
    const bulk = command();
    const done = await desk.bulk({ ...bulk, ids, act });
    expect(done.succeeded).toEqual([{ id: 'a', status: 'ignored' }, { id: 'c', status: 'ignored' }]);
    expect(done.failed.map((failure) => failure.code)).toEqual(['discrepancy-state', 'discrepancy-not-found']);
    expect(await desk.bulk({ ...bulk, ids, act })).toEqual(done);
    // What somebody did since stays done.
    await desk.setDue({ ...command(), id: 'c', dueOn: '2026-12-24' });
    expect(await desk.undoCommand({ ...command(), undoneCommandId: bulk.commandId })).toEqual({ undone: [{ id: 'a', status: 'open' }], left: 1 });
    expect((await desk.inbox({ filter: { state: 'all' }, sort: { column: 'objectId', direction: 'ascending' } })).rows.map((row) => [row.id, row.status, row.dueOn])).toEqual([['a', 'open', '2026-11-22'], ['b', 'resolved', '2026-11-22'], ['c', 'ignored', '2026-12-24']]);
    await desk.undo({ ...command(), id: 'c' });
    expect(await desk.undoCommand({ ...command(), undoneCommandId: bulk.commandId })).toEqual({ undone: [{ id: 'c', status: 'open' }], left: 0 });
    await expect(world.as('ana', 'viewer').bulk({ ...command(), ids: ['a'], act })).rejects.toMatchObject({ code: 'role-too-small' });
  });
});

describe('what is done about one difference', () => {
  it('is undone step by step back to how it was found, each step audited', async () => {
    using world = openWorkbench();
    world.plant(difference('a'), difference('b', { amountMinor: -1_000, reason: 'missing-at-stripe' }));
    const desk = world.as('ana', 'finance');
    await desk.setDue({ ...command(), id: 'a', dueOn: '2026-11-25' });
    await desk.markTiming({ ...command(), id: 'a' });
    await desk.comment({ ...command(), id: 'a', text: 'Asked the back end.' });
    expect(await desk.show({ id: 'a' })).toMatchObject({ status: 'on-hold', holdUntil: '2026-11-25', markedAs: 'timing', isDueSet: true, undoable: { action: 'mark-timing', actor: 'ana' } });
    expect(await desk.undo({ ...command(), id: 'a' })).toEqual({ id: 'a', status: 'open', outcome: 'undone', entryId: null });
    await desk.undo({ ...command(), id: 'a' });
    expect(await desk.show({ id: 'a' })).toMatchObject({ status: 'open', holdUntil: null, markedAs: null, isDueSet: false, undoable: null });
    await expect(desk.undo({ ...command(), id: 'a' })).rejects.toMatchObject({ code: 'nothing-to-undo' });
    // Two that cancel out are one story: both are settled, and linked both ways.
    const link = command();
    await desk.link({ ...link, id: 'a', target: { kind: 'discrepancy', id: 'b' }, note: 'the same payment' });
    expect(await desk.show({ id: 'b' })).toMatchObject({ status: 'resolved', markedAs: 'linked', link: { kind: 'discrepancy', id: 'a' } });
    expect(await desk.undoCommand({ ...command(), undoneCommandId: link.commandId })).toMatchObject({ undone: [{ id: 'a', status: 'open' }, { id: 'b', status: 'open' }] });
    await expect(desk.link({ ...command(), id: 'a', target: { kind: 'discrepancy', id: 'a' }, note: 'the same payment' })).rejects.toMatchObject({ code: 'link-to-itself' });
    expect(world.database.all<{ action: string }>(audits).map((row) => row.action)).toEqual(['set-due', 'mark-timing', 'comment', 'undo', 'undo', 'link', 'link', 'undo', 'undo']);
    expect((await desk.show({ id: 'a' })).story.map((line) => [line.source, line.title, line.isUndone])).toEqual([
      ['gateway', 'Listed by Stripe, not in the mirror', false], ['run', 'Found by a reconciliation', false], ['person', 'Due day set', true], ['person', 'Marked as timing', true], ['person', 'Comment', false], ['person', 'Taken back', false], ['person', 'Taken back', false], ['person', 'Linked', true], ['person', 'Taken back', false],
    ]);
  });

  it('posts an adjustment and a write-off, and undoing reverses the entry', async () => {
    using world = openWorkbench();
    world.plant(difference('a', { amountMinor: -1_250 }), difference('b', { amountMinor: 700 }), difference('c', { amountMinor: 0, reason: 'timing' }));
    const desk = world.as('ana');
    // Net of the fee of 59: so much the balance at Stripe moved.
    expect(await desk.settlementPreview({ id: 'a' })).toMatchObject({ debitAccount: '5010-bad-debt', creditAccount: '1100-stripe-clearing', amount: { amount: 1_309 }, isAboveLimit: false, fourEyes: 'off' });
    const written = await desk.writeOff({ ...command(), id: 'a', reason: 'not worth pursuing' });
    expect(written).toMatchObject({ status: 'resolved', outcome: 'posted' });
    await desk.adjust({ ...command(), id: 'b', order: { debitAccount: '1100-stripe-clearing', creditAccount: '9900-suspense', amountMinor: 700, currency: 'usd' }, reason: 'the object is gone' });
    expect(world.database.all(entries)).toEqual([
      { kind: 'reconciliation-write-off', entryDate: '2026-11-18', account: '5010-bad-debt', direction: 'debit', amount: 1_309 }, { kind: 'reconciliation-write-off', entryDate: '2026-11-18', account: '1100-stripe-clearing', direction: 'credit', amount: 1_309 },
      { kind: 'reconciliation-adjustment', entryDate: '2026-11-18', account: '1100-stripe-clearing', direction: 'debit', amount: 700 }, { kind: 'reconciliation-adjustment', entryDate: '2026-11-18', account: '9900-suspense', direction: 'credit', amount: 700 },
    ]);
    expect(await desk.show({ id: 'a' })).toMatchObject({ markedAs: 'written-off', story: expect.arrayContaining([expect.objectContaining({ source: 'ledger', link: `/ledger/entries/${written.entryId}` })]) as unknown });
    const undone = await desk.undo({ ...command(), id: 'a' });
    expect(undone).toMatchObject({ status: 'open', outcome: 'undone' });
    expect(world.database.get(sql('test.reversed', 'SELECT reverses_entry_id AS id FROM journal_entries WHERE id = ?'), [undone.entryId])).toEqual({ id: written.entryId });
    expect(world.database.all(sql('test.balance', "SELECT sum(iif(direction = 'debit', amount_minor, -amount_minor)) AS balance FROM posting_lines WHERE account_code = '5010-bad-debt'"))).toEqual([{ balance: 0 }]);
    await expect(desk.writeOff({ ...command(), id: 'c', reason: 'not worth pursuing' })).rejects.toMatchObject({ code: 'nothing-to-write-off' });
    // The books agree with Stripe: only the company's record differs, and a write-off would make a difference where there is none.
    world.plant(difference('d', { reason: 'missing-in-payment-history', detail: '{"store":"payment_history","stripe":null,"other":null}' }));
    await expect(desk.writeOff({ ...command(), id: 'd', reason: 'not worth pursuing' })).rejects.toMatchObject({ code: 'difference-not-in-books' });
    const order = { debitAccount: '9900-suspense', creditAccount: '1100-stripe-clearing', amountMinor: 1_000, currency: 'usd' };
    await expect(desk.adjust({ ...command(), id: 'd', order, reason: 'a try' })).rejects.toMatchObject({ code: 'difference-not-in-books' });
    await expect(desk.settlementPreview({ id: 'd', order })).rejects.toMatchObject({ code: 'difference-not-in-books' });
    expect((await desk.show({ id: 'd' })).adjustment).toMatchObject({ order: null, isRefused: true });
    await expect(desk.adjust({ ...command(), id: 'c', order: { debitAccount: '1100-stripe-clearing', creditAccount: '0000-nothing', amountMinor: 1, currency: 'usd' }, reason: 'a try' })).rejects.toMatchObject({ code: 'adjustment-account-unknown' });
    await expect(desk.adjust({ ...command(), id: 'c', order: { debitAccount: '9900-suspense', creditAccount: '9900-suspense', amountMinor: 1, currency: 'usd' }, reason: 'a try' })).rejects.toMatchObject({ code: 'adjustment-invalid' });
    await expect(desk.adjust({ ...command(), id: 'c', order: { debitAccount: '1100-stripe-clearing', creditAccount: '9900-suspense', amountMinor: 1, currency: 'gbp' }, reason: 'a try' })).rejects.toMatchObject({ code: 'exchange-rate-missing' });
    await expect(world.as('ben', 'finance').writeOff({ ...command(), id: 'b', reason: 'not worth it' })).rejects.toMatchObject({ code: 'role-too-small' });
  });

  it('above the limit waits for a second person: nothing is posted before, and the one who asked cannot approve', async () => {
    let decider = 'ana';
    using world = openWorkbench({
      authority: (local) => ({
        ...local, fourEyes: 'on',
        async decide() { if (decider === 'ana') throw new PermissionError('second-person-needed', 'The person who asked cannot approve.'); },
      }),
    });
    world.plant(difference('a', { amountMinor: -50_001 + 59 }), difference('b', { amountMinor: -50_000 + 59 }), difference('c', { amountMinor: -90_000 })); // each with a fee of 59
    const ana = world.as('ana');
    expect(await ana.writeOff({ ...command(), id: 'b', reason: 'not worth pursuing' })).toMatchObject({ outcome: 'posted' });
    const asked = await ana.writeOff({ ...command(), id: 'a', reason: 'not worth pursuing' });
    expect(asked).toEqual({ id: 'a', status: 'open', outcome: 'requested', entryId: null });
    expect(world.database.all(entries)).toHaveLength(2);
    await expect(ana.writeOff({ ...command(), id: 'a', reason: 'not worth pursuing' })).rejects.toMatchObject({ code: 'adjustment-requested-already' });
    await expect(ana.decideAdjustment({ ...command(), id: 'a', isApproved: true, note: null })).rejects.toMatchObject({ code: 'second-person-needed' });
    expect((await ana.inbox({ filter: { waitsForSecondPerson: true } })).rows).toMatchObject([{ id: 'a', waitsForSecondPerson: true }]);
    decider = 'ben';
    const ben = world.as('ben');
    expect((await ben.show({ id: 'a' })).request).toMatchObject({ actor: 'ana', isOwn: false, isWriteOff: true, amount: { amount: 50_001, currency: 'usd' } });
    expect(await ben.decideAdjustment({ ...command(), id: 'a', isApproved: true, note: null })).toMatchObject({ status: 'resolved', outcome: 'posted' });
    expect(world.database.all(entries)).toHaveLength(4);
    // Taken back by anybody: the entry is reversed, and the request is not open again.
    expect(await ben.undo({ ...command(), id: 'a' })).toMatchObject({ status: 'open', outcome: 'undone' });
    expect(await ben.show({ id: 'a' })).toMatchObject({ request: null });
    await ana.writeOff({ ...command(), id: 'c', reason: 'not worth pursuing' });
    expect(await ben.decideAdjustment({ ...command(), id: 'c', isApproved: false, note: 'ask the bank first' })).toMatchObject({ status: 'open', outcome: 'declined' });
    await expect(ben.decideAdjustment({ ...command(), id: 'c', isApproved: true, note: null })).rejects.toMatchObject({ code: 'adjustment-request-unknown' });
    // A cent does not settle what is above the limit, nor what nobody can value.
    world.plant(difference('d', { amountMinor: -50_001 }), difference('e', { amountMinor: -50_000 }), difference('f', { amountMinor: 5, currency: 'gbp' }));
    const order = { debitAccount: '9900-suspense', creditAccount: '1100-stripe-clearing', amountMinor: 1, currency: 'usd' };
    expect(await ana.settlementPreview({ id: 'd', order })).toMatchObject({ amount: { amount: 1 }, isAboveLimit: true });
    for (const [id, outcome] of [['d', 'requested'], ['e', 'posted'], ['f', 'requested']] as const) expect(await ana.adjust({ ...command(), id, order, reason: 'only a part' })).toMatchObject({ outcome });
  });

  describe('a link', () => {
    const finding = (id: string, amountMinor: number): Finding => ({ reason: 'missing-in-ledger', store: 'ledger', subjectIds: [id], objectId: `ch_${id}`, balanceTransactionId: id, currency: 'usd', amountMinor, occurredOn: localDate('2026-11-16'), stripe: null, other: null });
    const findIn = (world: WorkbenchWorld) => (id: string, amountMinor: number, run: string) => world.database.unitOfWork.run('find', (writable) => recordFinding(writable, finding(id, amountMinor), { level: 'transactions', runId: run, seenAt: workbenchNow, today: localDate('2026-11-18') }));
    const idOf = (id: string): string => idFromKey(discrepancyKeyOf('transactions', finding(id, 0)));
    const twoPeople = () => openWorkbench({ authority: (local) => ({ ...local, fourEyes: 'on', decide: async () => undefined }) });
    const posted = (world: WorkbenchWorld, amountMinor: number): string => {
      const transaction = { id: 'nothing', type: 'charge', reportingCategory: 'charge', sourceId: null, amountMinor, feeMinor: 0, currency: 'usd', createdAt: workbenchNow, availableAt: workbenchNow };
      world.database.unitOfWork.run('entry', (writable) => postEntry(writable, 7, 'entry-7', '2026-11-16', transaction, { sourceType: 'manual' }));
      return 'entry-7';
    };

    it('is to what exists, of every kind; another is refused and settles nothing', async () => {
      using world = openWorkbench();
      world.plant(difference('a'));
      const desk = world.as('ana', 'finance');
      for (const kind of ['discrepancy', 'journal-entry', 'invoice', 'payment', 'gateway-object'] as const) {
        await expect(desk.link({ ...command(), id: 'a', target: { kind, id: 'nonsense' }, note: 'the same payment' })).rejects.toMatchObject({ code: 'link-target-unknown' });
      }
      expect(await desk.show({ id: 'a' })).toMatchObject({ status: 'open', link: null });
      posted(world, 1_000);
      // By its number too; what is kept is its id.
      expect(await desk.link({ ...command(), id: 'a', target: { kind: 'journal-entry', id: '7' }, note: 'posted by hand' })).toMatchObject({ status: 'resolved', outcome: 'linked' });
      expect(await desk.show({ id: 'a' })).toMatchObject({ markedAs: 'linked', link: { kind: 'journal-entry', id: 'entry-7' } });
    });

    it('keeps settled only what its amounts explain', async () => {
      using world = openWorkbench();
      const find = findIn(world);
      posted(world, 900);
      find('same', 900, 'r1');
      find('other', 899, 'r1');
      const desk = world.as('ana', 'finance');
      for (const each of ['same', 'other']) await desk.link({ ...command(), id: idOf(each), target: { kind: 'journal-entry', id: 'entry-7' }, note: 'posted by hand' });
      expect([find('same', 900, 'r2'), find('other', 899, 'r2')]).toEqual(['known', 'reopened']);
      // Two that do not cancel out: the other is left as it was, and neither is explained.
      world.plant(difference('short', { amountMinor: -400 }));
      await desk.link({ ...command(), id: idOf('other'), target: { kind: 'discrepancy', id: 'short' }, note: 'they belong together' });
      expect(await desk.show({ id: 'short' })).toMatchObject({ status: 'open' });
      expect(find('other', 899, 'r3')).toBe('reopened');
      // One that has settled another has nothing left to explain.
      world.plant(difference('over', { amountMinor: 400 }), difference('again', { amountMinor: 400 }));
      await desk.link({ ...command(), id: 'over', target: { kind: 'discrepancy', id: 'short' }, note: 'they cancel out' });
      expect(await desk.show({ id: 'short' })).toMatchObject({ status: 'resolved', markedAs: 'linked' });
      await desk.link({ ...command(), id: 'again', target: { kind: 'discrepancy', id: 'short' }, note: 'they cancel out' });
      expect([(await desk.show({ id: 'over' })).markedAs, (await desk.show({ id: 'again' })).markedAs]).toEqual(['linked', null]);
    });

    it('of other amounts above the limit waits for a second person; what is explained does not', async () => {
      using world = twoPeople();
      const find = findIn(world);
      posted(world, 70_000);
      for (const [id, amount] of [['same', 70_000], ['other', 70_001], ['third', 60_000], ['small', 50_000]] as const) find(id, amount, 'r1');
      const ana = world.as('ana', 'finance');
      const link = (id: string) => ana.link({ ...command(), id: idOf(id), target: { kind: 'journal-entry', id: 'entry-7' }, note: 'posted by hand' });
      expect(await link('same')).toMatchObject({ status: 'resolved', outcome: 'linked' });
      expect(await link('small')).toMatchObject({ status: 'resolved', outcome: 'linked' });
      expect(await link('other')).toMatchObject({ status: 'open', outcome: 'requested' });
      await expect(link('other')).rejects.toMatchObject({ code: 'adjustment-requested-already' });
      const ben = world.as('ben');
      expect((await ben.show({ id: idOf('other') })).request).toMatchObject({ actor: 'ana', isOwn: false, isWriteOff: false, link: { kind: 'journal-entry', id: 'entry-7' }, amount: { amount: 70_001, currency: 'usd' } });
      const before = world.database.all(entries).length;
      expect(await ben.decideAdjustment({ ...command(), id: idOf('other'), isApproved: true, note: null })).toMatchObject({ status: 'resolved', outcome: 'linked', entryId: null });
      expect(world.database.all(entries)).toHaveLength(before);
      expect(await ben.show({ id: idOf('other') })).toMatchObject({ markedAs: 'linked', request: null, link: { kind: 'journal-entry', id: 'entry-7' } });
      expect([find('other', 70_001, 'r2'), find('small', 50_000, 'r2')]).toEqual(['known', 'reopened']);
      // Taken back it is open, and the answered request with it gone.
      await ben.undo({ ...command(), id: idOf('other') });
      expect(await ben.show({ id: idOf('other') })).toMatchObject({ status: 'open', request: null, link: null });
      await link('third');
      expect(await ben.decideAdjustment({ ...command(), id: idOf('third'), isApproved: false, note: 'not the same' })).toMatchObject({ status: 'open', outcome: 'declined' });
      expect(await ben.show({ id: idOf('third') })).toMatchObject({ status: 'open', link: null });
    });

    it('to what it is about, or to the entry of that, explains nothing', async () => {
      using world = twoPeople();
      const transaction = { id: 'self', type: 'charge', reportingCategory: 'charge', sourceId: 'ch_self', amountMinor: 70_000, feeMinor: 0, currency: 'usd', createdAt: workbenchNow, availableAt: workbenchNow };
      world.database.unitOfWork.run('own', (writable) => {
        postEntry(writable, 7, 'entry-7', '2026-11-16', transaction);
        recordPayment(writable, 1, transaction, { paymentId: 'ch_self' });
      });
      findIn(world)('self', 70_000, 'r1');
      const ana = world.as('ana', 'finance');
      for (const target of [{ kind: 'payment', id: 'ch_self' }, { kind: 'payment', id: 'self' }, { kind: 'journal-entry', id: '7' }] as const) {
        expect(await ana.link({ ...command(), id: idOf('self'), target, note: 'the very same' })).toMatchObject({ status: 'open', outcome: 'requested' });
        await ana.undo({ ...command(), id: idOf('self') });
      }
    });

    it('on a desk of one person is made alone, says so, and does not hold', async () => {
      using world = openWorkbench();
      const find = findIn(world);
      posted(world, 70_000);
      find('large', 60_000, 'r1');
      await world.as('ana').link({ ...command(), id: idOf('large'), target: { kind: 'journal-entry', id: 'entry-7' }, note: 'posted by hand' });
      expect(world.database.all(sql('test.alone', "SELECT json_extract(body, '$.fourEyes') AS eyes FROM discrepancy_steps WHERE action = 'link'"))).toEqual([{ eyes: 'off' }]);
      expect(find('large', 60_000, 'r2')).toBe('reopened');
    });
  });

  it('found again with the amount that was settled in the books it stays settled; with another one it comes back and says so', async () => {
    using world = openWorkbench();
    const finding = (amountMinor: number): Finding => ({ reason: 'missing-in-ledger', store: 'ledger', subjectIds: ['txn_x'], objectId: 'ch_x', balanceTransactionId: 'txn_x', currency: 'usd', amountMinor, occurredOn: localDate('2026-11-16'), stripe: null, other: null });
    const seen = (run: string) => ({ level: 'transactions' as const, runId: run, seenAt: workbenchNow, today: localDate('2026-11-18') });
    const find = (amountMinor: number, run: string) => world.database.unitOfWork.run('find', (writable) => recordFinding(writable, finding(amountMinor), seen(run)));
    const id = idFromKey(discrepancyKeyOf('transactions', finding(900)));
    expect(find(900, 'r1')).toBe('opened');
    const desk = world.as('ana');
    await desk.writeOff({ ...command(), id, reason: 'not worth pursuing' });
    expect(find(900, 'r2')).toBe('known');
    expect(find(901, 'r3')).toBe('reopened');
    expect(await desk.show({ id })).toMatchObject({ status: 'open', isBack: true, markedAs: null });
    // What a run did is not a person's to take back.
    await expect(desk.undo({ ...command(), id })).rejects.toMatchObject({ code: 'nothing-to-undo' });
  });

  it('a pair that attributes made shows both ids and why, and is taken apart and put together again by a person', async () => {
    using world = openWorkbench();
    const side = { amountMinor: 1_000, feeMinor: 59, currency: 'usd', status: 'succeeded', createdAt: workbenchNow - 2 * dayMs, rowId: null };
    const pair = { score: 9_900, reasons: ['At the same moment.'], objectId: 'pi_own', balanceTransactionId: null, occurredOn: '2026-11-16' };
    world.plant(difference('pair', { reason: 'id-differs', amountMinor: 0, detail: JSON.stringify({ store: 'payment_history', stripe: side, other: { ...side, rowId: 7 }, pair }) }), difference('other'));
    const desk = world.as('ana', 'finance');
    expect(await desk.show({ id: 'pair' })).toMatchObject({
      reason: 'id-differs', isWritableOff: false, pair: { score: 9_900, reasons: ['At the same moment.'], store: 'payment_history', objectId: 'pi_own', isRefused: false },
      fields: expect.arrayContaining([{ field: 'id', stripe: [{ text: 'txn_pair', isMarked: false, link: null }], ledger: [], sharedDatabase: [{ text: 'pi_own', isMarked: true, link: null }], bank: [] }]),
    });
    await expect(world.as('vic', 'viewer').refusePair({ ...command(), id: 'pair', reason: 'not one' })).rejects.toThrow();
    await expect(desk.refusePair({ ...command(), id: 'other', reason: 'not one' })).rejects.toMatchObject({ code: 'discrepancy-not-a-pair' });
    const refusal = command();
    for (const _ of [1, 2]) expect(await desk.refusePair({ ...refusal, id: 'pair', reason: 'another customer' })).toEqual({ id: 'pair', status: 'ignored' });
    const { rows } = await desk.inbox({ filter: { state: 'unsettled' }, sort: { column: 'reason', direction: 'ascending' } });
    expect(rows.map(({ reason, objectId, amount }) => [reason, objectId, amount.amount])).toEqual([['missing-at-stripe', 'pi_own', -1_000], ['missing-in-ledger', 'ch_other', 1_000], ['missing-in-payment-history', 'ch_pair', 1_000]]);
    const refused = await desk.show({ id: 'pair' });
    expect(refused).toMatchObject({ pair: { isRefused: true }, link: null, undoable: { action: 'refuse', actor: 'ana' } });
    expect(refused.story.at(-1)).toMatchObject({ title: 'Not one: both stand by themselves', detail: 'another customer' });
    await desk.undo({ ...command(), id: 'pair' });
    expect((await desk.inbox({ filter: { state: 'unsettled' } })).rows.map(({ id }) => id).toSorted()).toEqual(['other', 'pair']);
  });

  it('keeps the policy, an admin’s to set', async () => {
    using world = openWorkbench();
    const { policy } = await world.as('ana', 'admin').policy({});
    await expect(world.as('ana').setPolicy({ ...command(), policy })).rejects.toMatchObject({ code: 'role-too-small' });
    const wanted = { ...policy, dueDays: 30, adjustmentLimitMinor: 0, reportRecipients: ['cfo@example.com'] };
    expect(await world.as('ana', 'admin').setPolicy({ ...command(), policy: wanted })).toEqual({ policy: wanted });
    world.plant(difference('a', { firstSeenAt: workbenchNow - 9 * dayMs }));
    expect(await world.as('ana').inbox({ filter: { overdue: true } })).toMatchObject({ total: 0 });
    expect(await world.as('ana').settlementPreview({ id: 'a' })).toMatchObject({ isAboveLimit: true });
  });
});
