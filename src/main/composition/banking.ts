/**
 * Bank statements, wired: customers' payments by receivables, entries by the journal, rates by the company's table.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { ConflictError } from '../../shared/errors/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { createBankMatching } from '../banking/line-matches.ts';
import { createBankRecords } from '../banking/bank-records.ts';
import type { CustomerPaymentsPort, RatesPort, ReceiptsPort } from '../banking/banking.ports.ts';
import { createStatementImport } from '../banking/statement-import.ts';
import { invoiceStore } from '../billing/invoice-store.ts';
import { closedDayProblem } from '../billing/past-day.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import { divideRates } from '../ledger/exchange-rate-import-calculation.ts';
import { isPending, reversalOfEntry, sealedEntry } from '../ledger/entry-reversal.repository.ts';
import { inputHashOfEntry } from '../ledger/journal.repository.ts';
import { provisionalInputHash } from '../ledger/provisional-entries.repository.ts';
import type { Journal } from '../ledger/journal.ts';
import { standsFor } from '../ledger/rate-of-day.ts';
import { idFromKey } from '../platform/ids.ts';
import { createBankDiscrepancies } from '../reconciliation/bank-discrepancies.ts';
import { findAct } from '../receivables/receivable-act.repository.ts';
import type { ReceivableViews } from '../receivables/receivable-views.ts';
import type { Receivables } from '../receivables/receivables.ts';

export interface BankingParts {
  readonly database: SqliteDatabase;
  readonly journal: Journal;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly receivables: Pick<Receivables, 'recordReceipt' | 'payOutCredit' | 'reverse'>;
  readonly receivableViews: Pick<ReceivableViews, 'receipt'>;
  functionalCurrency(): string;
}

export function composeBanking({ database, journal, audit, clock, receivables, receivableViews, functionalCurrency }: BankingParts) {
  const receipts: ReceiptsPort = {
    async record(receipt, act) {
      const { actIds } = await receivables.recordReceipt(receipt, act);
      return actIds[0] ?? '';
    },
    async takeBack(receiptId, reason, act) {
      const standing = receivableViews.receipt(receiptId);
      if (standing.isReversed) return;
      // Before anything of it is taken back: what was paid back to the customer stands on it.
      if (standing.payments.length > 0) throw new ConflictError('act-in-use', `What was left of the receipt ${standing.bankReference} was paid back to the customer. Nothing was changed.`, { data: { receiptId }, nextStep: 'Take that payment back first.' });
      const reverse = (actId: string) => receivables.reverse(actId, { reason, on: dayToTakeBack(database, actId) }, { actor: act.actor, requestId: idFromKey(`bank-match/take-back/${actId}/${act.requestId}`) });
      // What it was applied to first: a receipt that is applied cannot be taken back.
      for (const allocation of standing.allocations.toReversed()) await reverse(allocation.actId);
      await reverse(receiptId);
    },
  };
  const payments: CustomerPaymentsPort = {
    async payOut(source, payment, act) {
      const { actIds } = await receivables.payOutCredit(source, payment, act);
      return actIds[0] ?? '';
    },
    takeBack: async (actId, reason, act) => void (await receivables.reverse(actId, { reason, on: dayToTakeBack(database, actId) }, { actor: act.actor, requestId: idFromKey(`bank-match/take-back/${actId}/${act.requestId}`) })),
  };
  const rateOn = (readable: ReadableDatabase, base: string, quote: string, on: LocalDate): string | undefined => {
    const known = invoiceStore.findDatedRate(readable, base, quote, on);
    return known && standsFor(known, on) ? known.rate : undefined;
  };
  const rates: RatesPort = { find: (readable, base, quote, on) => crossRate((from, to) => rateOn(readable, from, to, on), base, quote, functionalCurrency()), dated: invoiceStore.findDatedRate };
  const differences = createBankDiscrepancies({ clock, auditLog: audit });
  const shared = { readable: database, unitOfWork: database.unitOfWork, audit, clock };
  return {
    imports: createStatementImport({ ...shared, durability: database.durability, bankLedgerAccount: accountCodes.bank }),
    records: createBankRecords(shared),
    matching: createBankMatching({ ...shared, journal, entries: { sealed: sealedEntry, isPending, reversalOf: reversalOfEntry, inputHash: (database, id) => inputHashOfEntry(database, id) ?? provisionalInputHash(database, id) }, receipts, payments, rates, differences, functionalCurrency }),
  };
}
export type Banking = ReturnType<typeof composeBanking>;

/** As entries of a match: on the day of what is taken back; today, where its month is closed. */
function dayToTakeBack(database: SqliteDatabase, actId: string): string | undefined {
  const actedOn = findAct(database, actId)?.actedOn;
  return actedOn === undefined || closedDayProblem(actedOn, closedThrough(database)) !== null ? undefined : actedOn;
}

/** Between two currencies of which rates into the functional one are known; crossed as the published rates are. */
function crossRate(find: (base: string, quote: string) => string | undefined, base: string, quote: string, functionalCurrency: string): string | undefined {
  if (base === quote) return '1';
  const known = find(base, quote);
  if (known !== undefined) return known;
  const [from, to] = [base, quote].map((currency) => (currency === functionalCurrency ? '1' : find(currency, functionalCurrency)));
  return from === undefined || to === undefined ? undefined : divideRates(from, to);
}
