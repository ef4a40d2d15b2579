import { links } from '../../lib/links.ts';

/** What a fault of the ledger names, where there is a screen for it: an entry by its id or its number, a month, else nothing. */
export function linkOfFault(subjectId: string): string | null {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(subjectId) || /^[1-9]\d{0,14}$/.test(subjectId)) return links.journalEntry(subjectId);
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(subjectId)) return links.period(subjectId);
  return null;
}
