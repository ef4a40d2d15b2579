/**
 * One writer of partner invoices, to be killed: bills months of a ledger file again and again until nothing is left to do, and now and then voids what it finds. Says a line
 * for each partner it comes to. `node billing-process.ts <ledger file> <url of the shared database or -> <seed> <how often it voids> <month> …`
 */
import { writeSync } from 'node:fs';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { month as toMonth } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createIssuerProfile } from '../billing/issuer-profile.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { createLocalInvoiceRegister } from '../billing/local-invoice-register.ts';
import { createPartnerInvoicing } from '../billing/partner-invoicing.ts';
import { createPartnerContracts } from '../contracts/partner-contracts.ts';
import { openDatabase } from '../database/open-database.ts';
import { createPostgresInvoiceRegister } from '../integrations/postgres/invoice-register.ts';
import { openPostgres } from '../integrations/postgres/connection.ts';
import { createJournal } from '../ledger/journal.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { createActRecorder } from '../receivables/act-recorder.ts';
import { createLocalReceivableRegister } from '../receivables/local-receivable-register.ts';
import { randomFrom, wholeFrom } from './random-from.ts';
import { ownNumbers } from './own-numbers.ts';

const [file = '', url = '-', seed = '0', voids = '0', ...months] = process.argv.slice(2);
const random = randomFrom(Number(seed));
const database = openDatabase({ file, logger: silentLogger });
const postgres = url === '-' ? null : openPostgres({ url });
const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
const timeZone = new TimeZone('America/New_York');
const [journal, audit] = [createJournal({ clock }), createAuditLog({ clock })];
const numbers = ownNumbers(database, { audit, clock, timeZone, user: 'writer' });
const credits = createLocalReceivableRegister({ unitOfWork: database.unitOfWork, invoices: invoiceStore, numbers, clock, newId, user: 'writer' });
const acts = createActRecorder({ readable: database, unitOfWork: database.unitOfWork, journal, invoices: invoiceStore, audit, functionalCurrency: () => 'usd', logger: silentLogger });
const register = postgres ? createPostgresInvoiceRegister(postgres) : createLocalInvoiceRegister({ readable: database, unitOfWork: database.unitOfWork, credits, numbers, timeZone, user: 'writer' });
const invoicing = createPartnerInvoicing({
  readable: database, unitOfWork: database.unitOfWork, contracts: createPartnerContracts({ readable: database }), issuer: createIssuerProfile({ readable: database }), register, journal, audit, acts,
  clock, timeZone, functionalCurrency: () => 'usd', newId, logger: silentLogger,
  invoicesPerTransaction: 3, // few partners, and still several transactions of several invoices a run
});

/** The file may be another writer's for a moment, and what was seen may be gone or void by the time it is done: all are tried again. */
const codesOfOthers = ['database-busy', 'draft-outdated', 'invoice-changed', 'invoice-state'];

async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DaybookError) || !codesOfOthers.includes(error.code)) throw error;
    }
  }
}

async function billAll(): Promise<void> {
  for (const period of months) {
    for (let isDone = false; !isDone; ) {
      const run = await patiently(() => invoicing.run({ period, finalise: true, actor: 'writer', control: { signal: new AbortController().signal, report: ({ done }) => void writeSync(1, `${period} ${done}\n`) } }));
      isDone = run.failed.every((failure) => !codesOfOthers.includes(failure.code));
      if (isDone && run.failed.length > 0) throw new Error(JSON.stringify(run.failed));
    }
  }
}

writeSync(1, 'ready\n');
await billAll();
for (let left = Number(voids); left > 0; left -= 1) {
  const ofMonth = await patiently(() => register.partnerInvoicesOf(toMonth(months[wholeFrom(random, 0, months.length - 1)] ?? '')));
  const standing = ofMonth.filter((invoice) => invoice.status === 'finalised');
  const chosen = standing[wholeFrom(random, 0, standing.length - 1)];
  if (chosen) await patiently(() => invoicing.void(chosen.id, 'Chosen at random', { actor: 'writer' }));
  await billAll();
}
await billAll();
await postgres?.close();
database.close();
