import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { month } from '../../shared/calendar/local-date.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { makeEvidencePack, type EvidenceSummary } from '../documents/evidence-pack.ts';
import { postEntry } from '../testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { closeChecksOf, type CloseFacts } from './close-checklist.ts';
import { createReconciliationClose } from './reconciliation-close.ts';

const october = month('2026-10');
const endsAt = Date.UTC(2026, 10, 1, 4);
const now = Date.UTC(2026, 10, 18, 14, 14);
const nothing = { count: 0, amounts: [] };
const fine: CloseFacts = {
  month: october, now, endsAt, functionalCurrency: 'usd', transactionsAsOf: endsAt, payoutsAsOf: endsAt, balanceAsOf: endsAt, untiedPayouts: nothing, balances: [{ currency: 'usd', stripeMinor: 5, ledgerMinor: 5 }], suspense: [], bank: { hasStatements: false, unmatched: nothing },
  openAboveLimit: { ...nothing, limitMinor: 100, least: [] }, waitingForSecondPerson: 0, unbilled: { ...nothing, asOf: endsAt, from: october }, drafts: nothing,
};
const some = { count: 2, amounts: [{ amount: 7, currency: 'usd' }] };

describe('the checklist of a month', () => {
  it('is fine where nothing stands in the way, and says that no bank was read', () => {
    expect(closeChecksOf(fine).filter((check) => !check.isFine)).toEqual([]);
    expect(closeChecksOf(fine).find((check) => check.code === 'bank-lines-matched')?.detail).toContain('No bank statements are read');
  });

  it.each<[string, Partial<CloseFacts>]>([
    ['month-over', { now: endsAt - 1 }], ['stripe-compared', { transactionsAsOf: endsAt - 1 }], ['payouts-tied', { untiedPayouts: some }], ['ending-balance-proved', { balances: [{ currency: 'usd', stripeMinor: 5, ledgerMinor: 4 }] }], ['suspense-explained', { suspense: [{ amount: 3, currency: 'eur' }] }],
    ['bank-lines-matched', { bank: { hasStatements: true, unmatched: some } }], ['discrepancies-settled', { openAboveLimit: { ...some, limitMinor: 100, least: [] } }], ['nothing-waits-for-approval', { waitingForSecondPerson: 1 }], ['usage-billed', { unbilled: { ...some, asOf: endsAt, from: october } }], ['drafts-finalised', { drafts: some }],
  ])('%s stands in the way by itself', (code, wrong) => {
    expect(closeChecksOf({ ...fine, ...wrong }).filter((check) => !check.isFine).map((check) => check.code)).toEqual([code]);
  });

  it('proves nothing where no run looked at the whole month', () => {
    expect(closeChecksOf({ ...fine, payoutsAsOf: null }).filter((check) => !check.isFine).map((check) => check.code)).toEqual(['payouts-tied']);
    expect(closeChecksOf({ ...fine, balanceAsOf: endsAt - 1 }).filter((check) => !check.isFine).map((check) => check.code)).toEqual(['ending-balance-proved']);
  });
});

describe('signing a month', () => {
  it('says that entries came in since for those of the month or before it alone', () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const close = createReconciliationClose({ readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(now), auditLog: createAuditLog({ clock: fixedClock(now) }), facts: () => fine });
    const amara = { actor: 'amara', requestId: '0199b1a0-0000-7000-8000-000000000001' };
    let sequence = 0;
    const post = (entryDate: string, concernsMonth?: string): boolean => {
      sequence += 1;
      const transaction = { id: `txn_${sequence}`, type: 'charge', reportingCategory: 'charge', sourceId: null, amountMinor: 5, feeMinor: 0, currency: 'usd', createdAt: now, availableAt: now };
      database.unitOfWork.run('world', (writable) => postEntry(writable, sequence, `entry-${sequence}`, entryDate, transaction, concernsMonth === undefined ? {} : { concernsMonth }));
      return close.read('2026-10').hasMovedOn;
    };
    const signAnew = (): void => {
      if (close.read('2026-10').signOff) close.withdraw('2026-10', 'signed anew', amara);
      close.signOff('2026-10', null, {}, amara);
    };
    post('2026-10-30');
    signAnew();
    expect([post('2026-11-01'), post('2026-11-18')]).toEqual([false, false]);
    expect(post('2026-10-31')).toBe(true);
    signAnew();
    expect(close.read('2026-10').hasMovedOn).toBe(false);
    expect(post('2026-09-30')).toBe(true);
    signAnew();
    expect(post('2026-11-18', '2026-11')).toBe(false);
    // What came too late for a closed month is dated in the first open one.
    expect(post('2026-11-18', '2026-10')).toBe(true);
  });

  it('needs a reason for what is not fine, stands as it was signed, and is taken back with a reason', () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    let facts: CloseFacts = { ...fine, drafts: some };
    const close = createReconciliationClose({ readable: database, unitOfWork: database.unitOfWork, clock: fixedClock(now), auditLog: createAuditLog({ clock: fixedClock(now) }), facts: () => facts });
    const amara = { actor: 'amara', requestId: '0199b1a0-0000-7000-8000-000000000001' };
    expect(() => close.signOff('2026-10', null, {}, amara)).toThrowError(expect.objectContaining({ code: 'close-not-signable', data: { month: '2026-10', standing: ['drafts-finalised'] } }));
    expect(() => close.signOff('2026-10', null, { 'drafts-finalised': ' ' }, amara)).toThrowError(expect.objectContaining({ code: 'close-not-signable' }));
    expect(close.signOff('2026-10', 'Looked at on paper', { 'drafts-finalised': 'they wait for a price' }, amara)).toMatchObject({ signOff: { actor: 'amara', note: 'Looked at on paper', headSequence: 0 }, hasMovedOn: false });
    facts = fine;
    expect(close.read('2026-10').signOff?.checks.find((check) => check.code === 'drafts-finalised')).toMatchObject({ isFine: false, acceptedBecause: 'they wait for a price' });
    expect(() => close.signOff('2026-10', null, {}, amara)).toThrowError(expect.objectContaining({ code: 'close-signed-already' }));
    expect(close.withdraw('2026-10', 'a payout came late', amara)).toMatchObject({ signOff: null, history: [{ action: 'sign-off' }, { action: 'withdraw', note: 'a payout came late' }] });
    expect(() => close.withdraw('2026-10', 'again', amara)).toThrowError(expect.objectContaining({ code: 'close-not-signed' }));
    close.signOff('2026-10', null, {}, amara);
    expect(close.signed().map((each) => [each.month, each.action])).toEqual([['2026-10', 'sign-off']]);
    expect(database.all(sql('test.audit', "SELECT action, actor FROM audit_log WHERE entity = 'close' ORDER BY sequence"))).toEqual(['sign-off', 'withdraw', 'sign-off'].map((action) => ({ action, actor: 'amara' })));
    expect(() => database.run(sql('test.change', "UPDATE close_sign_offs SET actor = 'ben'"))).toThrow('a sign-off is never changed');
    // A month that is not over cannot be signed, whatever is written.
    facts = { ...fine, now: endsAt - 1 };
    close.withdraw('2026-10', 'too early', amara);
    expect(() => close.signOff('2026-10', null, { 'month-over': 'nearly' }, amara)).toThrowError(expect.objectContaining({ code: 'close-not-signable' }));
  });
});

describe('the evidence pack', () => {
  const summary: EvidenceSummary = { title: '', company: '', month: '2026-10', asOf: '', signature: null, checks: [], figures: [], totals: [], discrepancies: [], head: '', files: [] };
  const pack = () => makeEvidencePack({ render: async () => new TextEncoder().encode('%PDF-1.7') }, { month: '2026-10', madeAt: now, summary, lists: [{ name: 'payouts.csv', bytes: new TextEncoder().encode('a,b\r\nü,1\r\n') }] });

  it('is verified by sha256sum itself, which finds what was changed', async () => {
    const { bytes, files, fileName } = await pack();
    expect(fileName).toBe('evidence-2026-10.zip');
    expect(files.map((file) => file.name)).toEqual(['summary-2026-10.pdf', 'payouts.csv', 'SHA256SUMS']);
    const folder = mkdtempSync(join(tmpdir(), 'daybook-evidence-'));
    try {
      for (const [name, content] of Object.entries(unzipSync(bytes))) writeFileSync(join(folder, name), content);
      const verify = () => execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      expect(verify()).toBe('summary-2026-10.pdf: OK\npayouts.csv: OK\n');
      writeFileSync(join(folder, 'payouts.csv'), `${readFileSync(join(folder, 'payouts.csv'), 'utf8')} `);
      expect(verify).toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect((await pack()).bytes).toEqual(bytes);
  });
});
