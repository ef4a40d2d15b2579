/** A document is dated in an open month, by whichever door it is issued (domain.md §3). */
import { afterEach, describe, expect, test } from 'vitest';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { composeDraft } from '../../shared/invoicing/draft-document.ts';
import { sql } from '../database/handles.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import { createLocalPeriodAuthority } from '../ledger/local-period-authority.ts';
import { newId } from '../platform/ids.ts';
import { readUnapplied } from '../reporting/ageing.queries.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { flatContract } from '../testing/billing-fixtures.ts';
import { amara, makeInvoice, mustFind, pay } from '../testing/receivable-cases.ts';
import { draftProblems } from './draft-problems.ts';

const desks: BillingDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});
function openDesk(): BillingDesk {
  const desk = openBillingDesk({ contracts: [flatContract] });
  desks.push(desk);
  return desk;
}
const headOf = sql('test.head', 'SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');

/** Closes a month over whatever lies in it. */
async function close(desk: BillingDesk, closed: string): Promise<void> {
  const at = Date.parse('2026-11-18T14:14:00Z');
  const authority = createLocalPeriodAuthority({ unitOfWork: desk.database.unitOfWork, audit: createAuditLog({ clock: { now: () => at } }), timeZone: new TimeZone('America/New_York') });
  const head = desk.database.get<{ sequence: number; hash: string }>(headOf) ?? { sequence: 0, hash: '0'.repeat(64) };
  await authority.close({ month: month(closed), actor: 'amara', at, requestId: newId(), head, evidence: '{}' });
}
const setDay = (desk: BillingDesk, id: string, issueDate: string) => desk.drafts.edit(id, desk.drafts.read(id).invoice.version, [{ kind: 'set-details', issueDate }], amara);

describe('in books that are closed through October', () => {
  test('an invoice is not issued in October, and says why, what stands and what to do; in November it is', async () => {
    const desk = openDesk();
    await makeInvoice(desk, true, '2026-08');
    const { id } = await makeInvoice(desk, false, '2026-09');
    await close(desk, '2026-11').catch(() => undefined); // not over yet
    await close(desk, '2026-10');
    await setDay(desk, id, '2026-10-31');
    const draft = mustFind(desk, id);
    const problems = draft.edits ? draftProblems(draft, composeDraft(draft.edits), closedThrough(desk.database)) : [];
    expect(problems).toEqual([{ code: 'issue-month-closed', message: '2026-10-31 lies in 2026-10, which is closed: a document of that day would not be in that month’s books.' }]);
    const refusal = { code: 'issue-month-closed', kind: 'state', message: expect.stringContaining('2026-10-31 lies in 2026-10, which is closed') as string, nextStep: 'Date it 2026-11-01 or later, or have the month opened again.' };
    await expect(desk.invoicing.finalise(id, amara)).rejects.toMatchObject(refusal);
    expect((await desk.invoicing.run({ period: '2026-09', finalise: true, ...amara })).failed).toMatchObject([{ code: 'issue-month-closed', nextStep: refusal.nextStep }]);
    // The register itself, past the service.
    await expect(desk.register.finalise({ id, totalsFingerprint: draft.totalsFingerprint, issueDate: localDate('2026-10-31'), dueDate: localDate('2026-12-31'), finalisedAt: 0, functionalRate: null, requestId: newId() })).rejects.toMatchObject(refusal);
    expect(mustFind(desk, id)).toMatchObject({ status: 'draft', number: null });
    await setDay(desk, id, '2026-11-01');
    expect(await desk.invoicing.finalise(id, amara)).toMatchObject({ status: 'finalised', issueDate: '2026-11-01' });
  });

  test('a credit note is not written in October either; money that came then is, and its entry is of November', async () => {
    const desk = openDesk();
    desk.setNow('2026-10-05T14:14:00Z');
    const { id } = await makeInvoice(desk, true, '2026-09');
    desk.setNow('2026-11-18T14:14:00Z');
    await close(desk, '2026-10');
    const credit = (on: string) => desk.receivables.credit(id, { lines: [{ lineIndex: 0, netMinor: 1_000 }], settlement: 'offset', on, reason: 'Too many days' }, amara);
    await expect(credit('2026-10-20')).rejects.toMatchObject({ code: 'issue-month-closed', nextStep: 'Date it 2026-11-01 or later, or have the month opened again.' });
    expect((await credit('2026-11-02')).invoices).toMatchObject([{ creditedMinor: 1_060 }]);
    await desk.receivables.recordReceipt({ on: '2026-10-20', amountMinor: 5_100, currency: 'usd', bankReference: 'TRF 1', allocations: [{ invoiceId: id, amountMinor: 5_000 }] }, amara);
    await pay(desk, id, 1_000);
    const dated = desk.database.all<{ day: string; concerns: string | null }>(sql('test.dated', "SELECT entry_date AS day, concerns_month AS concerns FROM journal_entries WHERE kind = 'receipt' ORDER BY ledger_sequence"));
    expect(dated).toEqual([{ day: '2026-11-01', concerns: '2026-10' }, { day: '2026-11-18', concerns: null }]);
    // What no invoice has taken of it counts from the day on which the books have it, as what is open does.
    const unappliedOn = (day: string): number[] => readUnapplied(desk.database, null, localDate(day)).map((row) => row.amountMinor);
    expect([unappliedOn('2026-10-31'), unappliedOn('2026-11-01')]).toEqual([[], [100]]);
  });
});
