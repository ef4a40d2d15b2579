import { createLedgerQueries, type LedgerQueriesDependencies } from '../reporting/ledger.queries.ts';
import { api } from './implementer.ts';
import { createLedgerReadingHandlers } from './ledger-reading-handlers.ts';
import { unlessWithdrawn } from './withdrawn-requests.ts';

/** The books may be read by every role. */
export function createLedgerHandlers(dependencies: LedgerQueriesDependencies) {
  const queries = createLedgerQueries(dependencies);
  return {
    ...createLedgerReadingHandlers(dependencies),
    trialBalance: api.ledger.trialBalance.handler(({ input }) => queries.trialBalance(input)),
    entries: api.ledger.entries.handler(({ input, signal }) => unlessWithdrawn(signal, () => queries.entries(input))),
    show: api.ledger.show.handler(({ input }) => queries.show(input)),
  };
}
