import type { ReadableDatabase } from '../database/handles.ts';
import { searchRecords, type SearchHit } from '../reporting/search.queries.ts';
import { api } from './implementer.ts';
import { unlessWithdrawn } from './withdrawn-requests.ts';

const linkOf: Readonly<Record<SearchHit['kind'], (id: string) => string>> = {
  invoice: (id) => `/invoices/${id}`,
  customer: (id) => `/invoices/customers/${encodeURIComponent(id)}`,
  partner: (id) => `/partners/${id}`,
  payment: (id) => `/invoices/payments/${encodeURIComponent(id)}`,
  'journal-entry': (id) => `/ledger/entries/${id}`,
  discrepancy: (id) => `/reconciliation/${id}`,
};

/** The global search: every role may look for what it may read. */
export function createSearchHandlers({ readable }: { readonly readable: ReadableDatabase }) {
  return {
    search: api.system.search.handler(({ input, signal }) => unlessWithdrawn(signal, () => ({ results: searchRecords(readable, input.text, input.limit).map((hit) => ({ ...hit, link: linkOf[hit.kind](hit.id) })) }))),
  };
}
