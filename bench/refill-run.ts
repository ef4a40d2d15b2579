/** One refill in a process of its own, for its memory: `node refill-run.ts URL NOW` prints what it read, how long it took and the largest resident size there was. */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { createStripeSync } from '../src/main/intake/stripe-sync.ts';
import { createStripeSource } from '../src/main/integrations/stripe/stripe-source.ts';
import { createJournal } from '../src/main/ledger/journal.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';

export interface RefillRun {
  readonly objects: number;
  readonly posted: number;
  readonly seconds: number;
  readonly largestMb: number;
}

const [url = '', now = '0'] = process.argv.slice(2);
const clock = fixedClock(Number(now));
using ledger = openTemporaryDatabase();
const { database } = ledger;
const source = createStripeSource({ key: 'rk_test_generated', apiBase: url, limiter: 'none', now: clock.now });
const sync = createStripeSync({ readable: database, unitOfWork: database.unitOfWork, durability: database.durability, source, journal: createJournal({ clock }), clock, timeZone: new TimeZone('America/New_York'), functionalCurrency: 'usd' });
const startedMs = performance.now();
const { objects, posted } = await sync.refill(unattended);
const run: RefillRun = { objects, posted, seconds: (performance.now() - startedMs) / 1000, largestMb: Math.round(process.resourceUsage().maxRSS / 1024) };
console.log(JSON.stringify(run));
