/** Level 4: what is to be worked on between statements and books, and what a run keeps of it. */
import { describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { readBankStanding } from '../banking/bank-standing.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { listBankLines } from '../reporting/banking.queries.ts';
import { listRuns } from '../reporting/reconciliation-runs.queries.ts';
import { openBankDesk, type BankDesk } from '../testing/bank-desk.ts';
import { camtFile } from '../testing/bank-files.ts';
import { createBankReconciliation, findingsOf, isDueOnStatements, type BankStanding } from './bank-reconciliation.ts';

const november = { from: localDate('2026-11-01'), to: localDate('2026-11-17') };
const nothing: BankStanding = { covered: new Map([['usd', november]]), payouts: [], lines: [], differing: [], residuals: [], matchedLines: 0, sums: [] };
const payout = (id: string, on: string, currency = 'usd') => ({ id, balanceTransactionId: `txn_${id}`, amountMinor: 700, currency, expectedOn: localDate(on) });
const line = (id: string, amountMinor: number) => ({ id, amountMinor, currency: 'usd', bookedOn: localDate('2026-11-10') });
const shown = (standing: Partial<BankStanding>) => findingsOf({ ...nothing, ...standing }).map((each) => `${each.reason} ${each.objectId} ${each.amountMinor} ${each.occurredOn}`);

describe('what is to be worked on', () => {
  test.each([
    ['2026-10-31', false], ['2026-11-01', true], ['2026-11-14', true], ['2026-11-15', false],
  ])('a payout expected on %s is due on statements of 1 to 17 November: %s', (on, isDue) => {
    expect(isDueOnStatements(nothing.covered, payout('po', on))).toBe(isDue);
    expect(isDueOnStatements(nothing.covered, payout('po', on, 'eur'))).toBe(false);
  });

  test('payouts that lie on no line, lines that nobody explained, what matches left on suspense', () => {
    expect(shown({
      payouts: [payout('po_due', '2026-11-03'), payout('po_young', '2026-11-16')], lines: [line('line_in', 500), line('line_out', -1_500)], residuals: [{ matchId: 'm', label: 'po_a', amountMinor: -40, currency: 'usd', on: localDate('2026-11-05') }],
    })).toEqual(['payout-without-bank-line po_due 700 2026-11-03', 'bank-line-unmatched line_in -500 2026-11-10', 'bank-line-unmatched line_out 1500 2026-11-10', 'bank-residual po_a 40 2026-11-05']);
  });

  test('a line that names a payout with another amount is one difference, not three', () => {
    const short = line('line_short', 660);
    expect(shown({ payouts: [payout('po_short', '2026-11-09')], lines: [short], differing: [{ line: short, objectId: 'po_short', payoutId: 'po_short', amountMinor: 700, label: 'po_short' }] })).toEqual(['amount-differs po_short 40 2026-11-10']);
  });
});

const clock = fixedClock(Date.UTC(2026, 10, 18, 14, 14));
const openDifferences = ({ billing }: BankDesk) => billing.database.all<{ text: string }>(sql('test.open', "SELECT reason || ' ' || object_id || ' ' || amount_minor || ' ' || status AS text FROM discrepancies WHERE level = 'bank' ORDER BY 1")).map((row) => row.text);
const runnerOf = (desk: BankDesk) =>
  createBankReconciliation({ unitOfWork: desk.billing.database.unitOfWork, clock, zone: new TimeZone('America/New_York'), standing: () => readBankStanding(desk.billing.database, desk.banking.matching.propose(null)) });

describe('a run', () => {
  test('keeps what it found, settles what is gone, and opens again what is back', async () => {
    using desk = openBankDesk();
    desk.addPayout('po_missing', 700, { arrivesOn: '2026-11-03' });
    desk.addPayout('po_here01', 120_450);
    await desk.importText(camtFile([{
      id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '2189.50',
      entries: [{ amount: '1204.50', text: 'STRIPE po_here01', reference: 'B-1' }, { amount: '15.00', isDebit: true, text: 'Account fee', reference: 'B-2', on: '2026-11-02' }],
    }]).replaceAll('<Dt>2026-11-16</Dt>', '<Dt>2026-11-01</Dt>'));
    await desk.banking.matching.matchAutomatically('daybook', unattended);
    const { reconcileBank } = runnerOf(desk);
    const fee = listBankLines(desk.billing.database, { startAt: 0, limit: 10, filter: { state: 'open' } }).rows[0]?.id ?? '';

    expect(await reconcileBank(unattended)).toMatchObject({ compared: 2, matched: 1, found: 2, settled: 0, byReason: { 'payout-without-bank-line': 1, 'bank-line-unmatched': 1 } });
    expect(openDifferences(desk)).toEqual([`bank-line-unmatched ${fee} 1500 open`, 'payout-without-bank-line po_missing 700 open']);

    const { matchId } = await desk.banking.matching.match({ lineIds: [fee], parts: [], residualAccount: '5000-payment-fees' }, { actor: 'amara', requestId: '018f0000-0000-7000-8000-000000000001' });
    // The match settled it already.
    expect(await reconcileBank(unattended)).toMatchObject({ found: 1, settled: 0 });
    expect(openDifferences(desk)).toEqual([`bank-line-unmatched ${fee} 1500 resolved`, 'payout-without-bank-line po_missing 700 open']);

    await desk.banking.matching.unmatch(matchId, 'Not a fee', { actor: 'amara', requestId: '018f0000-0000-7000-8000-000000000002' });
    expect(await reconcileBank(unattended)).toMatchObject({ found: 2, settled: 0 });
    expect(openDifferences(desk)).toEqual([`bank-line-unmatched ${fee} 1500 open`, 'payout-without-bank-line po_missing 700 open']);
    expect(listRuns(desk.billing.database, { startAt: 0, limit: 10, filter: { level: 'bank' } })).toMatchObject({ total: 3, rows: [{ found: 2, sums: expect.arrayContaining([{ store: 'bank', currency: 'usd', count: 2, amountMinor: 118_950 }]) }, {}, {}] });
  });

  test('is a record beside the one before: what it found is new, gone or still open, and the same inputs have the same hash', async () => {
    using desk = openBankDesk();
    await desk.importText(camtFile([{
      id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '0.00', closing: '16.00', entries: [{ amount: '1.00', text: 'One', reference: 'B-1' }, { amount: '15.00', text: 'Two', reference: 'B-2' }],
    }]));
    const { reconcileBank } = runnerOf(desk);
    await reconcileBank(unattended);
    await reconcileBank(unattended);
    const [line] = listBankLines(desk.billing.database, { startAt: 0, limit: 10, filter: { state: 'open', text: 'One' } }).rows;
    await desk.banking.matching.match({ lineIds: [line?.id ?? ''], parts: [], residualAccount: '5000-payment-fees' }, { actor: 'amara', requestId: '018f0000-0000-7000-8000-000000000003' });
    await desk.importText(camtFile([{ id: 'S-2', iban: 'US00TEST', currency: 'USD', opening: '16.00', closing: '23.00', entries: [{ amount: '7.00', text: 'Three', reference: 'B-3' }] }]));
    await reconcileBank(unattended);
    // Newest first, those of one moment too.
    const runs = listRuns(desk.billing.database, { startAt: 0, limit: 10, filter: { level: 'bank' } }).rows.toReversed();
    expect(runs.map(({ sequence, scope, appeared, gone, remaining, recompared, compared }) => ({ sequence, scope, appeared, gone, remaining, recompared, compared }))).toEqual([
      { sequence: 1, scope: 'everything', appeared: 2, gone: 0, remaining: 0, recompared: 2, compared: 2 }, { sequence: 2, scope: 'everything', appeared: 0, gone: 0, remaining: 2, recompared: 2, compared: 2 },
      { sequence: 3, scope: 'everything', appeared: 1, gone: 1, remaining: 1, recompared: 3, compared: 3 },
    ]);
    expect(runs.every((run) => run.policyVersion !== null && /^[0-9a-f]{64}$/.test(run.inputsHash ?? ''))).toBe(true);
    expect([runs[0]?.inputsHash === runs[1]?.inputsHash, runs[1]?.inputsHash === runs[2]?.inputsHash]).toEqual([true, false]);
  });

  test('that is cancelled before it writes has found nothing', async () => {
    using desk = openBankDesk();
    await desk.importText(camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '0.00', closing: '1.00', entries: [{ amount: '1.00', reference: 'B-1' }] }]));
    await expect(runnerOf(desk).reconcileBank({ ...unattended, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
    expect([openDifferences(desk), listRuns(desk.billing.database, { startAt: 0, limit: 10 }).total]).toEqual([[], 0]);
  });
});

describe('a match, and taking it back', () => {
  const act = { actor: 'ben', requestId: '018f0000-0000-7000-8000-000000000022' };
  const lineOf = (desk: BankDesk, text: string): string => listBankLines(desk.billing.database, { startAt: 0, limit: 10, filter: { text } }).rows[0]?.id ?? '';
  const storyOf = ({ billing }: BankDesk, reason: string) => billing.database.all<{ text: string }>(sql('test.story', "SELECT s.action || ' by ' || s.actor || ': ' || coalesce(s.note, '') AS text FROM discrepancy_steps AS s JOIN discrepancies AS d ON d.id = s.discrepancy_id WHERE d.reason = ? ORDER BY s.recorded_at, s.rowid"), [reason]).map((row) => row.text);

  /** A payout that came in whole, one of 96.00 of which 66.00 came and is named, a fee; reconciled once. */
  async function reconciled(desk: BankDesk): Promise<void> {
    desk.addPayout('po_whole01', 5_000, { arrivesOn: '2026-11-03' });
    desk.addPayout('po_short01', 9_600, { arrivesOn: '2026-11-09' });
    await desk.importText(camtFile([{
      id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '1101.00',
      entries: [{ amount: '50.00', text: 'Transfer received', reference: 'B-1', on: '2026-11-10' }, { amount: '66.00', text: 'STRIPE po_short01', reference: 'B-2', on: '2026-11-10' }, { amount: '15.00', isDebit: true, text: 'Account fee', reference: 'B-3', on: '2026-11-02' }],
    }]).replaceAll('<Dt>2026-11-16</Dt>', '<Dt>2026-11-01</Dt>'));
    await runnerOf(desk).reconcileBank(unattended);
  }

  test('settles the line and what it was missed for at once; taken back, both stand as before', async () => {
    using desk = openBankDesk();
    await reconciled(desk);
    const [received, fee] = [lineOf(desk, 'Transfer'), lineOf(desk, 'Account fee')];
    const found = [`amount-differs po_short01 3000 open`, `bank-line-unmatched ${fee} 1500 open`, `bank-line-unmatched ${received} -5000 open`, 'payout-without-bank-line po_whole01 5000 open'].toSorted();
    expect(openDifferences(desk)).toEqual(found);
    const { database } = desk.billing;
    const assign = (reason: string, objectId: string, assignee: string) => database.unitOfWork.run('assign', (writable) => writable.run(sql('test.assign', "UPDATE discrepancies SET status = 'assigned', assignee = ? WHERE reason = ? AND object_id = ?"), [assignee, reason, objectId]));
    assign('bank-line-unmatched', received, 'mia');
    const { matchId } = await desk.banking.matching.match({ lineIds: [received], parts: [{ kind: 'payout', id: 'po_whole01' }] }, act);
    expect(openDifferences(desk).filter((text) => text.endsWith('resolved'))).toEqual([`bank-line-unmatched ${received} -5000 resolved`, 'payout-without-bank-line po_whole01 5000 resolved']);
    expect(storyOf(desk, 'payout-without-bank-line')).toEqual(['match by ben: matched with po_whole01']);
    // The run says the same, and has nothing left to settle.
    expect(await runnerOf(desk).reconcileBank(unattended)).toMatchObject({ found: 2, settled: 0 });
    await desk.banking.matching.unmatch(matchId, 'Not this one', act);
    expect(openDifferences(desk)).toEqual(found.map((text) => (text.includes(received) ? text.replace('open', 'assigned') : text)));
    expect(storyOf(desk, 'payout-without-bank-line').at(-1)).toBe('unmatch by ben: unmatched: Not this one');
    expect(await runnerOf(desk).reconcileBank(unattended)).toMatchObject({ found: 4, settled: 0 });
  });

  test('of a line that names a payout with another amount settles what differs, whatever it is matched with', async () => {
    using desk = openBankDesk();
    await reconciled(desk);
    const short = lineOf(desk, 'po_short01');
    const state = () => openDifferences(desk).find((text) => text.startsWith('amount-differs'));
    const withIt = await desk.banking.matching.match({ lineIds: [short], parts: [{ kind: 'payout', id: 'po_short01' }], residualAccount: '9900-suspense' }, act);
    expect(state()).toBe('amount-differs po_short01 3000 resolved');
    const atOnce = openDifferences(desk);
    expect(atOnce, 'what is on suspense is a difference with the match, not with the next run').toContain('bank-residual po_short01 3000 open');
    expect(await runnerOf(desk).reconcileBank(unattended)).toMatchObject({ settled: 0 });
    expect(openDifferences(desk)).toEqual(atOnce);
    await desk.banking.matching.unmatch(withIt.matchId, 'Not this one', act);
    expect(openDifferences(desk)).toEqual(expect.arrayContaining(['amount-differs po_short01 3000 open', 'bank-residual po_short01 3000 resolved']));
    const toAccount = await desk.banking.matching.match({ lineIds: [short], parts: [], residualAccount: '9900-suspense' }, act);
    expect(state()).toBe('amount-differs po_short01 3000 resolved');
    expect(openDifferences(desk)).toContain(`bank-residual ${short} -6600 open`);
    await desk.banking.matching.unmatch(toAccount.matchId, 'Not this one', act);
    await runnerOf(desk).reconcileBank(unattended);
    expect(state()).toBe('amount-differs po_short01 3000 open');
  });

  test('whose rest was booked away from suspense is taken back once that is undone', async () => {
    using desk = openBankDesk();
    await reconciled(desk);
    const { matchId } = await desk.banking.matching.match({ lineIds: [lineOf(desk, 'po_short01')], parts: [{ kind: 'payout', id: 'po_short01' }], residualAccount: '9900-suspense' }, act);
    const mark = (as: string, status: string) => desk.billing.database.unitOfWork.run('mark', (writable) => writable.run(sql('test.mark', "UPDATE discrepancies SET status = ?, marked_as = ? WHERE reason = 'bank-residual'"), [status, as]));
    for (const as of ['adjusted', 'written-off']) {
      mark(as, 'resolved');
      await expect(desk.banking.matching.unmatch(matchId, 'Not this one', act)).rejects.toMatchObject({ code: 'bank-rest-booked' });
      expect(openDifferences(desk)).toEqual(expect.arrayContaining(['amount-differs po_short01 3000 resolved', 'bank-residual po_short01 3000 resolved']));
    }
    mark('linked', 'resolved');
    await desk.banking.matching.unmatch(matchId, 'Not this one', act);
    expect(openDifferences(desk)).toContain('amount-differs po_short01 3000 open');
  });

  test('that was made before any run, or that a run alone had settled, leaves an open line behind when it is taken back; what a person ignored stays ignored', async () => {
    using desk = openBankDesk();
    await reconciled(desk);
    await desk.importText(camtFile([{ id: 'S-2', iban: 'US00TEST', currency: 'USD', opening: '1101.00', closing: '1103.00', entries: [{ amount: '2.00', text: 'Interest', reference: 'B-9', on: '2026-11-12' }] }]).replaceAll('<Dt>2026-11-16</Dt>', '<Dt>2026-11-12</Dt>'));
    const [interest, fee] = [lineOf(desk, 'Interest'), lineOf(desk, 'Account fee')];
    const { database } = desk.billing;
    const early = await desk.banking.matching.match({ lineIds: [interest], parts: [], residualAccount: '5000-payment-fees' }, act);
    expect(openDifferences(desk).some((text) => text.includes(interest))).toBe(false);
    await desk.banking.matching.unmatch(early.matchId, 'Not a fee', act);
    expect(openDifferences(desk)).toContain(`bank-line-unmatched ${interest} -200 open`);
    database.unitOfWork.run('ignore', (writable) => writable.run(sql('test.ignore', "UPDATE discrepancies SET status = 'ignored' WHERE object_id = ?"), [fee]));
    const ignored = await desk.banking.matching.match({ lineIds: [fee], parts: [], residualAccount: '5000-payment-fees' }, act);
    await desk.banking.matching.unmatch(ignored.matchId, 'Not a fee', act);
    expect(openDifferences(desk)).toContain(`bank-line-unmatched ${fee} 1500 ignored`);
  });
});
