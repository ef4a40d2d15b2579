/** Bank statements as a person of each role meets them: files in parts, mappings, rules, matches. */
import { createRouterClient } from '@orpc/server';
import { afterEach, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createCommandLog } from '../database/command-log.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { createUploads } from '../platform/uploads.ts';
import { openBankDesk, type BankDesk } from '../testing/bank-desk.ts';
import { camtFile, germanCsv, germanMapping, type CamtEntry } from '../testing/bank-files.ts';
import { balanceLines, makeInvoice } from '../testing/receivable-cases.ts';
import { createBankingHandlers } from './banking-handlers.ts';
import { createChangeHub } from './change-hub.ts';
import type { Role } from './implementer.ts';

const desks: BankDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

function openDesk(overruled: readonly string[] = []) {
  const desk = openBankDesk();
  desks.push(desk);
  const { database, folder } = desk.billing;
  const sealed: string[] = [];
  const matching = { ...desk.banking.matching, endOverruled: async () => overruled.map((payoutId) => ({ matchId: sealed.at(-1) ?? '', lineIds: [], receiptIds: [], payoutId, because: 'Another desk was first.' })) };
  const handlers = createBankingHandlers({
    readable: database, ...desk.banking, matching: overruled.length > 0 ? { ...matching, match: async (wish, act) => { const done = await desk.banking.matching.match(wish, act); sealed.push(done.matchId); return done; } } : desk.banking.matching,
    uploads: createUploads(folder), hub: createChangeHub(), sealPosted: async () => undefined,
  });
  const commands = createCommandLog(database, fixedClock(0));
  const as = (role: Role) => createRouterClient(handlers, { context: { user: 'ana', role, host: 'cli', logger: silentLogger, commands } } as never) as never as ReturnType<typeof createRouterClient<typeof handlers, Record<never, never>>>;
  return { ...desk, as };
}

const statement = (entries: readonly CamtEntry[], closing: string): string => camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '0.00', closing, entries }]);
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const command = () => ({ commandId: newId() });

describe('a file', () => {
  test('comes in parts, is looked at and not kept; a part that comes twice is there once', async () => {
    const desk = openDesk();
    const client = desk.as('finance');
    const bytes = bytesOf(statement([{ amount: '12.50', reference: 'B-1', name: 'Ashgrove' }], '12.50'));
    const uploadId = newId();
    expect(await client.upload({ ...command(), uploadId, position: 0, bytes: bytes.slice(0, 100) })).toEqual({ bytes: 100 });
    expect(await client.upload({ ...command(), uploadId, position: 0, bytes: bytes.slice(0, 100) })).toEqual({ bytes: 100 });
    await expect(client.upload({ ...command(), uploadId, position: 200, bytes: bytes.slice(200) })).rejects.toMatchObject({ code: 'upload-broken' });
    await client.upload({ ...command(), uploadId, position: 100, bytes: bytes.slice(100) });
    expect(await client.look({ uploadId, fileName: 'a.xml' })).toMatchObject({ format: 'camt.053', lines: 1, moreStatements: 0, statements: [{ accountNumber: 'US00TEST', currency: 'usd', closingMinor: 1_250, proof: 'proved' }], firstLines: [{ amount: { amount: 1_250, currency: 'usd' }, counterpartyName: 'Ashgrove' }] });
    expect(await client.accounts({})).toEqual({ accounts: [] });
    await expect(client.look({ uploadId: newId(), fileName: 'a.xml' })).rejects.toMatchObject({ code: 'upload-missing' });
  });

  test('a CSV is shown as it stands, read by a mapping that is tried or saved, and refused without one', async () => {
    const desk = openDesk();
    const client = desk.as('finance');
    const uploadId = newId();
    await client.upload({ ...command(), uploadId, position: 0, bytes: bytesOf(germanCsv) });
    const mapping = { ...germanMapping, encoding: 'utf-8' as const, columns: { ...germanMapping.columns, description: [...germanMapping.columns.description] } };
    expect((await client.lookAtRows({ uploadId, encoding: 'utf-8', delimiter: ';' })).rows.slice(0, 2)).toEqual([['Konto', '0532013000'], ['Buchungstag', 'Name', 'Zweck', 'Betrag', 'Saldo']]);
    await expect(client.look({ uploadId, fileName: 'a.csv', account: 'DE-1' })).rejects.toMatchObject({ code: 'bank-mapping-needed' });
    expect(await client.look({ uploadId, fileName: 'a.csv', account: 'DE-1', mapping })).toMatchObject({ format: 'csv', lines: 2 });
    // What is tried has no name yet.
    const untitled = { ...mapping, name: '' };
    expect(await client.look({ uploadId, fileName: 'a.csv', account: 'DE-1', mapping: untitled })).toMatchObject({ lines: 2 });
    await expect(client.look({ uploadId, fileName: 'a.csv', account: 'DE-1', mapping: { ...untitled, columns: { ...mapping.columns, amount: 'Summe' } } })).rejects.toMatchObject({ code: 'bank-mapping-mismatch', message: expect.stringContaining('“new mapping”') as string });
    await expect(client.saveMapping({ ...command(), mapping: untitled })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(client.look({ uploadId, fileName: 'a.csv', account: 'DE-1', mapping: 'Hausbank' })).rejects.toMatchObject({ code: 'bank-mapping-unknown' });
    await client.saveMapping({ ...command(), mapping });
    expect(await client.mappings({})).toMatchObject({ mappings: [{ savedBy: 'ana', mapping: { name: 'Hausbank', columns: { description: ['Zweck'] } } }] });
    expect(await client.look({ uploadId, fileName: 'a.csv', account: 'DE-1', mapping: 'Hausbank' })).toMatchObject({ lines: 2 });
    expect(await client.removeMapping({ ...command(), name: 'Hausbank' })).toEqual({ name: 'Hausbank' });
    await expect(client.removeMapping({ ...command(), name: 'Hausbank' })).rejects.toMatchObject({ code: 'bank-mapping-unknown' });
    await expect(client.saveMapping({ ...command(), mapping: { ...mapping, columns: { ...mapping.columns, amount: '' } } })).rejects.toMatchObject({ code: 'bank-mapping-invalid' });
  });
});

describe('matching', () => {
  const entries: CamtEntry[] = [{ amount: '1204.50', text: 'STRIPE po_alpha1', reference: 'B-1' }, { amount: '15.00', isDebit: true, text: 'Fee', reference: 'B-2' }];

  test('is proposed, done once however often it is asked, and taken back', async () => {
    const desk = openDesk();
    desk.addPayout('po_alpha1', 120_450);
    await desk.importText(statement(entries, '1189.50'));
    const client = desk.as('finance');
    const { suggestions } = await client.suggestions({});
    expect(suggestions).toMatchObject([{ rule: 'exact-reference', score: 10_000, parts: [{ kind: 'payout', id: 'po_alpha1', name: 'Stripe payout', amount: { amount: 120_450, currency: 'usd' } }] }]);
    const [lineId = ''] = suggestions[0]?.lineIds ?? [];
    expect(await client.suggestions({ lineIds: [newId()] })).toEqual({ suggestions: [], total: 0 });
    const on = (await client.line({ id: lineId })).line.bookedOn;
    expect(await client.candidates({ currency: 'usd', on, amountMinor: 1 })).toMatchObject({ total: 1, candidates: [{ id: 'po_alpha1' }] });
    const wish = { ...command(), lineIds: [lineId], parts: [{ kind: 'payout' as const, id: 'po_alpha1' }] };
    const done = await client.match(wish);
    expect(await client.match(wish)).toEqual(done);
    expect(balanceLines(desk.billing)).toContain('1000-bank usd 120450');
    expect(await client.line({ id: lineId })).toMatchObject({ line: { matchedWith: 'po_alpha1' }, matches: [{ rule: 'by-hand', matchedBy: 'ana', unmatchedAt: null }] });
    expect(await client.unmatch({ ...command(), matchId: done.matchId, reason: 'Not this one' })).toMatchObject({ lineIds: [lineId] });
    // Accepted as a suggestion it is kept as the rule's; what no rule proposes is by hand, whatever is claimed.
    const accepted = await client.match({ ...wish, ...command(), acceptedRule: 'exact-reference' });
    expect((await client.line({ id: lineId })).matches[0]).toMatchObject({ id: accepted.matchId, rule: 'exact-reference', score: 10_000, reasons: suggestions[0]?.reasons, isAutomatic: false, matchedBy: 'ana', entries: [{ kind: 'payout-arrived', reverses: null, isPending: false }] });
    await client.unmatch({ ...command(), matchId: accepted.matchId, reason: 'Not this one' });
    const [ended] = (await client.line({ id: lineId })).matches.filter((match) => match.id === accepted.matchId);
    expect(ended?.entries).toMatchObject([{ id: ended?.entryIds[0], kind: 'payout-arrived', reverses: null }, { kind: 'reversal', reverses: ended?.entryIds[0] }]);
    const claimed = await client.match({ ...wish, ...command(), acceptedRule: 'known-fee' });
    expect((await client.line({ id: lineId })).matches.find((match) => match.id === claimed.matchId)).toMatchObject({ rule: 'by-hand' });
    await client.unmatch({ ...command(), matchId: claimed.matchId, reason: 'Not this one' });
    expect(balanceLines(desk.billing).some((each) => each.startsWith('1000-bank'))).toBe(false);
    await expect(client.line({ id: newId() })).rejects.toMatchObject({ code: 'bank-line-not-found' });
  });

  test('that another desk was quicker with is refused aloud', async () => {
    const desk = openDesk(['po_alpha1']);
    desk.addPayout('po_alpha1', 120_450);
    await desk.importText(statement(entries, '1189.50'));
    const client = desk.as('finance');
    const [lineId = ''] = (await client.suggestions({})).suggestions[0]?.lineIds ?? [];
    await expect(client.match({ ...command(), lineIds: [lineId], parts: [{ kind: 'payout', id: 'po_alpha1' }] })).rejects.toMatchObject({ code: 'bank-match-overruled', message: 'Another desk was first. The match was taken back; its bank lines are open again.' });
  });

  test('pays a customer by an accountant’s word, once however often it is asked', async () => {
    const desk = openDesk();
    const { receivables } = desk.billing;
    const { partyId } = await makeInvoice(desk.billing);
    const { actIds: [receiptId = ''] } = await receivables.recordReceipt({ partyId, on: '2026-11-16', amountMinor: 400, currency: 'usd', bankReference: 'WIRE-2', allocations: [] }, { actor: 'amara' });
    await desk.importText(statement([{ amount: '4.00', isDebit: true, reference: 'B-1', text: 'paid back', on: '2026-11-18' }], '-4.00'));
    const [finance, accountant] = [desk.as('finance'), desk.as('accountant')];
    const lineIds = (await finance.lines({})).rows.map(({ id }) => id);
    const [candidate] = (await finance.candidates({ currency: 'usd', on: '2026-11-18', amountMinor: -400 })).candidates;
    expect(candidate).toMatchObject({ kind: 'overpayment', id: receiptId, amount: { amount: -400 }, name: 'Ashgrove Registry' });
    const wish = { ...command(), lineIds, parts: [{ kind: 'overpayment' as const, id: receiptId }] };
    await expect(finance.match(wish)).rejects.toMatchObject({ code: 'role-too-small' });
    const done = await accountant.match(wish);
    expect(await accountant.match(wish)).toEqual(done);
    expect(balanceLines(desk.billing).filter((line) => line.startsWith('1000-bank') || line.startsWith('2000'))).toEqual([]);
    await expect(finance.unmatch({ ...command(), matchId: done.matchId, reason: 'Not this one' })).rejects.toMatchObject({ code: 'role-too-small' });
    await accountant.unmatch({ ...command(), matchId: done.matchId, reason: 'Not this one' });
    expect(balanceLines(desk.billing)).toEqual(expect.arrayContaining(['1000-bank usd 400']));
  });

  test('a viewer only reads; finance matches; a difference to an account, accounts and rules are an accountant’s', async () => {
    const desk = openDesk();
    await desk.importText(statement(entries, '1189.50'));
    const [viewer, finance, accountant] = [desk.as('viewer'), desk.as('finance'), desk.as('accountant')];
    const { rows } = await viewer.lines({ filter: { text: 'Fee' } });
    const toFees = () => ({ ...command(), lineIds: [rows[0]?.id ?? ''], parts: [], residualAccount: '5000-payment-fees' });
    const [account] = (await viewer.accounts({})).accounts;
    expect(await viewer.statements({})).toMatchObject({ total: 1, rows: [{ proof: 'proved' }] });
    const { rules, accounts } = await viewer.rules({});
    expect([rules.length, accounts.some((each) => each.code === '5000-payment-fees')]).toEqual([7, true]);
    const rule = { ...command(), ...rules[0]!, isAutomatic: false };
    const rename = { ...command(), id: account?.id ?? '', name: 'Operating', ledgerAccount: '1000-bank' };
    for (const ask of [() => viewer.match(toFees()), () => viewer.upload({ ...command(), uploadId: newId(), position: 0, bytes: new Uint8Array(1) }), () => finance.match(toFees()), () => finance.setRule(rule), () => finance.changeAccount(rename)]) await expect(ask()).rejects.toMatchObject({ code: 'role-too-small' });
    const { matchId } = await accountant.match(toFees());
    await expect(finance.unmatch({ ...command(), matchId, reason: 'Not a fee' })).rejects.toMatchObject({ code: 'role-too-small' });
    await accountant.unmatch({ ...command(), matchId, reason: 'Not a fee' });
    expect((await accountant.setRule(rule)).rules[0]).toMatchObject({ isAutomatic: false });
    await accountant.changeAccount(rename);
    expect((await viewer.accounts({})).accounts).toMatchObject([{ name: 'Operating' }]);
    await expect(accountant.changeAccount({ ...rename, ...command(), ledgerAccount: '4000-revenue-subscription' })).rejects.toMatchObject({ code: 'account-unknown' });
  });
});
