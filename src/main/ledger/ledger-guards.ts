/**
 * The triggers that keep the books append-only and balanced, and the kept totals true (migrations/sqlite/0001, 0010, 0012 and 0060), by the beginning of the
 * SHA-256 of what each says, and the view through which postings are read: one that stands under its name and lets everything through is no guard. A migration that changes one changes its value here. Pure.
 */
import { hash } from 'node:crypto';

const guards: Readonly<Record<string, string>> = {
  journal_entries_must_balance: 'fb0f7bffa7d82220', postings_only_before_their_entry: '9c6e8932cf5edc9a', journal_entries_immutable_update: '31c0a33fd8cc5dde',
  journal_entries_immutable_delete: '7c30855ca08c44d3', postings_immutable_update: 'f6e27162c5d3c0d3', postings_immutable_delete: 'd415244f45cf1348',
  audit_log_is_append_only_update: '80aebfacc35c4e4d', audit_log_is_append_only_delete: '20effb7e16689764', balance_daily_totals_insert: 'ac85a85ca3c295c9',
  balance_daily_totals_update: 'b410fa71850e2403', balance_daily_totals_delete: '129e081113cc9a5b', journal_entries_not_in_closed_month: '33a92fb8435c83bd',
  period_log_is_append_only_update: 'd345b57ed405be21', period_log_is_append_only_delete: '52a9e711ae84cac9', ledger_periods_follow_their_log: '1ca3252063e43a0d',
  ledger_periods_open_by_their_log: '07b199fd901d3d81', ledger_periods_stay: '710c4d88ae7a8511',
};

/** What entries are read through by their id: the panel of an entry, ageing, a reversal. A view that says something else leaves every entry sound and shows another. */
const views: Readonly<Record<string, string>> = { postings: 'cde3d67caf53eacf' };

const says = (text: string, expected: string): boolean => hash('sha256', text.replaceAll('\r\n', '\n'), 'hex').startsWith(expected);

/**
 * The first guard that is not there (`guard-missing`), or does not say what it is to say (`guard-differs`), stranger beside them (`guard-unknown`), or view that does not read what is there (`view-differs`); line ends as any
 * system writes them.
 * @param onBooks the names of all triggers on the tables of the books.
 */
export function faultOfGuards(standing: ReadonlyMap<string, string>, onBooks: readonly string[]): { readonly code: string; readonly message: string; readonly subjectId: string } | undefined {
  for (const [name, expected] of Object.entries(guards)) {
    const text = standing.get(name);
    if (text === undefined) return { code: 'guard-missing', message: `The ledger file lacks its guard ${name}: what it kept out may have come in.`, subjectId: name };
    if (!says(text, expected)) return { code: 'guard-differs', message: `The guard ${name} of the ledger file was changed: what it kept out may have come in.`, subjectId: name };
  }
  const stranger = onBooks.find((name) => !Object.hasOwn(guards, name));
  if (stranger !== undefined) return { code: 'guard-unknown', message: `The ledger file has a trigger ${stranger} that Daybook did not make: what is posted may have been left out or changed on its way.`, subjectId: stranger };
  for (const [name, expected] of Object.entries(views)) {
    if (!says(standing.get(name) ?? '', expected)) return { code: 'view-differs', message: `The view ${name} of the ledger file was changed or taken away: screens and reversals would say something else than the entries.`, subjectId: name };
  }
  return undefined;
}
