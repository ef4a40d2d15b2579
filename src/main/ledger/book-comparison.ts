/**
 * Two ledgers read in step, and what they do not have in common (domain.md §3, Rebuild). Pages on both sides, with a turn for others between them.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { entriesAfterId, recognisedAfterLine, type BookEntry, type RecognisedLine } from './books.repository.ts';

/** Of one key: what stands here, and what stands there; null where there is nothing. */
export interface Pair<Row> {
  readonly here: Row | null;
  readonly there: Row | null;
}

const pageSize = 500;

type PageOf<Row> = (after: string) => readonly Row[];

/** As SQLite orders text, byte by byte. */
const compareBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Everything of both sides in the order of its keys, each key once. */
async function* inStep<Row>(keyOf: (row: Row) => string, pageHere: PageOf<Row>, pageThere: PageOf<Row>, control: WorkControl): AsyncGenerator<Pair<Row>> {
  async function* rowsOf(page: PageOf<Row>): AsyncGenerator<Row> {
    for (let rows = page(''); rows.length > 0; rows = page(keyOf(rows.at(-1) as Row))) {
      yield* rows;
      await new Promise((resolve) => setImmediate(resolve));
      control.signal.throwIfAborted();
    }
  }
  const heres = rowsOf(pageHere);
  const theres = rowsOf(pageThere);
  let [here, there] = [await heres.next(), await theres.next()];
  while (!(here.done && there.done)) {
    const order = here.done ? 1 : there.done ? -1 : compareBytes(keyOf(here.value), keyOf(there.value));
    yield { here: order <= 0 && !here.done ? here.value : null, there: order >= 0 && !there.done ? there.value : null };
    if (order <= 0) here = await heres.next();
    if (order >= 0) there = await theres.next();
  }
}

/** What a rebuild must give again of an entry; its place, its day and its moment may be others. */
const saidBy = (entry: BookEntry): string => JSON.stringify([entry.concernsMonth, entry.postings]);

/** How many entries were looked at on each side. */
export interface BookTally {
  here: number;
  there: number;
}

/**
 * Provider entries that stand on one side only or say something else there.
 * @param total about how many there are, for whoever watches.
 * @param tally is counted up.
 */
export async function* differingEntries(here: ReadableDatabase, there: ReadableDatabase, total: number, tally: BookTally, control: WorkControl): AsyncGenerator<Pair<BookEntry>> {
  let done = 0;
  for await (const pair of inStep<BookEntry>((entry) => entry.id, (after) => entriesAfterId(here, after, pageSize), (after) => entriesAfterId(there, after, pageSize), control)) {
    done += 1;
    if (pair.here) tally.here += 1;
    if (pair.there) tally.there += 1;
    if (done % pageSize === 0) control.report({ done, total, isEstimate: true, note: 'Comparing the books' });
    if (!pair.here || !pair.there || saidBy(pair.here) !== saidBy(pair.there)) yield pair;
  }
}

/** Lines of invoices of which something else was recognised before a day, in whatever number of entries. */
export async function* differingRecognition(here: ReadableDatabase, there: ReadableDatabase, before: LocalDate, control: WorkControl): AsyncGenerator<Pair<RecognisedLine>> {
  const pageOf = (database: ReadableDatabase): PageOf<RecognisedLine> => (after) => recognisedAfterLine(database, after, pageSize, before);
  for await (const pair of inStep<RecognisedLine>((line) => line.lineId, pageOf(here), pageOf(there), control)) {
    if (JSON.stringify(pair.here?.sums ?? []) !== JSON.stringify(pair.there?.sums ?? [])) yield pair;
  }
}
