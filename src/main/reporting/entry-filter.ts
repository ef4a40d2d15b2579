/**
 * The filter of the list of entries as SQL: every value is bound, the texts are fixed.
 */
import type { z } from 'zod';
import type { entryFilterSchema } from '../../shared/api/ledger-reading.contract.ts';
import { addDays, endOf, firstDayOf, month as toMonth } from '../../shared/calendar/local-date.ts';
import type { SqlValue } from '../database/handles.ts';

export type EntryFilter = z.infer<typeof entryFilterSchema>;

export interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Places in the chain, found before the list is asked for. */
export interface FoundSequences {
  /** Which entries are about an object of the gateway. */
  about(sourceId: string): readonly number[];
  /** Which entries are made from an object whose id begins like this. */
  like(start: string): readonly number[];
  /** Which entries have a posting of an amount, as a person writes it. */
  ofAmount(amount: string): readonly number[];
}

/** In any case of the Latin letters. */
function partOfText(text: string): Condition[] {
  // SQLite ends a pattern at a zero byte: what is left of it would match everything. No text has one.
  if (text.includes('\0')) return [{ text: '0', values: [] }];
  const part = `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
  return [{ text: "(e.memo LIKE ? ESCAPE '\\' OR e.source_id LIKE ? ESCAPE '\\' OR e.kind = ?)", values: [part, part, text] }];
}

/** @param isRare few entries touch the account and currency asked for. */
export function conditionsOf(filter: EntryFilter | undefined, isRare: boolean, found: FoundSequences): Condition[] {
  const conditions: Condition[] = [];
  const touched: Condition[] = [];
  if (filter?.accountCode !== undefined) touched.push({ text: 'p.account_code = ?', values: [filter.accountCode] });
  if (filter?.currency !== undefined) touched.push({ text: 'p.currency = ?', values: [filter.currency] });
  if (touched.length > 0) {
    const values = touched.flatMap((condition) => condition.values);
    // A few entries are gathered from the account's index; of many, the next one is never far. The + keeps SQLite from walking a whole account for each entry.
    if (isRare) conditions.push({ text: `e.ledger_sequence IN (SELECT p.ledger_sequence FROM posting_lines p WHERE ${touched.map((condition) => condition.text).join(' AND ')})`, values });
    else conditions.push({ text: `EXISTS (SELECT 1 FROM posting_lines p WHERE p.ledger_sequence = e.ledger_sequence AND ${touched.map((condition) => `+${condition.text}`).join(' AND ')})`, values });
  }
  if (filter?.from !== undefined) conditions.push({ text: 'e.entry_date >= ?', values: [filter.from] });
  if (filter?.to !== undefined) conditions.push({ text: 'e.entry_date <= ?', values: [filter.to] });
  // The + leaves the index to what narrows the list further.
  if (filter?.kind !== undefined) conditions.push({ text: '+e.kind = ?', values: [filter.kind] });
  if (filter?.sourceType !== undefined) conditions.push({ text: '+e.source_type = ?', values: [filter.sourceType] });
  if (filter?.partyId !== undefined) conditions.push({ text: 'e.ledger_sequence IN (SELECT ledger_sequence FROM posting_lines WHERE party_id = ?)', values: [filter.partyId] });
  if (filter?.amount !== undefined && filter.amount.trim() !== '') conditions.push({ text: 'e.ledger_sequence IN (SELECT value FROM json_each(?))', values: [JSON.stringify(found.ofAmount(filter.amount))] });
  if (filter?.sourceId !== undefined) conditions.push({ text: 'e.ledger_sequence IN (SELECT value FROM json_each(?))', values: [JSON.stringify(found.about(filter.sourceId))] });
  const text = filter?.text?.trim() ?? '';
  // An id, or enough of one, is looked up; other words are looked for in every entry.
  if (/^[a-z]{2,8}_\w{6,}$/.test(text)) conditions.push({ text: 'e.ledger_sequence IN (SELECT value FROM json_each(?))', values: [JSON.stringify(found.like(text))] });
  else if (filter?.text !== undefined && filter.text !== '') conditions.push(...partOfText(filter.text));
  return conditions;
}

/** The postings an account's list is about; null where whole entries are listed. */
export function accountScopeOf(filter: EntryFilter | undefined): Condition | null {
  if (filter?.accountCode === undefined) return null;
  return filter.currency === undefined ? { text: 'p.account_code = ?', values: [filter.accountCode] } : { text: 'p.account_code = ? AND p.currency = ?', values: [filter.accountCode, filter.currency] };
}

/** A month is its days. */
export function withDaysOf(filter: EntryFilter | undefined): EntryFilter | undefined {
  if (filter?.month === undefined) return filter;
  const { month, ...rest } = filter;
  const first = firstDayOf(toMonth(month));
  const last = addDays(endOf(toMonth(month)), -1);
  return { ...rest, from: rest.from !== undefined && rest.from > first ? rest.from : first, to: rest.to !== undefined && rest.to < last ? rest.to : last };
}

/** Whether the kept totals per account, currency and day cannot say what is asked. */
export function asksForMoreThanDays(filter: EntryFilter | undefined): boolean {
  return [filter?.sourceId, filter?.kind, filter?.sourceType, filter?.partyId].some((value) => value !== undefined) || [filter?.text, filter?.amount].some((value) => (value ?? '') !== '');
}

/** Whether nothing but the kind or the source type is asked for: the index by nature then has the list in its order. */
export function asksForNatureOnly(filter: EntryFilter | undefined): boolean {
  const { kind, sourceType, ...rest } = filter ?? {};
  return (kind !== undefined || sourceType !== undefined) && Object.values(rest).every((value) => value === undefined || value === '');
}
