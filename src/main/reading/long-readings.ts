/**
 * The procedures that are answered on a thread of their own (architecture.md §3): on a large ledger one of their questions may hold a thread for longer than
 * 50 ms. They only read, so it does not matter which thread answers; everything else is answered by the backend's own.
 */
import type { Contract } from '../../shared/api/contract.ts';

type ProcedureName = { [Domain in keyof Contract]: `${Domain}.${Extract<keyof Contract[Domain], string>}` }[keyof Contract];

export const longReadings = [
  'system.search', // names and e-mail addresses by part
  'invoices.list', 'invoices.exportCsv', 'invoices.exportBalanceTransactions', // a letter that most numbers have
  'payments.list', 'payments.exportCsv', // a letter that half the customers have; what all of them come to
  'customers.list', 'customers.exportCsv', // in the order of what they ever paid
  'ledger.entries', // a word or an amount among all entries
  'ledger.trialBalance', 'ledger.statement', // as known at a moment
  'ledger.exportPart',
  'revenue.presentment', // every balance transaction of a month
  'revenue.mrrItems', 'revenue.why', // every item in force at a month's end
  'revenueMeasures.customers', 'revenueMeasures.movements', 'revenueMeasures.why', // customers by what all their movements come to
  'revenueMeasures.knownAt', 'revenueMeasures.recognition', 'revenueMeasures.recognitionDays', // every entry or line of a month
] as const satisfies readonly ProcedureName[];

const names: ReadonlySet<string> = new Set(longReadings);

/** Whether a procedure, by its path in the contract, is one of them. */
export function isLongReading(path: readonly string[]): boolean {
  return names.has(path.join('.'));
}
