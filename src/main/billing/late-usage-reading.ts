/**
 * Late usage as this desk's copy tells it. The register checks what an invoice says about earlier months once more when it gives a number, so that two desks with copies of
 * different age do not both charge it.
 */
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import type { ContractTerms } from '../contracts/contract-terms.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { defaultLateUsageMonths, lateUsageFor, lateUsageSetting, mostLateUsageMonths, type LateUsage, type LateUsageShare } from './late-usage.ts';
import { listInvoicedMonths } from './late-usage.repository.ts';
import { billedPartOf } from './partner-invoice-calculation.ts';
import { findLedgerSetting, sumUsageOf } from './partner-invoice.repository.ts';
import type { DocumentLanguage } from './partner-invoice.ts';
import { ratingWords } from './rating-words.ts';

export interface LateUsageReading {
  /** What an invoice of the contract for `month` is to say about earlier ones, in its language, and how far back was looked. */
  before(contractId: string, month: Month, terms: ContractTerms, monthsBack?: number, language?: DocumentLanguage): { readonly late: LateUsage; readonly lateUsageMonths: number };
  /** What an invoice for `month` would say about earlier ones under the terms of the last: of a contract that has ended there is none. */
  afterLast(contractId: string, month: Month): readonly LateUsageShare[];
}

export function createLateUsageReading({ readable, timeZone }: { readonly readable: ReadableDatabase; readonly timeZone: TimeZone }): LateUsageReading {
  const reading: LateUsageReading = {
    before(contractId, month, terms, lateUsageMonths = readLateUsageMonths(readable), language = 'en') {
      const late = lateUsageFor({
        month, terms, words: ratingWords(language), monthsBack: lateUsageMonths, invoices: listInvoicedMonths(readable, contractId, addMonths(month, -lateUsageMonths)),
        usageOf(part, past) {
          const { start, end } = billedPartOf(part.terms, past);
          return sumUsageOf(readable, part.terms, timeZone.startOf(start), timeZone.startOf(end));
        },
      });
      return { late, lateUsageMonths };
    },
    afterLast(contractId, month) {
      const last = listInvoicedMonths(readable, contractId, addMonths(month, -readLateUsageMonths(readable))).findLast((invoiced) => !invoiced.isDraft)?.rated?.parts.at(-1);
      return last ? reading.before(contractId, month, last.terms).late.shares : [];
    },
  };
  return reading;
}

/** The ledger's setting, or the default where it has none. */
export function readLateUsageMonths(readable: ReadableDatabase): number {
  const stored = findLedgerSetting(readable, lateUsageSetting);
  const months = stored === undefined ? defaultLateUsageMonths : Number(stored);
  return Number.isInteger(months) && months >= 0 && months <= mostLateUsageMonths ? months : defaultLateUsageMonths;
}
