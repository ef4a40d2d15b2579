import { z } from 'zod';
import { localDateSchema } from '../../shared/api/primitives.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { ledgerWriters } from '../documents/ledger-export/ledger-writers.ts';
import { postingCells } from '../documents/ledger-export/postings-csv.ts';
import { readAccountStatement } from '../reporting/account-statement.ts';
import { readEntryKinds, readLedgerAccounts } from '../reporting/ledger-accounts.queries.ts';
import { readExportPart } from '../reporting/ledger-export.queries.ts';
import type { LedgerQueriesDependencies } from '../reporting/ledger.queries.ts';
import { readCursor, writeCursor } from './export-cursor.ts';
import { api } from './implementer.ts';
import { unlessWithdrawn } from './withdrawn-requests.ts';

/** A part's text stays below 128 kB: larger strings are kept apart by the engine and gathered up much later, so that a long export would grow by them. */
const entriesPerPart = 100;
const markSchema = z.object({ asOf: localDateSchema, headSequence: z.number().int(), totalEntries: z.number().int(), entryDate: z.string(), sequence: z.number().int() });

/** Accounts, statements and exports of the books: every role may read them. */
export function createLedgerReadingHandlers({ readable, clock, timeZone, settings }: LedgerQueriesDependencies) {
  return {
    accounts: api.ledger.accounts.handler(() => ({ accounts: readLedgerAccounts(readable) })),
    entryKinds: api.ledger.entryKinds.handler(() => readEntryKinds(readable)),
    exportPart: api.ledger.exportPart.handler(({ input }) => {
      const after = readCursor(input.cursor, markSchema) ?? null;
      const asOf = localDate(after?.asOf ?? input.asOf ?? timeZone.dateOf(clock.now()));
      const { functionalCurrency } = settings();
      const writer = ledgerWriters[input.format];
      const { books, entries, balances, totalEntries, next } = readExportPart(readable, asOf, after, entriesPerPart);
      const whole = { fileName: `ledger-${asOf}.${writer.fileExtension}`, asOf, entries: entries.length, totalEntries, nextCursor: writeCursor(next) };
      if (input.as === 'cells') return { ...whole, text: '', ...postingCells(entries, functionalCurrency) };
      const text = [
        books ? writer.start({ ...books, functionalCurrency, reportingTimeZone: timeZone.name }) : '',
        writer.entries(entries, functionalCurrency),
        balances ? writer.end(balances, asOf) : '',
      ].join('');
      return { ...whole, text, columns: [], cells: [] };
    }),
    statement: api.ledger.statement.handler(({ input, signal }) =>
      unlessWithdrawn(signal, () => readAccountStatement(readable, input, { today: timeZone.dateOf(clock.now()), functionalCurrency: settings().functionalCurrency })),
    ),
  };
}
