import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import { anchoredLogs, headsOfLogs, joinAnchorSources, type Anchor } from './anchors.ts';
import { createJournal } from './journal.ts';
import { createLocalPeriodAuthority } from './local-period-authority.ts';
import { createPeriodClose } from './period-close.ts';
import { createLedgerVerification } from './ledger-verification.ts';

/** As many sales, recorded at a moment: another moment, other hashes. */
function ledgerOf(sales: number, nowMs = 0) {
  const ledger = openTemporaryDatabase();
  const journal = createJournal({ clock: fixedClock(nowMs) });
  ledger.database.unitOfWork.run('test', (writable) =>
    journal.post(writable, Array.from({ length: sales }, (_, index) => ({
      key: `sale/${index}`, entryDate: localDate('2026-10-31'), kind: 'sale', sourceType: 'test', sourceId: String(index), memo: '',
      postings: [
        { accountCode: accountCodes.bank, direction: 'debit' as const, amount: minorUnits(100), currency: 'usd', functionalAmount: minorUnits(100), rate: null, partyId: null },
        { accountCode: accountCodes.oneOffRevenue, direction: 'credit' as const, amount: minorUnits(100), currency: 'usd', functionalAmount: minorUnits(100), rate: null, partyId: null },
      ],
    }))),
  );
  return ledger;
}

function anchorAt(database: SqliteDatabase, sequence: number, where = 'the backup of 18 November'): Anchor {
  return { log: 'entries', sequence, hash: database.get<{ hash: string }>(sql('test.hash', 'SELECT hash FROM journal_entries WHERE ledger_sequence = ?'), [sequence])?.hash ?? '', where };
}

const verify = (database: SqliteDatabase, ...anchors: Anchor[]) =>
  createLedgerVerification({ readable: database, anchors: joinAnchorSources(anchors.map((anchor) => ({ known: () => Promise.resolve([anchor]) }))) }).verify(unattended);

describe('what others saw of the chain', () => {
  it('stands in a ledger that has grown since', async () => {
    using ledger = ledgerOf(5);
    expect(await verify(ledger.database, anchorAt(ledger.database, 5), anchorAt(ledger.database, 2))).toMatchObject({ isSound: true });
  });

  it('shows that the end was cut off', async () => {
    using whole = ledgerOf(5);
    using cut = ledgerOf(3);
    expect(await verify(cut.database)).toMatchObject({ isSound: true });
    expect(await verify(cut.database, anchorAt(whole.database, 5), anchorAt(whole.database, 3))).toMatchObject({ isSound: false, firstFault: { code: 'ledger-cut-short', subjectId: '5', message: expect.stringContaining('the backup of 18 November') } });
    using empty = ledgerOf(0);
    expect((await verify(empty.database, anchorAt(whole.database, 1))).firstFault).toMatchObject({ code: 'ledger-cut-short', subjectId: '1' });
  });

  it('shows that the chain was written anew, and names the first place', async () => {
    using whole = ledgerOf(5);
    using another = ledgerOf(5, 1);
    expect(await verify(another.database)).toMatchObject({ isSound: true });
    expect((await verify(another.database, anchorAt(whole.database, 4), anchorAt(whole.database, 2))).firstFault).toMatchObject({ code: 'anchor-differs', subjectId: '2' });
  });
});

describe('what others saw of the months and of the audit log', () => {
  const clock = fixedClock(Date.parse('2026-12-18T14:14:00Z'));
  const audit = createAuditLog({ clock });

  /** A desk of its own that closed October and November: two rows in each log. */
  async function closedLedger() {
    const ledger = ledgerOf(3);
    const timeZone = new TimeZone('Europe/London');
    const periods = createPeriodClose({ readable: ledger.database, clock, timeZone, authority: createLocalPeriodAuthority({ unitOfWork: ledger.database.unitOfWork, audit, timeZone }) });
    for (const closed of ['2026-10', '2026-11']) await periods.close(month(closed), [], { actor: 'amara', requestId: closed });
    const heads = headsOfLogs(ledger.database);
    const anchors = anchoredLogs.flatMap((log): Anchor[] => (heads[log] ? [{ log, ...heads[log], where: 'the backup of 18 December' }] : []));
    return { ledger, anchors, verify: () => createLedgerVerification({ readable: ledger.database, audit, anchors: { known: () => Promise.resolve(anchors) } }).verify(unattended) };
  }

  const behindTheGuards = ({ database }: ReturnType<typeof ledgerOf>, ...statements: string[]): void => {
    const triggers = database.connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all() as { name: string; sql: string }[];
    for (const { name } of triggers) database.connection.exec(`DROP TRIGGER ${name}`);
    for (const statement of statements) database.connection.exec(statement);
    for (const trigger of triggers) database.connection.exec(trigger.sql);
  };

  it('stands where nothing was taken away', async () => {
    const { ledger, anchors, verify: verifyAll } = await closedLedger();
    using _ = ledger;
    expect(anchors.map(({ log, sequence }) => [log, sequence])).toEqual([['entries', 3], ['months', 2], ['audit', 2]]);
    expect(await verifyAll()).toMatchObject({ isSound: true });
  });

  it.each([
    ['the end of the audit log', ['DELETE FROM audit_log WHERE sequence = 2'], 'audit-log-cut-short', 'audit/2'],
    ['both logs, so that they agree', ['DELETE FROM audit_log WHERE sequence = 2', 'DELETE FROM period_log WHERE sequence = 2', "DELETE FROM ledger_periods WHERE month = '2026-11'"], 'period-log-cut-short', 'months/2'],
    ['all of both', ['DELETE FROM audit_log', 'DELETE FROM period_log', 'DELETE FROM ledger_periods'], 'period-log-cut-short', 'months/2'],
  ])('shows that %s was cut off', async (_name, statements, code, subjectId) => {
    const { ledger, verify: verifyAll } = await closedLedger();
    using _ = ledger;
    behindTheGuards(ledger, ...statements);
    expect((await verifyAll()).firstFault).toMatchObject({ code, subjectId, message: expect.stringContaining('the backup of 18 December') });
  });

  it('shows that the audit log was written anew', async () => {
    const { ledger, verify: verifyAll } = await closedLedger();
    using _ = ledger;
    behindTheGuards(ledger, 'DELETE FROM audit_log WHERE sequence = 2');
    ledger.database.unitOfWork.run('test', (writable) => audit.append(writable, { entity: 'period', entityId: '2026-11', action: 'close', actor: 'mallory', diff: {} }));
    expect((await verifyAll()).firstFault).toMatchObject({ code: 'anchor-differs', subjectId: 'audit/2' });
  });
});
