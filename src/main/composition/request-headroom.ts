/** How much of Stripe's limits is left to the customer's own traffic: set on this desk, else as config.json says, else half. */
import type { ReadableDatabase } from '../database/handles.ts';
import { readPreferenceOf, type Preferences } from '../database/preferences.ts';
import type { Config } from '../platform/config.ts';

const preferenceName = 'requestHeadroomPercent';

function valid(text: string | undefined): number | null {
  const percent = Number(text);
  return text !== undefined && Number.isInteger(percent) && percent >= 0 && percent <= 90 ? percent : null;
}

/** In percent, 0 to 90. Read anew at each call: it also holds for jobs that run already. */
export function readHeadroomPercent(database: ReadableDatabase, config: Pick<Config, 'requestHeadroomPercent'>): number {
  return valid(readPreferenceOf(database, preferenceName)) ?? config.requestHeadroomPercent;
}

export interface RequestHeadroom {
  percent(): number;
  /** @param percent 0 to 90, whole. */
  set(percent: number): void;
}

export function createRequestHeadroom(preferences: Preferences, config: Pick<Config, 'requestHeadroomPercent'>): RequestHeadroom {
  return {
    percent: () => valid(preferences.get(preferenceName)) ?? config.requestHeadroomPercent,
    set: (percent) => preferences.keep({ [preferenceName]: String(percent) }),
  };
}
