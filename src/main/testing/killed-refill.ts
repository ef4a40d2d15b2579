/** A refill in a process of its own that says how far it is, so that a test can kill it in the middle. */
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { openDatabase } from '../database/open-database.ts';
import { createStripeSync } from '../intake/stripe-sync.ts';
import { createStripeSource } from '../integrations/stripe/stripe-source.ts';
import { createJournal } from '../ledger/journal.ts';
import { silentLogger } from '../platform/logger.ts';

/** Prints the number of objects or facts done so far, one line a report. */
export async function runKilledRefill(options: { readonly file: string; readonly url: string; readonly key: string; readonly now: string }): Promise<void> {
  const database = openDatabase({ file: options.file, logger: silentLogger });
  const nowMs = Date.parse(options.now);
  const clock = fixedClock(nowMs);
  const source = createStripeSource({ key: options.key, apiBase: options.url, limiter: 'none', now: () => nowMs });
  const sync = createStripeSync({ readable: database, unitOfWork: database.unitOfWork, source, journal: createJournal({ clock }), clock, timeZone: new TimeZone('America/New_York'), functionalCurrency: 'usd', durability: database.durability });
  await sync.sync({ isFull: false }, { signal: new AbortController().signal, report: ({ done }) => process.stdout.write(`${done}\n`) });
}
