/** What of the books is closed, as rooms that date documents ask it. */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { closedMonths } from './journal.repository.ts';
import { lastClosedMonth } from './period-state.ts';

/** The last closed month as this desk knows it: it and every month before it are closed. Null while all are open. */
export const closedThrough = (database: ReadableDatabase): Month | null => lastClosedMonth(closedMonths(database));
