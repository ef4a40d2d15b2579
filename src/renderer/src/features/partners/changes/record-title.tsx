import { withLocalDates } from '../../../lib/iso-words.ts';
import { usePreferences } from '../../../lib/preferences.tsx';

/** A record's title: an amendment's has a day in it. */
export function RecordTitle({ title }: { title: string }) {
  return <>{withLocalDates(title, usePreferences().locale)}</>;
}
