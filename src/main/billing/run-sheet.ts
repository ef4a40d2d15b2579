/**
 * The run sheet: a month's partners before their invoices are finalised, each beside its month before, with what is unusual about it and whether somebody looked
 * (domain.md §4). Reads only; what a row shows is its draft as it stands, or what billing would make where there is none yet.
 */
import { addMonths, type Month } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { Instant, TimeZone } from '../../shared/calendar/time-zone.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { BillingFrame, ContractInForce } from './contract-billing.ts';
import { failureOf } from './invoice-recorder.ts';
import { listContractsInvoiced, reviewsOfMonth } from './invoice-reviews.repository.ts';
import type { InvoiceReview } from './invoice-reviews.ports.ts';
import { createLateUsageReading, readLateUsageMonths } from './late-usage-reading.ts';
import type { MeteredUsage } from './partner-invoice-calculation.ts';
import { listPartnerInvoicesOf } from './partner-invoice.repository.ts';
import type { InvoiceDraft, PartnerInvoice } from './partner-invoice.ts';
import { billablePeriod } from './billable-period.ts';
import type { PartnerInvoicing } from './partner-invoicing.ts';
import type { ContractsPort } from './partner-invoicing.ports.ts';
import { changeBasisPoints, comparedUnits, flagsOf, isOutdated, meterOfInvoice, type ComparedInvoice, type RunSheetFlag } from './run-sheet-flags.ts';

/**
 * `not-drafted`: the run has not made it yet. `changed`: it was approved, and came to other figures since. `no-invoice`: the contract has ended, and usage of it came late: no
 * invoice will charge it by itself.
 */
export const runSheetStates = ['failed', 'no-invoice', 'not-drafted', 'to-review', 'changed', 'approved', 'finalised'] as const;
export type RunSheetState = (typeof runSheetStates)[number];

export interface RunSheetRow {
  readonly contractId: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly invoiceId: string | null;
  readonly number: string | null;
  readonly state: RunSheetState;
  /** What is approved: sent back so that what was seen is what is approved. Null where there is no draft. */
  readonly totalsFingerprint: string | null;
  readonly meter: keyof MeteredUsage | null;
  readonly units: number | null;
  /** Of the month before, billed or not; null where it counted something else, or the contract was not in force. */
  readonly previousUnits: number | null;
  readonly changeBasisPoints: number | null;
  readonly currency: string | null;
  readonly totalMinor: number | null;
  readonly previousCurrency: string | null;
  /** Null where the month before was not billed. */
  readonly previousTotalMinor: number | null;
  readonly flags: readonly RunSheetFlag[];
  readonly review: { readonly by: string; readonly at: Instant } | null;
  readonly failure: { readonly code: string; readonly message: string; readonly nextStep: string | null } | null;
}

export interface RunSheet {
  readonly period: Month;
  /** By the partners' names; contracts that ended last. */
  readonly rows: readonly RunSheetRow[];
}

export interface RunSheetDependencies {
  readonly readable: ReadableDatabase;
  readonly contracts: ContractsPort;
  readonly invoicing: Pick<PartnerInvoicing, 'rate' | 'frame'>;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
}

/** Usage of a contract that is over which came after its last invoice: no invoice will charge it. */
export interface UsageAfterTheEnd extends Pick<RunSheetRow, 'contractId' | 'partnerId' | 'partnerName'> {
  readonly currency: string;
  readonly totalMinor: number;
  /** The months it is of, the first one first. */
  readonly months: readonly Month[];
  readonly failure: NonNullable<RunSheetRow['failure']>;
}

export interface RunSheets {
  /** @param text a month; null: the last whole one. @throws ValidationError `month-invalid`, `period-in-future`, `period-not-over`. */
  read(text: string | null): RunSheet;
  /** As the sheet of that month has it, with nothing else rated. */
  usageAfterTheEnd(period: Month): readonly UsageAfterTheEnd[];
}

export function createRunSheets({ readable, contracts, invoicing, clock, timeZone }: RunSheetDependencies): RunSheets {
  const lateUsage = createLateUsageReading({ readable, timeZone });

  function read(text: string | null): RunSheet {
    const current = timeZone.monthOf(clock.now());
    const period = billablePeriod(text ?? addMonths(current, -1), current);
    const standing = standingByContract(listPartnerInvoicesOf(readable, period));
    const before = monthBefore(addMonths(period, -1));
    const reviews = reviewsOfMonth(readable, period);
    const inForce = contracts.listInForce(period);
    const frame = invoicing.frame(period, inForce);
    const rows = inForce.map((contract) => rowOf(contract, period, frame, standing.get(contract.row.id) ?? null, before(contract.row.id), reviews));
    return { period, rows: [...rows, ...usageAfterTheEnd(period).map(endedRow)] };
  }

  /** What a contract was billed for a month; where it was not, what the month's usage and terms come to, so that the next one has something to stand beside. */
  function monthBefore(period: Month): (contractId: string) => MonthBefore {
    const invoices = standingByContract(listPartnerInvoicesOf(readable, period));
    const inForce = new Map(contracts.listInForce(period).map((contract) => [contract.row.id, contract]));
    const frame = invoicing.frame(period, [...inForce.values()].filter(({ row }) => !invoices.has(row.id)));
    return (contractId) => {
      const invoice = invoices.get(contractId) ?? null;
      const contract = inForce.get(contractId);
      return { invoice, compared: invoice ?? (contract ? rate(contract, period, frame).draft : null), isNew: invoice === null && !contract };
    };
  }

  function rowOf(contract: ContractInForce, period: Month, frame: BillingFrame, invoice: PartnerInvoice | null, { invoice: billed, compared: previous, isNew }: MonthBefore, reviews: ReadonlyMap<string, InvoiceReview>): RunSheetRow {
    const isOpen = invoice === null || invoice.status === 'draft';
    const rated = isOpen ? rate(contract, period, frame) : null;
    const shown = invoice ?? rated?.draft ?? null;
    const before = { previousCurrency: billed?.currency ?? null, previousTotalMinor: billed?.totalMinor ?? null };
    const who = { contractId: contract.row.id, partnerId: contract.row.partnerId, partnerName: contract.row.partnerName, ...before };
    const failure = rated?.failure ?? null;
    if (shown === null) return { ...who, ...nothingShown, state: 'failed', flags: ['failed'], failure };
    const review = invoice ? reviews.get(invoice.id) : undefined;
    const flags = flagsOf(shown, previous, isNew);
    if (failure) flags.unshift('failed');
    if (invoice && rated?.draft && isOutdated(invoice, rated.draft)) flags.unshift('draft-outdated');
    if (rated?.hasOtherCurrency) flags.push('late-usage-other-currency');
    return {
      ...who, invoiceId: invoice?.id ?? null, number: invoice?.number ?? null, state: stateOf(invoice, review, failure !== null), totalsFingerprint: invoice?.status === 'draft' ? invoice.totalsFingerprint : null, meter: meterOfInvoice(shown),
      units: meterOfInvoice(shown) === null ? null : shown.snapshot.units, previousUnits: comparedUnits(shown, previous)?.previous ?? null, changeBasisPoints: changeBasisPoints(shown, previous), currency: shown.currency, totalMinor: shown.totalMinor,
      flags, review: review ? { by: review.reviewedBy, at: review.reviewedAt } : null, failure,
    };
  }

  function rate(contract: ContractInForce, period: Month, frame: BillingFrame): { draft: InvoiceDraft | null; hasOtherCurrency: boolean; failure: RunSheetRow['failure'] } {
    try {
      const draft = invoicing.rate(contract, period, frame);
      const terms = draft.snapshot.rated?.parts.at(-1)?.terms;
      return { draft, hasOtherCurrency: terms !== undefined && lateUsage.before(contract.row.id, period, terms, frame.lateUsageMonths).late.inOtherCurrency.length > 0, failure: null };
    } catch (error) {
      const { code, message, nextStep } = failureOf(contract.row.id, contract.row.partnerName, error);
      return { draft: null, hasOtherCurrency: false, failure: { code, message, nextStep } };
    }
  }

  /** Contracts that are over, whose usage came after their last invoice. */
  function usageAfterTheEnd(period: Month): UsageAfterTheEnd[] {
    const since = addMonths(period, -readLateUsageMonths(readable));
    // Of a contract that is in force again, the next invoice will charge it.
    const inForce = new Set([period, timeZone.monthOf(clock.now())].flatMap((month) => contracts.listInForce(month).map((contract) => contract.row.id)));
    return listContractsInvoiced(readable, since, period).flatMap(({ contractId, partnerId, partnerName, currency }): UsageAfterTheEnd[] => {
      if (inForce.has(contractId)) return [];
      const shares = lateUsage.afterLast(contractId, period);
      if (shares.length === 0) return [];
      const failure = {
        code: 'late-usage-unbilled', message: `Usage of ${shares.map((share) => share.month).join(', ')} came after the contract’s last invoice.`,
        nextStep: 'Void the invoice of that month and bill it again, or charge the difference by a one-off invoice.',
      };
      return [{ contractId, partnerId, partnerName, currency, totalMinor: addMinorUnits(...shares.map((share) => share.amountMinor)), months: shares.map((share) => share.month).toSorted(), failure }];
    });
  }

  return { read, usageAfterTheEnd };
}

/** The month before of one contract. */
interface MonthBefore {
  readonly invoice: PartnerInvoice | null;
  /** Null where it cannot be told. */
  readonly compared: ComparedInvoice | null;
  /** Neither billed nor in force. */
  readonly isNew: boolean;
}

const nothingShown = { invoiceId: null, number: null, totalsFingerprint: null, meter: null, units: null, previousUnits: null, changeBasisPoints: null, currency: null, totalMinor: null, review: null } as const;

function endedRow({ months: _months, ...ended }: UsageAfterTheEnd): RunSheetRow {
  return { ...nothingShown, ...ended, state: 'no-invoice', previousCurrency: null, previousTotalMinor: null, flags: ['late-usage-unbilled'] };
}

function standingByContract(invoices: readonly PartnerInvoice[]): ReadonlyMap<string, PartnerInvoice> {
  return new Map(invoices.filter((invoice) => invoice.status !== 'void').flatMap((invoice) => (invoice.contractId === null ? [] : [[invoice.contractId, invoice] as const])));
}

function stateOf(invoice: PartnerInvoice | null, review: InvoiceReview | undefined, isFailing: boolean): RunSheetState {
  if (invoice === null) return isFailing ? 'failed' : 'not-drafted';
  if (invoice.status !== 'draft') return 'finalised';
  if (isFailing) return 'failed';
  if (!review) return 'to-review';
  return review.totalsFingerprint === invoice.totalsFingerprint ? 'approved' : 'changed';
}
