/** Files into the ledger, lines matched and taken back, and what the books say. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { sql } from '../database/handles.ts';
import { readBankAccounts, listBankLines, listBankStatements, readBankLine } from '../reporting/banking.queries.ts';
import { camtFile, germanCsv, germanMapping, mt940File, ofxFile, type CamtEntry } from '../testing/bank-files.ts';
import { openBankDesk, type BankDesk } from '../testing/bank-desk.ts';
import { balanceLines, makeInvoice, mustFind, readBalances } from '../testing/receivable-cases.ts';
import { flatContract, insertExchangeRate } from '../testing/billing-fixtures.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { idFromKey } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { createReceivableViews } from '../receivables/receivable-views.ts';

const desks: BankDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
function openDesk(): BankDesk {
  const desk = openBankDesk();
  desks.push(desk);
  return desk;
}
const act = { actor: 'amara', requestId: '018f0000-0000-7000-8000-000000000001' };
const usd = (entries: readonly CamtEntry[], id = 'S-1'): string => {
  const sum = entries.reduce((total, entry) => total + Math.round(Number(entry.amount) * 100) * (entry.isDebit ? -1 : 1), 100_000);
  return camtFile([{ id, iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: (sum / 100).toFixed(2), entries }]);
};
const eur = (entries: readonly CamtEntry[]): string => usd(entries, 'S-EUR').replaceAll('USD', 'EUR').replaceAll('US00TEST', 'DE00TEST');
const everything = sql('test.bank', `SELECT (SELECT json_group_array(json_array(id, amount_minor, booked_on, description, match_id)) FROM (SELECT * FROM bank_lines ORDER BY id)) AS lines,
  (SELECT json_group_array(json_array(id, opening_minor, closing_minor, lines, is_whole)) FROM (SELECT * FROM bank_statements ORDER BY id)) AS statements, (SELECT count(*) FROM bank_accounts) AS accounts, (SELECT count(*) FROM journal_entries) AS entries`);
const stateOf = (desk: BankDesk) => desk.billing.database.get(everything);
const openLines = (desk: BankDesk) => listBankLines(desk.billing.database, { startAt: 0, limit: 100, filter: { state: 'open' }, sort: { column: 'bookedOn', direction: 'ascending' } }).rows;

describe('import', () => {
  test('a file, with accounts, statements and the proof of balances; again it changes nothing', async () => {
    const desk = openDesk();
    const text = camtFile([
      { id: 'S-1', opening: '0.00', closing: '5.00', entries: [{ amount: '2.50', text: 'x' }, { amount: '2.50', text: 'x' }] },
      { id: 'S-2', opening: '5.00', closing: '4.00', entries: [{ amount: '1.00', isDebit: true, reference: 'R', on: '2026-11-18' }] },
      { id: 'S-3', opening: '4.50', closing: '4.50', entries: [] },
    ]);
    expect(await desk.importText(text)).toMatchObject({ format: 'camt.053', statements: 3, proved: 3, added: 3, known: 0, newAccounts: 1 });
    const before = stateOf(desk);
    expect(await desk.importText(text)).toMatchObject({ statements: 3, added: 0, known: 3, newAccounts: 0 });
    expect(stateOf(desk)).toEqual(before);
    expect(readBankAccounts(desk.billing.database)).toMatchObject([{ number: 'DE89370400440532013000', currency: 'eur', statements: 3, lines: 3, openLines: 3, openMinor: 400, ledgerAccount: '1000-bank', gaps: 1 }]);
    expect(listBankStatements(desk.billing.database, { startAt: 0, limit: 10, sort: { column: 'to', direction: 'ascending' } }).rows.map((row) => [row.reference, row.proof, row.followsPrevious])).toEqual([['S-1', 'proved', null], ['S-2', 'proved', true], ['S-3', 'proved', false]]);
  });

  test.each([['MT940', mt940File, {}], ['OFX', ofxFile, {}], ['CSV', germanCsv, { mapping: 'Hausbank', account: 'DE-1' }]] as const)('%s twice is once', async (_, text, more) => {
    const desk = openDesk();
    desk.banking.records.saveMapping({ ...germanMapping, encoding: 'utf-8' }, act);
    const first = await desk.importText(text, more);
    const before = stateOf(desk);
    expect(first).toMatchObject({ added: 2, known: 0 });
    expect(await desk.importText(text, more)).toMatchObject({ added: 0, known: 2 });
    expect(stateOf(desk)).toEqual(before);
  });

  test('what is refused in its last line has written nothing', async () => {
    const desk = openDesk();
    const before = stateOf(desk);
    const good = Array.from({ length: 3_000 }, (_, index) => ({ amount: '1.00', reference: `R-${index}` }));
    await expect(desk.importText(usd(good).replace('</BkToCstmrStmt>', ''))).rejects.toMatchObject({ code: 'bank-file-malformed' });
    await expect(desk.importText(usd(good).slice(0, -200))).rejects.toMatchObject({ code: 'bank-file-truncated' });
    expect(stateOf(desk)).toEqual(before);
  });

  test('cancelled while it writes: what it wrote is taken back', async () => {
    const desk = openDesk();
    const before = stateOf(desk);
    const stop = new AbortController();
    const file = desk.fileOf(usd(Array.from({ length: 3_000 }, (_, index) => ({ amount: '1.00', reference: `R-${index}` }))));
    let linesAtStop = 0;
    const control = {
      signal: stop.signal,
      report({ note }: { note: string | null }) {
        if (note !== 'Writing the lines' || stop.signal.aborted) return;
        linesAtStop = readBankAccounts(desk.billing.database)[0]?.lines ?? 0;
        stop.abort(new Error('stopped'));
      },
    };
    await expect(desk.banking.imports.importFile({ file, fileName: 'a.xml' }, 'amara', control as never)).rejects.toThrow('stopped');
    expect(linesAtStop).toBeGreaterThan(0);
    expect(linesAtStop).toBeLessThan(3_000);
    expect({ ...(stateOf(desk) as object), accounts: 0 }).toEqual({ ...(before as object), accounts: 0 });
  });

  test('a statement that comes again with other figures is refused', async () => {
    const desk = openDesk();
    await desk.importText(usd([{ amount: '1.00', reference: 'A' }]));
    const before = stateOf(desk);
    await expect(desk.importText(usd([{ amount: '1.00', reference: 'A' }, { amount: '2.00', reference: 'B' }]))).rejects.toMatchObject({ code: 'bank-statement-changed' });
    expect(stateOf(desk)).toEqual(before);
  });

  test('numbers that a bank begins anew, and one id on all statements: each is its own, in one file or in several, and again it changes nothing', async () => {
    const nextYear = mt940File.replaceAll('2611', '2711').replaceAll('BANK-', 'B27-').replace('EUR1000,00', 'EUR1238,00').replace('EUR1238,00\r\n-', 'EUR1476,00\r\n-');
    const [apart, together] = [openDesk(), openDesk()];
    await apart.importText(mt940File);
    expect(await apart.importText(nextYear)).toMatchObject({ statements: 1, proved: 1, added: 2, known: 0 });
    await together.importText(mt940File + nextYear);
    for (const desk of [apart, together]) {
      const before = stateOf(desk);
      for (const text of [nextYear, mt940File, mt940File + nextYear, nextYear + mt940File]) expect(await desk.importText(text)).toMatchObject({ added: 0 });
      expect(stateOf(desk)).toEqual(before);
      expect(listBankStatements(desk.billing.database, { startAt: 0, limit: 10, sort: { column: 'to', direction: 'ascending' } }).rows.map((row) => [row.openingMinor, row.closingMinor, row.lines, row.followsPrevious])).toEqual([[100_000, 123_800, 2, null], [123_800, 147_600, 2, true]]);
    }
    await expect(apart.importText(nextYear.replace('CR250,50', 'CR250,51').replace('EUR1476,00', 'EUR1476,01'))).rejects.toMatchObject({ code: 'bank-statement-changed' });
  });

  test('an entry’s number within its statement, and the bank’s words for none, are no ids: nothing of another statement is taken for known', async () => {
    const two = (reference: string) => camtFile([
      { id: 'P-1', opening: '0.00', closing: '10.00', entries: [{ amount: '5.00', reference, name: 'Ann' }, { amount: '5.00', reference: '2', name: 'Ann' }] },
      { id: 'P-2', opening: '10.00', closing: '15.00', entries: [{ amount: '5.00', reference, name: 'Bob' }] },
    ]);
    for (const reference of ['1', '0001', 'NONREF']) {
      const desk = openDesk();
      expect(await desk.importText(two(reference))).toMatchObject({ added: 3, known: 0 });
      expect(await desk.importText(two(reference))).toMatchObject({ added: 0, known: 3 });
      expect(readBankAccounts(desk.billing.database)).toMatchObject([{ openMinor: 1_500, closingMinor: 1_500 }]);
    }
  });

  test('property: downloads that overlap in any way, whatever the bank numbers, bring every line once and every statement in its place', async () => {
    const entry = fc.record({ euro: fc.integer({ min: 1, max: 2 }), text: fc.integer({ min: 0, max: 1 }) });
    const downloads = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 4 });
    await fc.assert(fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 3 }), { minLength: 6, maxLength: 6 }), downloads, fc.constantFrom('constant', 'anew', 'own'), fc.constantFrom('none', 'place', 'bank'), async (days, ranges, numbers, ids) => {
      using desk = openBankDesk();
      let euro = 1_000;
      const statements = days.map((entries, day) => {
        const opening = euro;
        const lines = entries.map((each, place) => {
          euro += each.euro;
          return `:61:2611${day + 11}11${day + 11}C${each.euro},NTRFNONREF${ids === 'none' ? '' : ids === 'place' ? `//${place + 1}` : `//BANK-${day}-${place}`}\r\n:86:text ${each.text}\r\n`;
        });
        return `:20:STARTUMS\r\n:25:DE77\r\n:28C:${numbers === 'constant' ? '0' : numbers === 'anew' ? day % 3 : day}/1\r\n:60F:C2611${day + 10}EUR${opening},\r\n${lines.join('')}:62F:C2611${day + 11}EUR${euro},\r\n-\r\n`;
      });
      for (const [from, count] of ranges) await desk.importText(statements.slice(from, from + count).join(''));
      await desk.importText(statements.join(''));
      expect(await desk.importText(statements.join(''))).toMatchObject({ statements: 6, added: 0 });
      expect(readBankAccounts(desk.billing.database)).toMatchObject([{ lines: days.flat().length, openMinor: (euro - 1_000) * 100, closingMinor: euro * 100, statements: 6, gaps: 0 }]);
    }), { numRuns: process.env['DAYBOOK_LONG'] ? 200 : 8 });
  });

  test('looking writes nothing', async () => {
    const desk = openDesk();
    const before = stateOf(desk);
    expect(await desk.banking.imports.look({ file: desk.fileOf(ofxFile), fileName: 'a.ofx' }, unattended)).toMatchObject({ format: 'ofx', lines: 2, statements: [{ closingMinor: 918_950 }], firstLines: [{ amountMinor: 120_450 }, { amountMinor: -1_500 }] });
    expect(stateOf(desk)).toEqual(before);
  });
});

describe('matching', () => {
  test('a payout that arrived: out of transit, onto the bank; unmatched it is as before, by a reversing entry', async () => {
    const desk = openDesk();
    desk.addPayout('po_alpha1', 120_450);
    await desk.importText(usd([{ amount: '1204.50', text: 'STRIPE po_alpha1', reference: 'B-1' }]));
    const before = balanceLines(desk.billing);
    expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1, failed: [] });
    expect(balanceLines(desk.billing)).toEqual(['1000-bank usd 120450', '1100-stripe-clearing usd -120450']);
    const [line] = listBankLines(desk.billing.database, { startAt: 0, limit: 10 }).rows;
    expect(line).toMatchObject({ matchedWith: 'po_alpha1' });
    const { matches } = readBankLine(desk.billing.database, line?.id ?? '') ?? { matches: [] };
    expect(matches).toMatchObject([{ rule: 'exact-reference', score: 10_000, isAutomatic: true, reasons: ['The line names po_alpha1.', 'The amounts agree.'], residual: { amount: 0 }, unmatchedAt: null }]);
    expect(desk.banking.matching.candidates({ currency: 'usd', on: '2026-11-17', amountMinor: 1 })).toEqual([]);

    await desk.banking.matching.unmatch(matches[0]?.id ?? '', 'It was another one', act);
    expect(balanceLines(desk.billing)).toEqual(before);
    expect(openLines(desk)).toHaveLength(1);
    expect(desk.banking.matching.candidates({ currency: 'usd', on: '2026-11-17', amountMinor: 1 })).toMatchObject([{ id: 'po_alpha1' }]);
    expect(desk.billing.readBooks().filter((entry) => entry.startsWith('reversal'))).toHaveLength(2);
    await expect(desk.banking.matching.unmatch(matches[0]?.id ?? '', 'Once more', act)).rejects.toMatchObject({ code: 'bank-match-ended' });
    // And again: a match of its own, with entries of its own.
    expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1 });
    expect(balanceLines(desk.billing)).toEqual(['1000-bank usd 120450', '1100-stripe-clearing usd -120450']);
  });

  test('an invoice that was paid: a receipt, applied; unmatched the invoice is due again', async () => {
    const desk = openDesk();
    const { id, number } = await makeInvoice(desk.billing);
    await desk.importText(usd([{ amount: '1477.11', endToEnd: number ?? '', name: 'Ashgrove Registry', reference: 'B-1' }]));
    expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1, failed: [] });
    expect(mustFind(desk.billing, id).status).toBe('paid');
    expect(balanceLines(desk.billing)).toContain('1000-bank usd 147711');
    const line = listBankLines(desk.billing.database, { startAt: 0, limit: 10 }).rows[0];
    const entriesOf = () => readBankLine(desk.billing.database, line?.id ?? '')?.matches[0]?.entries ?? [];
    const made = entriesOf();
    expect(made.map(({ kind, reverses }) => [kind, reverses])).toEqual([['receipt', null], ['cash-application', null]]);
    await desk.banking.matching.unmatch(line?.matchId ?? '', 'Another customer’s', act);
    // Each with what took it back.
    expect(entriesOf().map(({ kind, reverses }) => [kind, reverses])).toEqual([['receipt', null], ['cash-application', null], ['cash-application-reversed', made[1]?.id], ['receipt-reversed', made[0]?.id]]);
    expect(mustFind(desk.billing, id)).toMatchObject({ status: 'finalised', paidMinor: 0 });
    expect(balanceLines(desk.billing).some((each) => each.startsWith('1000-bank'))).toBe(false);
  });

  test('what a line names comes first among what it may be, before what is nearer to its amount', async () => {
    const desk = openDesk();
    const { id, number } = await makeInvoice(desk.billing);
    desk.addPayout('po_near', 120_000);
    await desk.importText(usd([{ amount: '1200.01', endToEnd: number ?? '', name: 'Ashgrove Registry', reference: 'B-1' }]));
    const [line] = openLines(desk);
    const asked = { currency: 'usd', on: line?.bookedOn ?? '', amountMinor: 120_001 };
    const { candidates } = desk.banking.matching;
    expect([candidates(asked), candidates({ ...asked, lineIds: [line?.id ?? ''] })].map((list) => list.map((each) => each.id))).toEqual([['po_near', id], [id, 'po_near']]);
  });

  test('a receipt that was recorded by hand is only tied to its line', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk.billing);
    await desk.billing.receivables.recordReceipt({ on: '2026-11-17', amountMinor: 147_711, currency: 'usd', bankReference: 'WIRE-778899', allocations: [{ invoiceId: id, amountMinor: 147_711 }] }, act);
    const before = balanceLines(desk.billing);
    await desk.importText(usd([{ amount: '1477.11', text: 'wire 778899', reference: 'B-1' }]));
    expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1, failed: [] });
    expect(balanceLines(desk.billing)).toEqual(before);
    await desk.banking.matching.unmatch(listBankLines(desk.billing.database, { startAt: 0, limit: 1 }).rows[0]?.matchId ?? '', 'Not this one', act);
    expect(balanceLines(desk.billing)).toEqual(before);
    expect(mustFind(desk.billing, id).status).toBe('paid');
  });

  describe('a match that does not come about', () => {
    const cut = sql('test.cut-match', "CREATE TRIGGER test_cut_match BEFORE INSERT ON bank_matches BEGIN SELECT RAISE(ABORT, 'cut'); END");
    const mend = sql('test.mend-match', 'DROP TRIGGER test_cut_match');

    test('leaves nothing, and tried again it is paid with a receipt that stands', async () => {
      const desk = openDesk();
      const { id } = await makeInvoice(desk.billing);
      await desk.importText(usd([{ amount: '1477.11', reference: 'B-1' }]));
      const before = balanceLines(desk.billing);
      const wish = { lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'invoice' as const, id }] };
      desk.billing.database.run(cut);
      await expect(desk.banking.matching.match(wish, act)).rejects.toThrow();
      expect([balanceLines(desk.billing), openLines(desk).length]).toEqual([before, 1]);
      desk.billing.database.run(mend);
      await desk.banking.matching.match(wish, act);
      expect(mustFind(desk.billing, id)).toMatchObject({ status: 'paid', paidMinor: 147_711 });
      expect(balanceLines(desk.billing)).toContain('1000-bank usd 147711');
    });

    test('takes back what was recorded for the first of two customers', async () => {
      const desk = openBankDesk([flatContract, { ...flatContract, id: '99999999-9999-4999-8999-999999999999', partnerId: 'aaaaaaaa-0000-4000-8000-000000000009', apiKeyPrefix: 'dp_pk_TWO', partnerName: 'Tidewater Title' }]);
      desks.push(desk);
      const { succeeded } = await desk.billing.invoicing.run({ period: '2026-10', finalise: true, actor: 'amara' });
      const invoices = succeeded.map(({ invoiceId }) => ({ kind: 'invoice' as const, id: invoiceId ?? '' }));
      await desk.importText(usd([{ amount: '2954.22', reference: 'B-1' }]));
      const wish = { lineIds: [openLines(desk)[0]?.id ?? ''], parts: invoices };
      const before = balanceLines(desk.billing);
      desk.billing.database.run(sql('test.cut-second', "CREATE TRIGGER test_cut_second BEFORE INSERT ON receivable_acts WHEN NEW.kind = 'receipt' AND EXISTS (SELECT 1 FROM receivable_acts WHERE kind = 'receipt' AND party_id <> NEW.party_id) BEGIN SELECT RAISE(ABORT, 'cut'); END"));
      await expect(desk.banking.matching.match(wish, act)).rejects.toThrow();
      expect([invoices.length, balanceLines(desk.billing), openLines(desk).length]).toEqual([2, before, 1]);
      desk.billing.database.run(sql('test.mend-second', 'DROP TRIGGER test_cut_second'));
      await desk.banking.matching.match(wish, act);
      expect(invoices.map(({ id }) => mustFind(desk.billing, id).status)).toEqual(['paid', 'paid']);
    });

    test('two windows say the same at once: one match, whose receipt stands', async () => {
      const desk = openBankDesk([flatContract], undefined, true);
      desks.push(desk);
      const { id } = await makeInvoice(desk.billing);
      await desk.importText(usd([{ amount: '1477.11', reference: 'B-1' }]));
      const wish = { lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'invoice' as const, id }] };
      const outcomes = await Promise.allSettled([desk.banking.matching.match(wish, act), desk.banking.matching.match(wish, { ...act, requestId: idFromKey('another window') })]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(outcomes.find((outcome) => outcome.status === 'rejected')).toMatchObject({ reason: { code: 'bank-line-matched' } });
      expect(mustFind(desk.billing, id).status).toBe('paid');
    });
  });

  test('what is on a bank statement is not taken back behind the line’s back: a receipt, whether the match made it or found it', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk.billing);
    await desk.importText(usd([{ amount: '1477.11', reference: 'B-1' }]));
    const { matchId, receiptIds: [receiptId = ''] } = await desk.banking.matching.match({ lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'invoice', id }] }, act);
    const views = createReceivableViews({ readable: desk.billing.database, invoices: invoiceStore });
    await desk.billing.receivables.reverse(views.receipt(receiptId).allocations[0]?.actId ?? '', { reason: 'Another’s' }, { actor: 'amara' });
    await expect(desk.billing.receivables.reverse(receiptId, { reason: 'Never came' }, { actor: 'amara' })).rejects.toMatchObject({ code: 'act-in-use' });
    await desk.banking.matching.unmatch(matchId, 'Another’s', act);
    expect(views.receipt(receiptId).isReversed).toBe(true);
    expect(balanceLines(desk.billing).some((line) => line.startsWith('1000-bank'))).toBe(false);
    const { actIds: [byHand = ''] } = await desk.billing.receivables.recordReceipt({ on: '2026-11-17', amountMinor: 147_711, currency: 'usd', bankReference: 'WIRE-778899', allocations: [{ invoiceId: id, amountMinor: 147_711 }] }, { actor: 'amara' });
    const tied = await desk.banking.matching.match({ lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'receipt', id: byHand }] }, act);
    await desk.billing.receivables.reverse(views.receipt(byHand).allocations[0]?.actId ?? '', { reason: 'Another’s' }, { actor: 'amara' });
    await expect(desk.billing.receivables.reverse(byHand, { reason: 'Never came' }, { actor: 'amara' })).rejects.toMatchObject({ code: 'act-in-use' });
    await desk.banking.matching.unmatch(tied.matchId, 'Another’s', act);
    await desk.billing.receivables.reverse(byHand, { reason: 'Never came' }, { actor: 'amara' });
  });

  test('matched again after a mistake, the month stands as the bank says', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk.billing);
    desk.addPayout('po_wrong', 147_711, { arrivesOn: '2026-10-10' });
    await desk.importText(usd([{ amount: '1477.11', reference: 'B-1', on: '2026-10-12' }]));
    const lineIds = [openLines(desk)[0]?.id ?? ''];
    const inOctober = () => desk.billing.database.get(sql('test.october', "SELECT coalesce(sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END), 0) AS minor FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE p.account_code = '1000-bank' AND e.entry_date < '2026-11-01'"));
    const { matchId } = await desk.banking.matching.match({ lineIds, parts: [{ kind: 'payout', id: 'po_wrong' }] }, act);
    await desk.banking.matching.unmatch(matchId, 'It is the invoice', act);
    expect(inOctober()).toEqual({ minor: 0 });
    const second = await desk.banking.matching.match({ lineIds, parts: [{ kind: 'invoice', id }] }, act);
    expect(inOctober()).toEqual({ minor: 147_711 });
    await desk.banking.matching.unmatch(second.matchId, 'The payout after all', act);
    expect(inOctober()).toEqual({ minor: 0 });
    await desk.banking.matching.match({ lineIds, parts: [{ kind: 'payout', id: 'po_wrong' }] }, act);
    expect(inOctober()).toEqual({ minor: 147_711 });
  });

  describe('money of an invoice that was paid outside Stripe', () => {
    test('meets the line that names it: cash in transit is cleared, once, and unmatched everything is as before', async () => {
      const desk = openDesk();
      desk.addOutsidePayment('in_out1', 84_000, { number: 'DPX-0042' });
      const before = balanceLines(desk.billing);
      expect(before).toContain('1020-cash-in-transit usd 84000');
      // The customer paid before anybody told Stripe so.
      await desk.importText(usd([{ amount: '840.00', text: 'payment dpx 0042', name: 'Harbour Conveyancing', reference: 'B-1', on: '2026-11-12' }]));
      expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ looked: 1, matched: 1, failed: [] });
      expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1000-bank usd 84000']));
      expect(balanceLines(desk.billing).filter((line) => line.startsWith('1020'))).toEqual([]);
      expect(desk.banking.matching.candidates({ currency: 'usd', on: '2026-11-12', amountMinor: 84_000 })).toEqual([]);
      const [line] = listBankLines(desk.billing.database, { startAt: 0, limit: 1 }).rows;
      expect(line?.matchedWith).toBe('DPX-0042');
      const { matches } = readBankLine(desk.billing.database, line?.id ?? '') ?? { matches: [] };
      expect(matches).toMatchObject([{ rule: 'exact-reference', parts: [{ kind: 'outside-payment', id: 'in_out1', amount: { amount: 84_000 } }], entryIds: [idFromKey('bank-payout/in_out1/1')] }]);
      await desk.banking.matching.unmatch(matches[0]?.id ?? '', 'Another customer’s', act);
      expect([balanceLines(desk.billing), openLines(desk).length]).toEqual([before, 1]);
      // Said again, it is an arrival of its own.
      const again = await desk.banking.matching.match({ lineIds: [line?.id ?? ''], parts: [{ kind: 'outside-payment', id: 'in_out1' }] }, act);
      expect(readBankLine(desk.billing.database, line?.id ?? '')?.matches.find(({ id }) => id === again.matchId)?.entryIds).toEqual([idFromKey('bank-payout/in_out1/2')]);
    });

    test('paid back by a credit note it meets the line on which it went out', async () => {
      const desk = openDesk();
      desk.addOutsidePayment('in_out1', 84_000, { number: 'DPX-0042' });
      desk.addOutsideRepayment('cn_out1', 30_000, { number: 'CN-77810', invoice: 'in_out1' });
      await desk.importText(usd([{ amount: '300.00', isDebit: true, text: 'back CN-77810', name: 'Harbour Conveyancing', reference: 'B-1', on: '2026-11-18' }]));
      expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ looked: 1, matched: 1, failed: [] });
      expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1000-bank usd -30000', '1020-cash-in-transit usd 84000']));
      expect(desk.banking.matching.candidates({ currency: 'usd', on: '2026-11-18', amountMinor: -30_000 }).map(({ id }) => id)).toEqual(['in_out1']);
    });

    test('by amount and day it is proposed, never matched by itself; of two that fit it is a person’s choice', async () => {
      const desk = openDesk();
      desk.addOutsidePayment('in_out1', 84_000);
      desk.addOutsidePayment('in_out2', 84_000, { customer: 'Somebody Else' });
      await desk.importText(usd([{ amount: '840.00', name: 'Harbour Conveyancing', reference: 'B-1', on: '2026-11-16' }]));
      expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 0, suggested: 1 });
      expect(desk.banking.matching.propose(null)[0]).toMatchObject({ rule: 'amount-and-date', candidates: [{ kind: 'outside-payment', id: 'in_out1' }], isAmbiguous: true, isAutomatic: false });
    });

    test('in another currency it leaves transit at the figure at which it was booked', async () => {
      const desk = openDesk();
      desk.addOutsidePayment('in_eur', 10_000, { number: 'DPX-0077', currency: 'eur', functionalMinor: 11_000 });
      await desk.importText(eur([{ amount: '100.00', text: 'DPX-0077', reference: 'B-1', on: '2026-11-17' }]));
      expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1, failed: [] });
      expect(readBalances(desk.billing).filter(({ account }) => account === '1020-cash-in-transit' || account === '1000-bank').map(({ account, amount }) => [account, amount])).toEqual([['1000-bank', 10_000]]);
    });

    test('what is matched is no candidate for another line', async () => {
      const desk = openDesk();
      desk.addOutsidePayment('in_out1', 84_000);
      await desk.importText(usd([{ amount: '840.00', text: 'IN-in_out1', reference: 'B-1', on: '2026-11-17' }, { amount: '840.00', text: 'IN-in_out1', reference: 'B-2', on: '2026-11-18' }]));
      const [first, second] = openLines(desk);
      await desk.banking.matching.match({ lineIds: [first?.id ?? ''], parts: [{ kind: 'outside-payment', id: 'in_out1' }] }, act);
      await expect(desk.banking.matching.match({ lineIds: [second?.id ?? ''], parts: [{ kind: 'outside-payment', id: 'in_out1' }] }, act)).rejects.toMatchObject({ code: 'bank-candidate-not-found' });
      expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1000-bank usd 84000']));
    });
  });

  describe('what was paid to a customer', () => {
    /** 106.00 of a paid invoice kept as credit and paid out, 4.00 of another receipt paid back. */
    async function payBoth(desk: BankDesk) {
      const { receivables, database } = desk.billing;
      const { id, partyId } = await makeInvoice(desk.billing);
      await receivables.recordReceipt({ on: '2026-11-16', amountMinor: 147_711, currency: 'usd', bankReference: 'WIRE-1', allocations: [{ invoiceId: id, amountMinor: 147_711 }] }, act);
      await receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on: '2026-11-18', reason: 'Outage' }, { actor: 'amara' });
      const { actIds: [receiptId = ''] } = await receivables.recordReceipt({ partyId, on: '2026-11-16', amountMinor: 400, currency: 'usd', bankReference: 'WIRE-2', allocations: [] }, { actor: 'amara' });
      const [credit] = createReceivableViews({ readable: database, invoices: invoiceStore }).credits({ onlyLeft: true, limit: 1 });
      const paid = await receivables.payOutCredit({ creditId: credit?.id ?? '' }, { on: '2026-11-18', bankReference: 'OUT-556677' }, { actor: 'amara' });
      const back = await receivables.payOutCredit({ receiptId }, { on: '2026-11-18', bankReference: 'OUT-998877' }, { actor: 'amara' });
      return { creditPayment: paid.actIds[0] ?? '', receiptPayment: back.actIds[0] ?? '' };
    }

    test('meets the lines that name it: they are tied, nothing is posted again, and unmatched they are open', async () => {
      const desk = openDesk();
      const { creditPayment } = await payBoth(desk);
      const before = balanceLines(desk.billing);
      await desk.importText(usd([{ amount: '106.00', isDebit: true, text: 'transfer out 556677', reference: 'A', on: '2026-11-18' }, { amount: '4.00', isDebit: true, text: 'OUT-998877', reference: 'B', on: '2026-11-18' }]));
      expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ looked: 2, matched: 2, failed: [] });
      expect([openLines(desk), balanceLines(desk.billing)]).toEqual([[], before]);
      const line = listBankLines(desk.billing.database, { startAt: 0, limit: 10 }).rows.find((row) => row.amount.amount === -10_600);
      expect(line?.matchedWith).toBe('OUT-556677');
      const { matches } = readBankLine(desk.billing.database, line?.id ?? '') ?? { matches: [] };
      await expect(desk.billing.receivables.reverse(creditPayment, { on: '2026-11-18', reason: 'Never sent' }, { actor: 'amara' })).rejects.toMatchObject({ code: 'act-in-use', message: 'This payment is matched with a bank line. Nothing was changed.' });
      expect(matches).toMatchObject([{ entryIds: [], parts: [{ kind: 'repayment', id: creditPayment, amount: { amount: -10_600 }, entryId: idFromKey(`receivable-act/${creditPayment}`) }] }]);
      await desk.banking.matching.unmatch(matches[0]?.id ?? '', 'Not this one', act);
      expect([openLines(desk).length, balanceLines(desk.billing)]).toEqual([1, before]);
      await desk.billing.receivables.reverse(creditPayment, { on: '2026-11-18', reason: 'Never sent' }, { actor: 'amara' });
    });

    test('is no candidate once it was taken back, nor for money that came in', async () => {
      const desk = openDesk();
      const { creditPayment } = await payBoth(desk);
      const candidates = () => desk.banking.matching.candidates({ currency: 'usd', on: '2026-11-18', amountMinor: -10_600 }).filter((each) => each.kind === 'repayment');
      expect(candidates()).toMatchObject([{ label: 'OUT-556677', amountMinor: -10_600, names: ['Ashgrove Registry'] }, { label: 'OUT-998877', amountMinor: -400 }]);
      await desk.importText(usd([{ amount: '106.00', text: 'OUT-556677', reference: 'A', on: '2026-11-18' }]));
      expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 0 });
      await desk.billing.receivables.reverse(creditPayment, { on: '2026-11-18', reason: 'Never sent' }, { actor: 'amara' });
      expect(candidates()).toMatchObject([{ label: 'OUT-998877' }]);
    });

    test('moves to a bank account with an account of its own, in part with a charge of the bank, and back', async () => {
      const desk = openDesk();
      const { creditPayment } = await payBoth(desk);
      const before = balanceLines(desk.billing);
      await desk.importText(usd([{ amount: '121.00', isDebit: true, text: 'OUT-556677', reference: 'A', on: '2026-11-18' }]));
      const [account] = readBankAccounts(desk.billing.database);
      desk.banking.records.changeAccount({ id: account?.id ?? '', name: 'Payments', ledgerAccount: '1110-paystack-clearing' }, act);
      const { matchId } = await desk.banking.matching.match({ lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'repayment', id: creditPayment }], residualAccount: '5000-payment-fees' }, act);
      expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1110-paystack-clearing usd -12100', '5000-payment-fees usd 1500']));
      expect(readBalances(desk.billing).filter((row) => row.account === '1000-bank').reduce((sum, row) => sum + row.amount, 0)).toBe(147_711);
      await desk.banking.matching.unmatch(matchId, 'Not this one', act);
      expect(balanceLines(desk.billing)).toEqual(before);
    });

    describe('by the match itself', () => {
      /** A credit of 106.00 and 4.00 left of a receipt; lines of money that went out. */
      async function openOwing(entries: readonly CamtEntry[]) {
        const desk = openDesk();
        const { receivables, database } = desk.billing;
        const { id, partyId } = await makeInvoice(desk.billing);
        await receivables.recordReceipt({ on: '2026-11-16', amountMinor: 147_711, currency: 'usd', bankReference: 'WIRE-1', allocations: [{ invoiceId: id, amountMinor: 147_711 }] }, act);
        await receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 10_000 }], settlement: 'credit', on: '2026-11-18', reason: 'Outage' }, { actor: 'amara' });
        const { actIds: [receiptId = ''] } = await receivables.recordReceipt({ partyId, on: '2026-11-16', amountMinor: 400, currency: 'usd', bankReference: 'WIRE-778899', allocations: [] }, { actor: 'amara' });
        const views = createReceivableViews({ readable: database, invoices: invoiceStore });
        const creditOf = () => views.credits({ onlyLeft: false, limit: 1 })[0];
        await desk.importText(usd(entries));
        return { desk, creditOf, creditId: creditOf()?.id ?? '', receiptId, receiptOf: () => views.receipt(receiptId) };
      }
      const out = (amount: string, text: string): CamtEntry => ({ amount, isDebit: true, text, name: 'Ashgrove Registry', reference: text, on: '2026-11-18' });

      test('a line pays a credit out, once, whatever is asked again, and unmatched the customer has it again', async () => {
        const { desk, creditOf, creditId } = await openOwing([out('106.00', 'OUT-1')]);
        const before = balanceLines(desk.billing);
        const wish = { lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'credit' as const, id: creditId }] };
        expect(desk.banking.matching.propose(null)[0]).toMatchObject({ candidates: [{ kind: 'credit', id: creditId, amountMinor: -10_600 }], isAutomatic: false });
        const { matchId } = await desk.banking.matching.match(wish, act);
        expect(creditOf()).toMatchObject({ leftMinor: 0, paidOutMinor: 10_600, payments: [{ on: '2026-11-18', amountMinor: 10_600, bankReference: 'OUT-1' }] });
        const payment = creditOf()?.payments[0]?.actId ?? '';
        expect(readBankLine(desk.billing.database, wish.lineIds[0] ?? '')?.matches).toMatchObject([{ id: matchId, entryIds: [], parts: [{ kind: 'credit', id: creditId, amount: { amount: -10_600 }, entryId: idFromKey(`receivable-act/${payment}`) }] }]);
        // The line is explained, the credit used up, and the payment is not taken back behind the line's back.
        await expect(desk.banking.matching.match(wish, act)).rejects.toMatchObject({ code: 'bank-line-matched' });
        await expect(desk.billing.receivables.reverse(payment, { on: '2026-11-18', reason: 'Never sent' }, { actor: 'amara' })).rejects.toMatchObject({ code: 'act-in-use' });
        expect(desk.banking.matching.hasPaid(matchId)).toBe(true);
        expect(desk.banking.matching.candidates({ currency: 'usd', on: '2026-11-18', amountMinor: -10_600 }).filter(({ amountMinor }) => amountMinor < 0).map(({ kind }) => kind)).toEqual(['overpayment']);
        await desk.banking.matching.unmatch(matchId, 'Not this one', act);
        expect([balanceLines(desk.billing), openLines(desk).length, creditOf()?.leftMinor]).toEqual([before, 1, 10_600]);
        // Matched again it is another payment, not the one that was taken back.
        await desk.banking.matching.match(wish, act);
        expect(creditOf()).toMatchObject({ leftMinor: 0, payments: [{ amountMinor: 10_600 }] });
        expect(creditOf()?.payments[0]?.actId).not.toBe(payment);
      });

      test('a reply that was lost after the payment is answered with that payment', async () => {
        const { desk, creditOf, creditId } = await openOwing([out('106.00', 'OUT-1')]);
        const wish = { lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'credit' as const, id: creditId }] };
        const cut = sql('test.cut', "CREATE TRIGGER test_cut BEFORE INSERT ON bank_matches BEGIN SELECT RAISE(ABORT, 'cut'); END");
        desk.billing.database.run(cut);
        await expect(desk.banking.matching.match(wish, act)).rejects.toThrow();
        // It could not be matched, so what was paid for it does not stand.
        expect(creditOf()).toMatchObject({ leftMinor: 10_600, payments: [] });
        desk.billing.database.run(sql('test.mend', 'DROP TRIGGER test_cut'));
        await desk.banking.matching.match(wish, act);
        expect(creditOf()).toMatchObject({ leftMinor: 0, payments: [{ amountMinor: 10_600 }] });
        expect(balanceLines(desk.billing).find((line) => line.startsWith('1000-bank'))).toBe(`1000-bank usd ${147_711 + 400 - 10_600}`);
      });

      test('in part, back what is left of a receipt, and never more than is left', async () => {
        const { desk, creditOf, creditId, receiptId, receiptOf } = await openOwing([out('50.00', 'OUT-1'), out('4.00', 'OUT-2'), out('80.00', 'OUT-3')]);
        const idOf = (amount: number) => openLines(desk).find((line) => line.amount.amount === amount)?.id ?? '';
        const { matchId } = await desk.banking.matching.match({ lineIds: [idOf(-5_000)], parts: [{ kind: 'credit', id: creditId, amountMinor: 5_000 }] }, act);
        expect(creditOf()).toMatchObject({ leftMinor: 5_600, paidOutMinor: 5_000 });
        await desk.banking.matching.match({ lineIds: [idOf(-400)], parts: [{ kind: 'overpayment', id: receiptId }] }, act);
        expect(receiptOf()).toMatchObject({ unapplied: { amount: 0 }, payments: [{ amountMinor: 400 }] });
        for (const amountMinor of [8_000, 0, -1]) await expect(desk.banking.matching.match({ lineIds: [idOf(-8_000)], parts: [{ kind: 'credit', id: creditId, amountMinor }] }, act)).rejects.toMatchObject({ code: 'bank-part-amount-invalid' });
        await desk.banking.matching.unmatch(matchId, 'Not this one', act);
        expect(creditOf()).toMatchObject({ leftMinor: 10_600, paidOutMinor: 0 });
      });

      test('the line that brought a receipt still meets it, although something is left of it', async () => {
        const { desk, receiptId } = await openOwing([{ amount: '4.00', text: 'WIRE-778899', name: 'Ashgrove Registry', reference: 'IN-2', on: '2026-11-17' }]);
        expect(await desk.banking.matching.matchAutomatically('daybook', unattended)).toMatchObject({ matched: 1, failed: [] });
        expect(readBankLine(desk.billing.database, listBankLines(desk.billing.database, { startAt: 0, limit: 1 }).rows[0]?.id ?? '')?.matches).toMatchObject([{ parts: [{ kind: 'receipt', id: receiptId }] }]);
      });

      test('a payment that cannot be taken back keeps its match', async () => {
        const { desk, creditOf, creditId } = await openOwing([out('106.00', 'OUT-1')]);
        const { matchId } = await desk.banking.matching.match({ lineIds: [openLines(desk)[0]?.id ?? ''], parts: [{ kind: 'credit', id: creditId }] }, act);
        const { database } = desk.billing;
        database.run(sql('test.no-reversal', "CREATE TRIGGER test_no_reversal BEFORE INSERT ON receivable_acts WHEN NEW.kind = 'reversal' BEGIN SELECT RAISE(ABORT, 'no'); END"));
        await expect(desk.banking.matching.unmatch(matchId, 'Not this one', act)).rejects.toThrow();
        expect([desk.banking.matching.isStanding(matchId), creditOf()?.leftMinor, openLines(desk)]).toEqual([true, 0, []]);
        database.run(sql('test.reversal', 'DROP TRIGGER test_no_reversal'));
        await expect(desk.billing.receivables.reverse(creditOf()?.payments[0]?.actId ?? '', { on: '2026-11-18', reason: 'Never sent' }, { actor: 'amara' })).rejects.toMatchObject({ code: 'act-in-use' });
        await desk.banking.matching.unmatch(matchId, 'Not this one', act);
        expect(creditOf()?.leftMinor).toBe(10_600);
      });
    });

    test('a receipt of a match whose rest was paid back keeps the match until that is taken back', async () => {
      const desk = openDesk();
      const { id, number } = await makeInvoice(desk.billing);
      await desk.importText(usd([{ amount: '1477.11', endToEnd: number ?? '', name: 'Ashgrove Registry', reference: 'B-1', on: '2026-11-18' }]));
      await desk.banking.matching.matchAutomatically('daybook', unattended);
      const views = createReceivableViews({ readable: desk.billing.database, invoices: invoiceStore });
      const [receipt] = views.receipts({ onlyUnapplied: false, limit: 1 });
      await desk.billing.receivables.reverse(receipt?.allocations[0]?.actId ?? '', { on: '2026-11-18', reason: 'Another’s' }, { actor: 'amara' });
      await desk.billing.receivables.applyReceipt(receipt?.id ?? '', { on: '2026-11-18', allocations: [{ invoiceId: id, amountMinor: 100_000 }] }, { actor: 'amara' });
      const { actIds: [payment = ''] } = await desk.billing.receivables.payOutCredit({ receiptId: receipt?.id ?? '' }, { on: '2026-11-18', bankReference: 'OUT-1' }, { actor: 'amara' });
      const matchId = listBankLines(desk.billing.database, { startAt: 0, limit: 1 }).rows[0]?.matchId ?? '';
      await expect(desk.banking.matching.unmatch(matchId, 'Another’s', act)).rejects.toMatchObject({ code: 'act-in-use' });
      // Refused before anything of it was taken back.
      expect([openLines(desk), mustFind(desk.billing, id).paidMinor]).toEqual([[], 100_000]);
      await desk.billing.receivables.reverse(payment, { on: '2026-11-18', reason: 'Never sent' }, { actor: 'amara' });
      await desk.banking.matching.unmatch(matchId, 'Another’s', act);
      expect(mustFind(desk.billing, id)).toMatchObject({ status: 'finalised', paidMinor: 0 });
      expect(openLines(desk)).toHaveLength(1);
    });
  });

  test('one line for several payouts, with a fee to an account; several lines for one', async () => {
    const desk = openDesk();
    desk.addPayout('po_one', 50_000);
    desk.addPayout('po_two', 30_000);
    desk.addPayout('po_three', 90_000);
    await desk.importText(usd([{ amount: '785.00', reference: 'A' }, { amount: '400.00', reference: 'B' }, { amount: '500.00', reference: 'C' }]));
    const idOf = (amount: number) => openLines(desk).find((line) => line.amount.amount === amount)?.id ?? '';
    const wish = { lineIds: [idOf(78_500)], parts: [{ kind: 'payout' as const, id: 'po_one' }, { kind: 'payout' as const, id: 'po_two' }] };
    await expect(desk.banking.matching.match(wish, act)).rejects.toMatchObject({ code: 'bank-residual-account-missing' });
    await expect(desk.banking.matching.match({ ...wish, residualAccount: '1000-bank' }, act)).rejects.toMatchObject({ code: 'account-unknown' });
    expect(await desk.banking.matching.match({ ...wish, residualAccount: '5000-payment-fees' }, act)).toMatchObject({ residualMinor: -1_500 });
    await desk.banking.matching.match({ lineIds: [idOf(40_000), idOf(50_000)], parts: [{ kind: 'payout', id: 'po_three' }] }, act);
    expect(balanceLines(desk.billing)).toEqual(['1000-bank usd 168500', '1100-stripe-clearing usd -170000', '5000-payment-fees usd 1500']);
    await expect(desk.banking.matching.match({ ...wish, residualAccount: '9900-suspense' }, act)).rejects.toMatchObject({ code: 'bank-line-matched' });
    for (const line of listBankLines(desk.billing.database, { startAt: 0, limit: 10 }).rows) if (readBankLine(desk.billing.database, line.id)?.line.matchId) await desk.banking.matching.unmatch(readBankLine(desk.billing.database, line.id)?.line.matchId ?? '', 'Back', act);
    expect(balanceLines(desk.billing)).toEqual(['1020-cash-in-transit usd 170000', '1100-stripe-clearing usd -170000']);
  });

  test('a part of an invoice; a fee the bank took; too much is refused before anything is written', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk.billing);
    await desk.importText(usd([{ amount: '477.11', reference: 'A' }, { amount: '985.00', reference: 'B' }]));
    const [first, second] = ['A', 'B'].map((reference) => openLines(desk).find((line) => line.entryReference === reference)?.id ?? '');
    await desk.banking.matching.match({ lineIds: [first ?? ''], parts: [{ kind: 'invoice', id, amountMinor: 47_711 }] }, act);
    expect(mustFind(desk.billing, id)).toMatchObject({ status: 'partly_paid', paidMinor: 47_711 });
    const before = stateOf(desk);
    await expect(desk.banking.matching.match({ lineIds: [second ?? ''], parts: [{ kind: 'invoice', id, amountMinor: 100_001 }] }, act)).rejects.toMatchObject({ code: 'bank-part-amount-invalid' });
    expect(stateOf(desk)).toEqual(before);
    await desk.banking.matching.match({ lineIds: [second ?? ''], parts: [{ kind: 'invoice', id }], residualAccount: '5000-payment-fees' }, act);
    expect(mustFind(desk.billing, id).status).toBe('paid');
    expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1000-bank usd -1500', '1000-bank usd 147711', '5000-payment-fees usd 1500']));
  });

  test('a line without anything belongs to an account', async () => {
    const desk = openDesk();
    await desk.importText(usd([{ amount: '15.00', isDebit: true, text: 'Monthly fee', reference: 'A' }]));
    await desk.banking.matching.match({ lineIds: [openLines(desk)[0]?.id ?? ''], parts: [], residualAccount: '5000-payment-fees' }, act);
    expect(balanceLines(desk.billing)).toEqual(['1000-bank usd -1500', '5000-payment-fees usd 1500']);
    expect(desk.billing.readBooks().join('\n')).toContain('bank-line');
  });

  test('in another currency it is not booked at a rate of long ago', async () => {
    const desk = openDesk();
    insertExchangeRate(desk.billing.database, 'gbp', 'usd', '2026-08-13', '1.31');
    await desk.importText(usd([{ amount: '15.00', isDebit: true, text: 'Monthly fee', reference: 'A', on: '2026-11-17' }]).replaceAll('USD', 'GBP').replaceAll('US00TEST', 'GB00TEST'));
    const before = stateOf(desk);
    const match = () => desk.banking.matching.match({ lineIds: [openLines(desk)[0]?.id ?? ''], parts: [], residualAccount: '5000-payment-fees' }, act);
    await expect(match()).rejects.toMatchObject({ code: 'exchange-rate-missing', message: 'The last rate from GBP to USD that is known is of 2026-08-13: too old for a bank line of 2026-11-17. Nothing was booked.' });
    expect(stateOf(desk)).toEqual(before);
    insertExchangeRate(desk.billing.database, 'gbp', 'usd', '2026-11-10', '1.33');
    await match();
    expect(balanceLines(desk.billing)).toEqual(['1000-bank gbp -1500', '5000-payment-fees gbp 1500']);
  });

  test('in euro: what went into transit arrives at the same figure; into dollars the bank’s rate is realised', async () => {
    const desk = openDesk();
    desk.addPayout('po_same', 10_000, { currency: 'eur', functionalMinor: 11_000 });
    desk.addPayout('po_other', 20_000, { currency: 'eur', functionalMinor: 22_000 });
    await desk.importText(eur([{ amount: '100.00', reference: 'A' }]));
    await desk.importText(usd([{ amount: '217.00', reference: 'B' }]));
    const idOf = (amount: number) => openLines(desk).find((line) => line.amount.amount === amount)?.id ?? '';
    await desk.banking.matching.match({ lineIds: [idOf(10_000)], parts: [{ kind: 'payout', id: 'po_same' }] }, act);
    expect(balanceLines(desk.billing)).toContain('1000-bank eur 10000');
    await desk.banking.matching.match({ lineIds: [idOf(21_700)], parts: [{ kind: 'payout', id: 'po_other' }] }, act);
    expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1000-bank usd 21700', '5020-realised-exchange-differences usd 300', '9000-currency-conversion eur 20000', '9000-currency-conversion usd -22000']));
    expect(balanceLines(desk.billing).some((each) => each.startsWith('1020'))).toBe(false);
  });

  test('across currencies only money of one side is matched, and nothing is named twice: refused before anything is written', async () => {
    const desk = openDesk();
    const { id } = await makeInvoice(desk.billing);
    desk.addPayout('po_eur1', 10_000, { currency: 'eur', functionalMinor: 11_000 });
    desk.addPayout('po_usd1', 10_000);
    await desk.importText(usd([{ amount: '110.00', isDebit: true, reference: 'OUT' }, { amount: '110.00', reference: 'IN' }, { amount: '200.00', reference: 'BOTH' }]));
    const idOf = (reference: string) => openLines(desk).find((line) => line.entryReference === reference)?.id ?? '';
    const before = stateOf(desk);
    const foreign = [{ kind: 'payout' as const, id: 'po_eur1' }];
    await expect(desk.banking.matching.match({ lineIds: [idOf('OUT')], parts: foreign }, act)).rejects.toMatchObject({ code: 'bank-match-sides' });
    // Lines that cancel each other are of no side.
    await expect(desk.banking.matching.match({ lineIds: [idOf('OUT'), idOf('IN')], parts: foreign }, act)).rejects.toMatchObject({ code: 'bank-match-sides' });
    for (const part of [{ kind: 'payout' as const, id: 'po_usd1' }, { kind: 'invoice' as const, id, amountMinor: 10_000 }]) await expect(desk.banking.matching.match({ lineIds: [idOf('BOTH')], parts: [part, part] }, act)).rejects.toMatchObject({ code: 'bank-part-twice' });
    expect([stateOf(desk), mustFind(desk.billing, id).paidMinor]).toEqual([before, 0]);
    await desk.banking.matching.match({ lineIds: [idOf('IN')], parts: foreign }, act);
  });

  test('across currencies nothing is proposed at a rate that is too old to book at, neither into dollars nor between two others', async () => {
    const desk = openDesk();
    desk.addPayout('po_foreign', 10_000, { currency: 'chf', functionalMinor: 11_000 });
    const text = 'TRACEpo_foreign';
    await desk.importText(usd([{ amount: '110.00', text, reference: 'A', on: '2026-11-17' }]));
    const rulesOf = () => desk.banking.matching.propose(null).map((proposal) => proposal.rule);
    const rate = (base: string, on: string, value: string): void => insertExchangeRate(desk.billing.database, base, 'usd', on, value);
    rate('chf', '2026-11-09', '1.1');
    expect(rulesOf()).toEqual([]);
    // Seven days may pass without one; a later one says that the days between had none.
    rate('chf', '2026-11-10', '1.1');
    expect(rulesOf()).toEqual(['currency-rate']);

    const between = openDesk();
    between.addPayout('po_foreign', 10_000, { currency: 'chf', functionalMinor: 11_000 });
    await between.importText(usd([{ amount: '88.00', text, reference: 'A', on: '2026-11-17' }]).replaceAll('USD', 'GBP').replaceAll('US00TEST', 'GB00TEST'));
    insertExchangeRate(between.billing.database, 'chf', 'usd', '2026-11-17', '1.1');
    insertExchangeRate(between.billing.database, 'gbp', 'usd', '2026-08-13', '1.25');
    expect(between.banking.matching.propose(null)).toEqual([]);
    insertExchangeRate(between.billing.database, 'gbp', 'usd', '2026-11-18', '1.5');
    expect(between.banking.matching.propose(null).map((proposal) => proposal.rule)).toEqual(['currency-rate']);
  });

  test('a payout that is not in the books, or that is gone, is refused; two accounts are', async () => {
    const desk = openDesk();
    desk.addPayout('po_unbooked', 5_000, { isBooked: false });
    await desk.importText(usd([{ amount: '50.00', reference: 'A' }]));
    await desk.importText(eur([{ amount: '50.00', reference: 'B' }]));
    const [first, second] = openLines(desk);
    await expect(desk.banking.matching.match({ lineIds: [openLines(desk).find((line) => line.amount.currency === 'usd')?.id ?? ''], parts: [{ kind: 'payout', id: 'po_unbooked' }] }, act)).rejects.toMatchObject({ code: 'payout-not-booked' });
    await expect(desk.banking.matching.match({ lineIds: [first?.id ?? ''], parts: [{ kind: 'payout', id: 'po_gone' }] }, act)).rejects.toMatchObject({ code: 'bank-candidate-not-found' });
    await expect(desk.banking.matching.match({ lineIds: [first?.id ?? '', second?.id ?? ''], parts: [], residualAccount: '9900-suspense' }, act)).rejects.toMatchObject({ code: 'bank-lines-of-two-accounts' });
    await expect(desk.banking.matching.match({ lineIds: ['nothing'], parts: [] }, act)).rejects.toMatchObject({ code: 'bank-line-not-found' });
  });
});
