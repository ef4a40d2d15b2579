import type { LedgerWriter } from './exported-books.ts';
import { beancountWriter } from './beancount-ledger.ts';
import { hledgerWriter } from './hledger-journal.ts';
import { postingsCsvWriter } from './postings-csv.ts';

/** The formats of `daybook ledger export`. */
export const ledgerWriters: Readonly<Record<'hledger' | 'beancount' | 'csv', LedgerWriter>> = { hledger: hledgerWriter, beancount: beancountWriter, csv: postingsCsvWriter };
