/** Where the daily job reads exchange rates: a setting of this desk. */
import { readPreferenceOf, type Preferences } from '../database/preferences.ts';
import type { ReadableDatabase } from '../database/handles.ts';

const preference = 'exchange_rates_source';

export interface RatesSourceSetting {
  /** null: none is set. */
  url(): string | null;
  set(url: string | null): void;
}

/** As it stands at each question: a job's own thread sees what a person set meanwhile. */
export const readRatesSource = (database: ReadableDatabase): string | null => readPreferenceOf(database, preference) || null;

export function createRatesSourceSetting(database: ReadableDatabase, preferences: Preferences): RatesSourceSetting {
  return { url: () => readRatesSource(database), set: (url) => preferences.keep({ [preference]: url ?? '' }) };
}
