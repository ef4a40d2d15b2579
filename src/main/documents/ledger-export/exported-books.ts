/**
 * What an export of the books is made of, and what each format makes of it. Pure types.
 */
export interface ExportedAccount {
  readonly code: string;
  readonly name: string;
  readonly type: 'asset' | 'liability' | 'equity' | 'revenue' | 'contra-revenue' | 'expense';
  readonly description: string;
}

/** Said once, before the entries. */
export interface ExportedBooks {
  readonly companyName: string | null;
  readonly functionalCurrency: string;
  readonly reportingTimeZone: string;
  /** Entries dated up to the end of this day. */
  readonly asOf: string;
  /** The day before which nothing was booked. */
  readonly firstDay: string;
  readonly headSequence: number;
  readonly headHash: string | null;
  readonly entries: number;
  /** Waiting for the sealer: not in the export. */
  readonly pendingEntries: number;
  readonly accounts: readonly ExportedAccount[];
  readonly currencies: readonly string[];
}

export interface ExportedPosting {
  readonly lineNumber: number;
  readonly accountCode: string;
  readonly accountName: string;
  readonly accountType: ExportedAccount['type'];
  readonly direction: 'debit' | 'credit';
  /** Greater than zero. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly functionalAmountMinor: number;
  /** Functional units per unit of `currency`, decimal text; null where they are the same. */
  readonly rate: string | null;
  readonly partyId: string | null;
}

export interface ExportedEntry {
  readonly sequence: number;
  readonly id: string;
  readonly entryDate: string;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  readonly kind: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly key: string;
  readonly memo: string;
  readonly concernsMonth: string | null;
  readonly reversesEntryId: string | null;
  readonly previousHash: string;
  readonly hash: string;
  /** The customer or partner of the postings, by the present name. */
  readonly partyName: string | null;
  readonly postings: readonly ExportedPosting[];
}

/** debit − credit of an account in a currency after the last entry. */
export interface ExportedBalance {
  readonly accountCode: string;
  readonly accountType: ExportedAccount['type'];
  readonly currency: string;
  readonly balanceMinor: number;
}

/** A format: text that is put one after the other. */
export interface LedgerWriter {
  readonly fileExtension: string;
  start(books: ExportedBooks): string;
  entries(entries: readonly ExportedEntry[], functionalCurrency: string): string;
  /** What the reader's own checks are held against. */
  end(balances: readonly ExportedBalance[], asOf: string): string;
}
