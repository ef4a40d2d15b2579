import { describe, expect, it } from 'vitest';
import { idFromKey } from '../platform/ids.ts';
import { unattended } from '../platform/work-control.ts';
import { postSales } from '../testing/small-books.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { verifyStretch } from './chain-stretch.ts';
import { createLedgerVerification } from './ledger-verification.ts';
import { createStretchThread } from './stretch-thread.ts';

const entries = 40;
const alone = ({ database }: TemporaryDatabase) => createLedgerVerification({ readable: database }).verify(unattended);
const shared = ({ database, file }: TemporaryDatabase) => createLedgerVerification({ readable: database, onOtherThread: createStretchThread(file), sharedFrom: 10 }).verify(unattended);

function tamper({ database }: TemporaryDatabase, statement: string): void {
  for (const trigger of ['journal_entries_immutable_update', 'journal_entries_immutable_delete', 'postings_immutable_update', 'postings_immutable_delete', 'postings_only_before_their_entry']) database.connection.exec(`DROP TRIGGER ${trigger}`);
  database.connection.pragma('foreign_keys = OFF');
  database.connection.exec(statement);
}

describe('a chain that two threads verify', () => {
  it('gives what one thread gives', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', entries);
    const result = await shared(ledger);
    expect(result).toMatchObject({ isSound: true, entries, postings: 2 * entries });
    expect(result).toEqual(await alone(ledger));
  });

  it.each([
    ['in the first half', "UPDATE journal_entries SET memo = 'x' WHERE ledger_sequence = 7", 'entry-hash-wrong', 7],
    ['in the second half', 'UPDATE posting_lines SET amount_minor = 7, functional_amount_minor = 7 WHERE ledger_sequence = 33', 'entry-hash-wrong', 33],
    ['in both: the first one is named', "UPDATE journal_entries SET memo = 'x' WHERE ledger_sequence IN (33, 5)", 'entry-hash-wrong', 5],
    ['where the halves meet, before', "UPDATE journal_entries SET hash = 'x' WHERE ledger_sequence = 20", 'entry-hash-wrong', 20],
    ['where the halves meet, behind', "UPDATE journal_entries SET previous_hash = 'x' WHERE ledger_sequence = 21", 'chain-broken', 21],
  ])('finds a change %s', async (_, statement, code, sequence) => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', entries);
    tamper(ledger, statement);
    expect((await shared(ledger)).firstFault).toMatchObject({ code, subjectId: idFromKey(`sale/${sequence - 1}`) });
    expect((await shared(ledger)).firstFault).toEqual((await alone(ledger)).firstFault);
  });

  it.each([[20], [21], [40]])('finds that entry %i was taken out', async (sequence) => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', entries);
    tamper(ledger, `DELETE FROM journal_entries WHERE ledger_sequence = ${sequence}`);
    const { firstFault, isSound } = await shared(ledger);
    expect(isSound).toBe(false);
    expect(firstFault?.code).toBe(sequence === 40 ? 'posting-without-entry' : sequence === 20 ? 'chain-broken' : 'ledger-sequence-gap');
  });

  it('can be cancelled, and says where the file is gone', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', entries);
    const verification = createLedgerVerification({ readable: ledger.database, onOtherThread: createStretchThread(ledger.file), sharedFrom: 10 });
    const abort = new AbortController();
    const work = verification.verify({ signal: abort.signal, report: () => abort.abort(new Error('stop')) });
    await expect(work).rejects.toThrow('stop');
    const nowhere = createStretchThread(`${ledger.file}-nowhere`);
    await expect(nowhere({ after: 0, upTo: 1 }, { signal: new AbortController().signal, report() {} })).rejects.toMatchObject({ code: expect.stringMatching(/^database-/) });
  });

  it('is verified stretch by stretch from any place', async () => {
    using ledger = openTemporaryDatabase();
    postSales(ledger.database, 'sale', 5);
    const order = (after: number, upTo: number) => verifyStretch(ledger.database, { after, upTo }, { signal: new AbortController().signal, report() {} });
    expect(await order(2, 4)).toMatchObject({ fault: null, postings: 4, lastSequence: 4 });
    expect(await order(7, 9)).toMatchObject({ fault: null, postings: 0, lastSequence: 7 });
  });
});
