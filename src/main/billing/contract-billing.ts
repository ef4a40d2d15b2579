/**
 * One contract's month: rated, kept as a draft in the register, finalised there, recorded here.
 */
import { addDays, endOf, firstDayOf, localDate, type Month } from '../../shared/calendar/local-date.ts';
import type { ContractTerms } from '../contracts/contract-terms.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { closedThrough } from '../ledger/closed-through.ts';
import { rateOfDay } from '../ledger/rate-of-day.ts';
import { ConflictError, ValidationError } from '../../shared/errors/errors.ts';
import type { TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import { restedOn } from '../../shared/invoicing/draft-document.ts';
import { basisOf, editedDraft, isTaxRoundedAs } from './draft-editing.ts';
import { assertFinalisable } from './draft-problems.ts';
import { hasSameRecords, recordsChanged, taxRoundingChanged } from './draft-records.ts';
import type { Act, InvoiceRecorder, InvoiceRecorderDependencies } from './invoice-recorder.ts';
import { billedPartOf, meterOf, type MeteredUsage } from './partner-invoice-calculation.ts';
import { draftPartnerInvoice } from './partner-invoice-draft.ts';
import { openDay, pastDay, recentDay } from './past-day.ts';
import { createLateUsageReading, readLateUsageMonths } from './late-usage-reading.ts';
import { findDatedRate, meteredKey, sumUsageOf, sumUsageOfAll } from './partner-invoice.repository.ts';
import type { DocumentChoice, InvoiceDraft, Issuer, PartnerInvoice } from './partner-invoice.ts';
import type { ContractsPort, FinaliseRequest, InvoiceDocumentsPort, IssuerPort, RegisterAnswer, SaveDraftRequest } from './partner-invoicing.ports.ts';
import { settle, settleNext, valueOf, type Settled } from './settled.ts';
import { readTaxRounding, withTaxRounded } from './tax-rounding.ts';

export interface ContractBillingDependencies extends InvoiceRecorderDependencies {
  readonly contracts: ContractsPort;
  readonly issuer: IssuerPort;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Left out where no PDFs are wanted. */
  readonly documents?: InvoiceDocumentsPort;
}

export type ContractInForce = ReturnType<ContractsPort['listInForce']>[number];

export interface BilledContract {
  readonly invoice: PartnerInvoice;
  /** Made or changed by this call, in the register or here. */
  readonly isChanged: boolean;
}

/** Who sends the invoices, how far back late usage is looked for, how tax is rounded, and the month's usage of the contracts that keep their terms through it. */
export interface BillingFrame {
  readonly issuer: Issuer;
  readonly lateUsageMonths: number;
  readonly taxRounding: TaxRounding;
  /** By `meteredKey`; what is not in it is summed by itself. */
  readonly usage: ReadonlyMap<string, number>;
}

export interface ContractBilling {
  /** Rates the month. @param document left out: in the language and look of the partner's documents. @throws ValidationError with the contract's problem when it cannot be billed. */
  draftOf(contract: ContractInForce, period: Month, sequence: number, frame?: BillingFrame, document?: DocumentChoice): InvoiceDraft;
  /** What is read once for all contracts of a run. */
  frame(period: Month, inForce: readonly ContractInForce[]): BillingFrame;
  /**
   * Drafts (or refreshes) and, when asked, finalises: all of them by one transaction for each step. What is finalised already is left as it is; one that fails takes no other
   * with it. @returns each in its place, failing as `finaliseDrafts` says or with the contract's problem.
   */
  billContracts(contracts: readonly ContractInForce[], period: Month, ofMonth: readonly PartnerInvoice[], isFinalising: boolean, act: Act, frame?: BillingFrame): Promise<Settled<BilledContract>[]>;
  /** One of them. @throws what it failed with. */
  billContract(contract: ContractInForce, period: Month, ofMonth: readonly PartnerInvoice[], isFinalising: boolean, act: Act, frame?: BillingFrame): Promise<BilledContract>;
  /**
   * All of them by one transaction of the register and one of this desk. @returns each in its place, or its ValidationError `exchange-rate-missing`, `invoice-text-unprintable`; StateError
   * `edit-clash`, `draft-empty`, `draft-negative`, `vat-id-invalid`, `day-in-future`, `issue-day-too-early`, `issue-month-closed`.
   */
  finaliseDrafts(invoices: readonly PartnerInvoice[], act: Act): Promise<Settled<PartnerInvoice>[]>;
  /** @param known its contract as it is in force in its month, with what was read for it; left out: read now. @throws ConflictError `invoice-changed`, `tax-rounding-changed`. */
  assertStillRight(invoice: PartnerInvoice, known?: { readonly contract: ContractInForce | undefined; readonly frame: BillingFrame }): void;
}

/** Whether the terms hold on every day of the month. */
function isWholeMonth(terms: ContractTerms, month: Month): boolean {
  const { start, end } = billedPartOf(terms, month);
  return start === firstDayOf(month) && end === endOf(month);
}

/** Of a month's parts the one that holds at its end. @throws RangeError without any. */
function lastOf(parts: readonly ContractTerms[]): ContractTerms {
  const last = parts.at(-1);
  if (!last) throw new RangeError('A contract in force has terms.');
  return last;
}

export function createContractBilling(dependencies: ContractBillingDependencies, { recordAnswers }: Pick<InvoiceRecorder, 'recordAnswers'>): ContractBilling {
  const { readable, contracts, issuer, register, clock, timeZone, newId } = dependencies;
  const lateUsage = createLateUsageReading({ readable, timeZone });

  function frame(period: Month, inForce: readonly ContractInForce[]): BillingFrame {
    const { start, end } = timeZone.boundsOf(period);
    const whole = inForce.flatMap(({ parsed }) => (parsed.isFine ? parsed.parts.filter((terms) => isWholeMonth(terms, period)) : []));
    return { issuer: issuer.issuer(), lateUsageMonths: readLateUsageMonths(readable), taxRounding: readTaxRounding(readable), usage: sumUsageOfAll(readable, whole, start, end) };
  }

  function usageOf(terms: ContractTerms, period: Month, { usage }: BillingFrame): MeteredUsage {
    const meter = meterOf(terms);
    if (meter !== null && isWholeMonth(terms, period) && terms.prefixes.every((prefix) => usage.has(meteredKey(prefix, meter)))) {
      return { deeds: 0, requests: 0, [meter]: terms.prefixes.reduce((sum, prefix) => sum + (usage.get(meteredKey(prefix, meter)) ?? 0), 0) };
    }
    const { start, end } = billedPartOf(terms, period);
    return sumUsageOf(readable, terms, timeZone.startOf(start), timeZone.startOf(end));
  }

  function draftOf(contract: ContractInForce, period: Month, sequence: number, ofRun: BillingFrame = frame(period, []), document: DocumentChoice = issuer.documentFor(contract.row.partnerId)): InvoiceDraft {
    const { row, parsed } = contract;
    if (!parsed.isFine) throw new ValidationError(parsed.problem.code, parsed.problem.message, { data: { contractId: row.id }, nextStep: 'Correct the contract in the shared database and bill again; partners already billed stay as they are.' });
    const parts = parsed.parts.map((terms) => ({ terms, usage: usageOf(terms, period, ofRun) }));
    const rated = draftPartnerInvoice({ row, parts, month: period, issuer: ofRun.issuer, sequence, document, ...lateUsage.before(row.id, period, lastOf(parsed.parts), ofRun.lateUsageMonths, document.language) });
    return withTaxRounded(rated, ofRun.taxRounding);
  }

  /** Said before a number is given: a finalised invoice keeps the names it was made with. */
  function assertPrintable(invoice: PartnerInvoice): void {
    const letters = dependencies.documents?.lettersNotShown(invoice) ?? [];
    if (letters.length === 0) return;
    throw new ValidationError('invoice-text-unprintable', `The invoice’s font has no “${letters.slice(0, 5).join('” and no “')}”, so the PDF could not show the names on it.`, {
      data: { id: invoice.id }, nextStep: 'Give the partner a legal name and an address in Latin, Greek or Cyrillic letters, then bill again.',
    });
  }

  function finaliseRequestOf(invoice: PartnerInvoice, act: Act): FinaliseRequest {
    const closed = invoice.status === 'draft' ? closedThrough(readable) : null;
    if (invoice.status === 'draft') {
      assertFinalisable(invoice, closed);
      assertPrintable(invoice);
    }
    const finalisedAt = clock.now();
    const chosen = invoice.edits?.edits;
    const today = timeZone.dateOf(finalisedAt);
    const issueDate = chosen?.issueDate ? pastDay(localDate(chosen.issueDate), today, 'Finalise the invoice on that day, or choose an earlier issue date.') : today;
    if (invoice.status === 'draft') openDay(recentDay(issueDate, today), closed);
    const functionalCurrency = dependencies.functionalCurrency();
    const functionalRate = invoice.currency === functionalCurrency ? null : rateOfDay(findDatedRate(readable, invoice.currency, functionalCurrency, issueDate), invoice.currency, functionalCurrency, issueDate, 'an invoice');
    return {
      id: invoice.id, totalsFingerprint: invoice.totalsFingerprint, issueDate, dueDate: chosen?.dueDate ? localDate(chosen.dueDate) : addDays(issueDate, invoice.snapshot.paymentTermsDays), finalisedAt, functionalRate, requestId: act.requestId ?? newId(),
    };
  }

  async function finaliseDrafts(invoices: readonly PartnerInvoice[], act: Act): Promise<Settled<PartnerInvoice>[]> {
    const requests = invoices.map((invoice) => settle(() => finaliseRequestOf(invoice, act)));
    const answers = await settleNext(requests, (some) => register.finaliseAll(some));
    return settleNext(answers, (some) => recorded(some.map((answer) => ({ answer, action: 'finalise' })), act).map((outcome) => ('value' in outcome ? { value: outcome.value.invoice } : outcome)));
  }

  function recorded(answers: readonly { readonly answer: RegisterAnswer; readonly action: string }[], act: Act): Settled<BilledContract>[] {
    const outcomes = recordAnswers(answers, act);
    return answers.map(({ answer: { invoice } }, index): Settled<BilledContract> => {
      const outcome = outcomes[index];
      return outcome && 'error' in outcome ? outcome : { value: { invoice, isChanged: outcome?.value ?? false } };
    });
  }

  /** The invoice that stands finalised for the contract's month, or the draft to be kept. */
  function planOf(contract: ContractInForce, period: Month, own: readonly PartnerInvoice[], ofRun: BillingFrame | undefined): { readonly standing: PartnerInvoice } | { readonly request: SaveDraftRequest } {
    const standing = own.find((invoice) => invoice.status !== 'void');
    if (standing && standing.status !== 'draft') return { standing };
    const sequence = own.filter((invoice) => invoice.status === 'void').length + 1;
    const draft = withStandingEdits(draftOf(contract, period, sequence, ofRun), standing);
    return { request: { draft, sequence, ...(standing ? { baseVersion: standing.version } : {}), savedAt: clock.now(), requestId: newId() } };
  }

  async function billContracts(some: readonly ContractInForce[], period: Month, ofMonth: readonly PartnerInvoice[], isFinalising: boolean, act: Act, ofRun?: BillingFrame): Promise<Settled<BilledContract>[]> {
    const byContract = Map.groupBy(ofMonth, (invoice) => invoice.contractId);
    const plans = some.map((contract) => settle(() => planOf(contract, period, byContract.get(contract.row.id) ?? [], ofRun)));
    const drafted = await settleNext(plans, async (planned) => {
      const requests = planned.flatMap((plan) => ('request' in plan ? [plan.request] : []));
      const saved = (requests.length === 0 ? [] : await register.saveDrafts(requests)).values();
      const answers = planned.map((plan): Settled<{ answer: RegisterAnswer; action: string }> => {
        if ('standing' in plan) return { value: { answer: { outcome: 'unchanged', invoice: plan.standing }, action: 'copy' } };
        const answer = saved.next().value;
        return answer && 'error' in answer ? answer : { value: { answer: valueOf(answer), action: 'draft' } };
      });
      return settleNext(answers, (known) => recorded(known, act));
    });
    if (!isFinalising) return drafted;
    const drafts = drafted.flatMap((outcome) => ('value' in outcome && outcome.value.invoice.status === 'draft' ? [outcome.value.invoice] : []));
    const finalised = (drafts.length === 0 ? [] : await finaliseDrafts(drafts, act)).values();
    return drafted.map((outcome): Settled<BilledContract> => {
      if ('error' in outcome || outcome.value.invoice.status !== 'draft') return outcome;
      const done = finalised.next().value;
      return done && 'error' in done ? done : { value: { invoice: valueOf(done), isChanged: true } };
    });
  }

  /** What was seen is what is finalised: the draft is rated again, in the language it was made in, and refused when usage, terms, records or the rounding of tax give something else by now. */
  function assertStillRight(invoice: PartnerInvoice, known?: { readonly contract: ContractInForce | undefined; readonly frame: BillingFrame }): void {
    if (invoice.month === null) return; // a one-off invoice is what a person wrote
    const contract = known ? known.contract : contracts.listInForce(invoice.month).find((candidate) => candidate.row.id === invoice.contractId);
    if (!contract) throw new ConflictError('invoice-changed', `The contract is not in force in ${invoice.month} any more.`, { data: { id: invoice.id }, nextStep: 'Discard the draft, or correct the contract and run the billing again.' });
    const ofMonth = known?.frame ?? frame(invoice.month, [contract]);
    const nextStep = `Run the billing of ${invoice.month} again, look at the draft, then finalise it.`;
    if (!isTaxRoundedAs(ofMonth.taxRounding, invoice)) throw taxRoundingChanged(invoice.id, nextStep);
    const now = withStandingEdits(draftOf(contract, invoice.month, 1, ofMonth, invoice.snapshot.document), invoice);
    const isSame = now.totalsFingerprint === invoice.totalsFingerprint && now.snapshot.taxTreatment === invoice.snapshot.taxTreatment;
    if (!isSame) throw new ConflictError('invoice-changed', 'Usage or terms have changed since this draft was made.', { data: { id: invoice.id }, nextStep });
    if (!hasSameRecords(invoice, now)) throw recordsChanged(invoice.id, nextStep);
  }

  return {
    draftOf, frame, billContracts, finaliseDrafts, assertStillRight,
    billContract: async (contract, ...rest) => valueOf((await billContracts([contract], ...rest))[0]),
  };
}

/** What was rated anew under the edits of the draft that stands: a refresh loses none of them. */
export function withStandingEdits(rated: InvoiceDraft, standing: Pick<PartnerInvoice, 'edits' | 'id'> | undefined): InvoiceDraft {
  if (!standing?.edits) return rated;
  return editedDraft({ ...rated, id: standing.id }, restedOn(basisOf(rated), standing.edits));
}
