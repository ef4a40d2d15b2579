/**
 * What nobody invoices, as it was last worked out. Rating a year of every contract takes longer than a screen may wait: jobs refresh it whenever what it rests on has changed, and screens read it
 * with its moment. A month that was invoiced since is left out at once.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { findKeptAnswer, keepAnswer, readGroundsOfUnbilled, standingInvoiceMonths } from './unbilled-usage.repository.ts';
import type { UnbilledAnswer, UnbilledMonths } from './unbilled-usage.ts';

export interface KeptUnbilledAnswer extends Pick<UnbilledAnswer, 'months' | 'usage'> {
  /** As {@link UnbilledAnswer.from}; null with `asOf`. */
  readonly from: UnbilledAnswer['from'] | null;
  /** Null: it was never worked out here; then nothing is said. */
  readonly asOf: number | null;
}

export interface KeptUnbilled {
  read(): KeptUnbilledAnswer;
  /** Works it out anew where contracts, usage, invoices, rates or the month have changed since. @returns whether it did. */
  refresh(): boolean;
}

const name = 'unbilled';
/** Higher where an answer says more than before: one of an earlier kind is none. */
const kind = 'v2 ';

export function createKeptUnbilled({ readable, unitOfWork, unbilled, clock, timeZone }: { readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork; readonly unbilled: UnbilledMonths; readonly clock: Clock; readonly timeZone: TimeZone }): KeptUnbilled {
  const grounds = (): string => `${kind}${timeZone.monthOf(clock.now())} ${readGroundsOfUnbilled(readable)}`;
  return {
    read() {
      const kept = findKeptAnswer(readable, name);
      if (!kept?.grounds.startsWith(kind)) return { months: [], usage: [], from: null, asOf: null };
      const { months, usage, from } = JSON.parse(kept.answer) as UnbilledAnswer;
      const standing = standingInvoiceMonths(readable);
      return { months: months.filter(({ contractId, month }) => !standing.get(contractId)?.has(month)), usage, from, asOf: kept.asOf };
    },
    refresh() {
      const now = clock.now();
      const restsOn = grounds();
      const kept = findKeptAnswer(readable, name);
      const isSame = kept?.grounds === restsOn;
      const answer = isSame ? kept.answer : JSON.stringify(unbilled.read());
      // Looked at again and found the same: it holds as of now.
      unitOfWork.run('billing.keep-unbilled', (database) => keepAnswer(database, { name, grounds: restsOn, answer, asOf: now }));
      return !isSame;
    },
  };
}
