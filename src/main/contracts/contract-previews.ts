/**
 * What terms would cost a partner, from this desk's own copy of usage and contracts: before an edit is sent, in a conflict, before an approval. Works offline
 * and writes nothing.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { addDays, addMonths, endOf, firstDayOf, localDate, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { InvariantError, ValidationError } from '../../shared/errors/errors.ts';
import type { CurrencyCode } from '../../shared/money/currency.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import { billedPartOf } from '../billing/partner-invoice-calculation.ts';
import { readTaxRounding, totalOfMonth } from '../billing/tax-rounding.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { noOpenChanges, type OpenChanges } from './contract-changes.ports.ts';
import { knownWithWanted, mustFindRecord, wholeValues } from './contract-checks.ts';
import type { MergedEntity } from './contract-fields.ts';
import { findRecord, listAmendmentsOf, listRecords } from './contract-records.repository.ts';
import { asIfAlways, rehearse, type RehearsedTerms } from './contract-rehearsal.ts';
import { parseContractTerms, type ContractTerms, type PartnerContractRow } from './contract-terms.ts';
import { amendedRow, spanOn, spansWithin, timelineOf } from './contract-timeline.ts';
import { problemsOfRecord, type FieldProblem } from './contract-validation.ts';
import { amendmentRowOf, contractRowOf, termsOnly, type RecordValues, type StoredRecord } from './contract-values.ts';
import { parseParts } from './partner-contracts.ts';
import { findInvoicedMonths, type InvoicedMonths } from './invoiced-months.repository.ts';
import { sumUsageByInterval } from './partner-usage.repository.ts';
import { describeTerms } from './terms-summary.ts';
import { wantedRecord } from './wanted-records.ts';

export interface RehearsalRequest {
  /** Null for a new contract. */
  readonly contractId: string | null;
  readonly entity: 'contract' | 'amendment';
  /** Null for a new record. */
  readonly id: string | null;
  /** What differs from the record as it stands is enough; a new amendment begins with the terms it follows. */
  readonly values: RecordValues;
}

export interface Rehearsal extends RehearsedTerms {
  readonly currency: CurrencyCode;
  readonly asOf: number;
  readonly summaryBefore: string;
  readonly summaryAfter: string;
  readonly problems: readonly FieldProblem[];
  /** Months from where the proposed terms begin that are invoiced already; null: none. */
  readonly invoicedMonths: InvoicedMonths | null;
}

/** A month under some terms, tax included and rounded as on its invoice; `problem` says why there is no total. */
export interface BilledUnder {
  readonly month: Month;
  readonly total: { readonly amount: number; readonly currency: CurrencyCode } | null;
  readonly problem: string | null;
}

export interface ContractPreviews {
  /**
   * The last twelve whole months, each rated as if the terms had held in all of them. The standing terms are the record's own; of a new amendment those that
   * hold on the day before it.
   */
  rehearse(request: RehearsalRequest): Rehearsal;
  /**
   * What a month would have come to with these values in the place of the record's, everything else as it stands: by the days on which they would have held; where they
   * hold on none of that month, as if on all of them. A partner's values are rated for all of its contracts together.
   */
  billedUnder(record: { readonly entity: MergedEntity; readonly id: string; readonly values: RecordValues }, month?: Month): BilledUnder;
}

const rehearsedMonths = 12;

interface PreviewDependencies {
  readonly readable: ReadableDatabase;
  /** Those on their way: records that are only wanted yet can be rehearsed too. */
  readonly changes?: OpenChanges;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
}

export function createContractPreviews({ readable, changes = noOpenChanges, clock, timeZone }: PreviewDependencies): ContractPreviews {
  const currentMonth = (): Month => timeZone.monthOf(clock.now());

  return {
    rehearse(request) {
      const { standing, proposed, values } = termsToCompare({ readable, changes }, request, timeZone.dateOf(clock.now()));
      const months = monthsFromTo(addMonths(currentMonth(), -rehearsedMonths), addMonths(currentMonth(), -1));
      const bounds = months.map((month) => timeZone.boundsOf(month));
      const [before, after] = [standing && parseContractTerms(standing), parseContractTerms(proposed)];
      const problems = problemsOfRecord({ entity: request.entity, id: request.id, values, standing: null }, knownWithWanted(readable, changes.listOpen()));
      const isComparable = !before?.isFine || !after.isFine || before.terms.currency === after.terms.currency;
      const usageAfter = sumUsageByInterval(readable, prefixesOf(proposed), bounds);
      const usageBefore = !standing || samePrefixes(standing, proposed) ? usageAfter : sumUsageByInterval(readable, prefixesOf(standing), bounds);
      const [termsBefore, termsAfter] = [before?.isFine && isComparable ? before.terms : null, after.isFine ? after.terms : null];
      const used = months.map((month, index) => ({ month, before: usageBefore[index] ?? noUsage, after: usageAfter[index] ?? noUsage }));
      const figures = unlessTooLarge(() => rehearse({ before: termsBefore, after: termsAfter, months: used }));
      const notes = [...(isComparable ? [] : [currencyChanged]), ...(figures ? [] : [amountsTooLarge])];
      return {
        ...(figures ?? rehearse({ before: null, after: null, months: used })), currency: termsAfter?.currency ?? termsBefore?.currency ?? 'usd', asOf: clock.now(),
        summaryBefore: !before ? '' : before.isFine ? describeTerms(before.terms) : before.problem.message, summaryAfter: after.isFine ? describeTerms(after.terms) : after.problem.message,
        problems: [...problems, ...notes], invoicedMonths: findInvoicedMonths(readable, request.contractId, String(values['effective_from'])),
      };
    },

    billedUnder({ entity, id, values }, month = addMonths(currentMonth(), -1)) {
      try {
        return unlessTooLarge(() => (entity === 'partner' ? partnerBilled(id, values, month) : contractBilled(entity, id, values, month))) ?? { month, total: null, problem: amountsTooLarge.message };
      } catch (error) {
        if (error instanceof ValidationError) return { month, total: null, problem: error.message }; // a day that is none, in a version of old
        throw error;
      }
    },
  };

  function contractBilled(entity: 'contract' | 'amendment', id: string, given: RecordValues, month: Month): BilledUnder {
    const stored = findRecord(readable, entity, id);
    const values = wholeValues(entity, stored ?? null, given);
    const record: StoredRecord = { id, version: stored?.version ?? 0, values };
    const contract = entity === 'contract' ? record : findRecord(readable, 'contract', String(values['contract_id']));
    const partner = contract && findRecord(readable, 'partner', String(contract.values['partner_id']));
    if (!contract || !partner) return { month, total: null, problem: 'The contract or its partner is not known here yet.' };
    const amendments = listAmendmentsOf(readable, contract.id).filter((amendment) => amendment.id !== id);
    const row = contractRowOf(contract, partner);
    const parts = partsIn(row, entity === 'amendment' ? [...amendments, record] : amendments, month, record.id);
    return totalOf(parts, month);
  }

  /** The rows that hold within the month; where the record's own would not, the record's as if it did. */
  function partsIn(row: PartnerContractRow, amendments: readonly StoredRecord[], month: Month, recordId: string): { rows: readonly PartnerContractRow[]; isAsIf: boolean } {
    const spans = spansWithin(timelineOf(row, amendments.map(amendmentRowOf)), firstDayOf(month), endOf(month));
    const own = amendments.find((amendment) => amendment.id === recordId);
    const holds = own ? spans.some((span) => span.amendment?.id === recordId) : spans.length > 0;
    return holds ? { rows: spans.map((span) => span.row), isAsIf: false } : { rows: [own ? amendedRow(row, amendmentRowOf(own)) : row], isAsIf: true };
  }

  function totalOf({ rows, isAsIf }: ReturnType<typeof partsIn>, month: Month): BilledUnder {
    const parsed = parseParts(rows);
    if (!parsed.isFine) return { month, total: null, problem: parsed.problem.message };
    const terms: ContractTerms[] = isAsIf ? parsed.parts.map(asIfAlways) : [...parsed.parts];
    const usage = sumUsageByInterval(readable, terms[0]?.prefixes ?? [], terms.map((part) => {
      const { start, end } = billedPartOf(part, month);
      return { start: timeZone.startOf(start), end: timeZone.startOf(end) };
    }));
    const { totalMinor, currency } = totalOfMonth(terms.map((part, index) => ({ terms: part, usage: usage[index] ?? noUsage })), month, readTaxRounding(readable));
    return { month, total: { amount: totalMinor, currency }, problem: null };
  }

  function partnerBilled(id: string, given: RecordValues, month: Month): BilledUnder {
    const stored = findRecord(readable, 'partner', id);
    const partner: StoredRecord = { id, version: stored?.version ?? 0, values: wholeValues('partner', stored ?? null, given) };
    const contracts = listRecords(readable, 'contract').filter((contract) => contract.values['partner_id'] === id);
    const billed = contracts.flatMap((contract) => {
      const { rows, isAsIf } = partsIn(contractRowOf(contract, partner), listAmendmentsOf(readable, contract.id), month, contract.id);
      return isAsIf ? [] : [totalOf({ rows, isAsIf }, month)];
    });
    const [first] = billed;
    if (!first) return { month, total: null, problem: 'No contract of this partner was in force in that month.' };
    const failed = billed.find((one) => one.total === null);
    if (failed) return failed;
    if (billed.some((one) => one.total?.currency !== first.total?.currency)) return { month, total: null, problem: 'The partner’s contracts are in several currencies.' };
    return { ...first, total: first.total && { currency: first.total.currency, amount: addMinorUnits(...billed.map((one) => one.total?.amount ?? 0)) } };
  }
}

const noUsage = { deeds: 0, requests: 0 } as const;
const currencyChanged: FieldProblem = { column: 'currency', code: 'currency-changed', message: 'Currency: the standing and the proposed terms are in two currencies, whose amounts cannot be compared.' };

const amountsTooLarge: FieldProblem = { column: null, code: 'amount-too-large', message: 'These prices come to amounts that cannot be kept exactly.' };

/** @returns null where an amount leaves the range that is exact: prices are a person's to mistype. */
function unlessTooLarge<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvariantError && error.code === 'unsafe-amount') return null;
    throw error;
  }
}

const prefixesOf = (row: PartnerContractRow): string[] => [...new Set([row.apiKeyPrefix, ...row.furtherPrefixes])].sort();
const samePrefixes = (a: PartnerContractRow, b: PartnerContractRow): boolean => prefixesOf(a).join(' ') === prefixesOf(b).join(' ');

/** Rows to rate before and after, and the proposed record's whole values. @throws NotFoundError `record-not-found`. */
function termsToCompare({ readable, changes }: Required<Pick<PreviewDependencies, 'readable' | 'changes'>>, { contractId, entity, id, values: given }: RehearsalRequest, today: string): { standing: PartnerContractRow | null; proposed: PartnerContractRow; values: RecordValues } {
  const wanted = (of: MergedEntity, recordId: string): StoredRecord | null => (findRecord(readable, of, recordId) ? null : wantedRecord(changes.listOpen([recordId]), of, recordId));
  const partnerOf = (contract: RecordValues): StoredRecord => findRecord(readable, 'partner', String(contract['partner_id'])) ?? wanted('partner', String(contract['partner_id'])) ?? { id: '', version: 0, values: { tax_treatment: 'standard' } };
  if (contractId === null) {
    const values = wholeValues('contract', null, given);
    return { standing: null, proposed: contractRowOf({ id: '', version: 0, values }, partnerOf(values)), values };
  }
  const wantedContract = wanted('contract', contractId);
  const contract = wantedContract ? { ...wantedContract, values: wholeValues('contract', null, wantedContract.values) } : mustFindRecord(readable, 'contract', contractId);
  const row = contractRowOf(contract, partnerOf(contract.values));
  if (entity === 'contract') {
    const values = wholeValues('contract', contract, given);
    // Before a contract that is only wanted yet nothing was billed.
    return { standing: wantedContract ? null : row, proposed: contractRowOf({ ...contract, values }, partnerOf(values)), values };
  }
  const wantedAmendment = id === null ? null : wanted('amendment', id);
  if (id !== null && !wantedAmendment) {
    const amendment = mustFindRecord(readable, 'amendment', id);
    const values = wholeValues('amendment', amendment, given);
    return { standing: amendedRow(row, amendmentRowOf(amendment)), proposed: amendedRow(row, amendmentRowOf({ ...amendment, values })), values };
  }
  const values = amendmentToBegin(readable, contract, { ...wantedAmendment?.values, ...given }, today);
  const standing = spanOn(timelineOf(row, listAmendmentsOf(readable, contractId).map(amendmentRowOf)), dayBefore(values['effective_from']) ?? today)?.row ?? row;
  return { standing, proposed: amendedRow(row, amendmentRowOf({ id: '', version: 0, values })), values };
}

function dayBefore(value: unknown): string | null {
  try {
    return addDays(localDate(String(value)), -1);
  } catch {
    return null;
  }
}

/** A new amendment's values: the terms that hold on the day before it (today where it has no day yet), with what is given laid over them. */
export function amendmentToBegin(readable: ReadableDatabase, contract: StoredRecord, given: RecordValues, today: string): RecordValues {
  const day = dayBefore(given['effective_from']) ?? today;
  const standing = listAmendmentsOf(readable, contract.id).findLast((amendment) => String(amendment.values['effective_from']) <= day)?.values ?? contract.values;
  return wholeValues('amendment', null, { ...termsOnly(standing), contract_id: contract.id, ...given });
}
