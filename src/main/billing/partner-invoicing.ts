/**
 * Partner billing: preview a month, run it, finalise, void (domain.md §4). The register (shared database or local twin) gives state and number;
 * this desk then writes its copy, the journal entry and the audit row in one transaction. A crash in between heals on the next run, since the
 * register is read again and every step is idempotent: one invoice per contract and month whatever happens.
 */
import { addMonths, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { billablePeriod } from './billable-period.ts';
import { createContractBilling, withStandingEdits, type BilledContract, type BillingFrame, type ContractBillingDependencies, type ContractInForce } from './contract-billing.ts';
import { createInvoiceRecorder, failureOf, type Act, type BillingFailure } from './invoice-recorder.ts';
import { readLateUsageMonths } from './late-usage-reading.ts';
import { createDocumentStep } from './document-step.ts';
import { createInvoiceFinalising, type FinalisedInvoices } from './invoice-finalising.ts';
import { findPartnerInvoice, listInvoicesOfFingerprint, listPartnerInvoicesOf } from './partner-invoice.repository.ts';
import { freePartnerInvoiceNumber, type InvoiceDraft, type PartnerInvoice } from './partner-invoice.ts';
import type { MissingField } from './partner-invoicing.ports.ts';
import type { Settled } from './settled.ts';

export type { Act, BillingFailure } from './invoice-recorder.ts';

export interface PartnerInvoicingDependencies extends ContractBillingDependencies {
  /** Drafts and finalised invoices share a transaction up to so many; 100 unless said otherwise. */
  readonly invoicesPerTransaction?: number;
}

/** Few enough that nobody waits for the file, enough that forcing it to disk weighs little. */
const invoicesPerTransaction = 100;

export interface BillingOutcome {
  readonly partnerId: string;
  readonly partnerName: string;
  readonly contractId: string;
  /** Null in a preview of an invoice that does not exist yet. */
  readonly invoiceId: string | null;
  /** In a preview: the number finalising would give. */
  readonly number: string | null;
  readonly currency: string;
  readonly subtotalMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly dueMinor: number;
  readonly units: number;
  readonly status: string;
  /** In a preview: what keeps the invoice from carrying its electronic form. */
  readonly missing?: readonly MissingField[];
}

export interface BillingRun {
  readonly period: Month;
  readonly isDryRun: boolean;
  /** Made or changed by this run (in a dry run: what it would make). */
  readonly succeeded: readonly BillingOutcome[];
  /** Stood already, saying the same. */
  readonly skipped: readonly BillingOutcome[];
  readonly failed: readonly BillingFailure[];
  /** Where the PDFs of the month's finalised invoices lie, by invoice id. */
  readonly documents: ReadonlyMap<string, string>;
}

export interface PartnerInvoicing {
  /** What billing a month would make, from this desk's own copy. Writes nothing. */
  preview(request: { readonly period: string }): BillingRun;
  /** The draft that billing the contract's month would make. Writes nothing. @throws ValidationError with the contract's problem when it cannot be billed. */
  rate(contract: ContractInForce, period: Month, frame?: BillingFrame): InvoiceDraft;
  /** What is read once for all contracts that are rated now. */
  frame(period: Month, inForce: readonly ContractInForce[]): BillingFrame;
  /** This desk's copy of a partner invoice. */
  find(id: string): PartnerInvoice | null;
  /** Of this desk's copies, those that say these totals; void ones among them. */
  withFingerprint(totalsFingerprint: string): PartnerInvoice[];
  /** Bills a month: drafts, or finalised invoices with PDFs. A second run changes nothing. */
  run(request: { readonly period: string; readonly isDryRun?: boolean; readonly finalise?: boolean; readonly control?: WorkControl } & Act): Promise<BillingRun>;
  /** Finalises a draft exactly as it stands. Idempotent. @throws ConflictError `invoice-changed` when usage or terms have moved since. */
  finalise(id: string, act: Act): Promise<PartnerInvoice>;
  /**
   * Finalises drafts exactly as they stand, up to 100 in a transaction; one that fails takes no other with it. Can be asked to stop between two transactions; what was
   * finalised by then stands. Idempotent.
   */
  finaliseAll(ids: readonly string[], act: Act, control?: WorkControl, seen?: ReadonlyMap<string, string>): Promise<FinalisedInvoices>;
  /** Voids a finalised invoice and reverses its entry; the month may then be billed again as `…-2`. Idempotent. */
  void(id: string, reason: string, act: Act): Promise<PartnerInvoice>;
  /** Bills a contract's month again after its invoice was voided: the new one names the void one. */
  rebill(contractId: string, period: Month, finalise: boolean, act: Act): Promise<PartnerInvoice>;
  /** Posts what the register knows and the books of this desk do not (after a pull, after a crash). @returns ids of invoices posted now. */
  postMissing(): { readonly posted: readonly string[]; readonly failed: readonly BillingFailure[] };
}

export function createPartnerInvoicing(dependencies: PartnerInvoicingDependencies): PartnerInvoicing {
  const { readable, contracts, register, clock, timeZone, newId } = dependencies;
  const recorder = createInvoiceRecorder(dependencies);
  const { recordAnswer, copyFromRegister, postMissing } = recorder;
  const billing = createContractBilling(dependencies, recorder);
  const { draftOf, frame, billContract, billContracts } = billing;
  const perTransaction = dependencies.invoicesPerTransaction ?? invoicesPerTransaction;
  const { finalise, finaliseAll } = createInvoiceFinalising({ ...dependencies, invoicesPerTransaction: perTransaction }, billing, recorder);
  const { storeDocuments, storeQuietly } = createDocumentStep(dependencies);

  async function run(request: Parameters<PartnerInvoicing['run']>[0]): Promise<BillingRun> {
    const period = billablePeriod(request.period, timeZone.monthOf(clock.now()));
    if (request.isDryRun) return preview({ period });
    const control = request.control ?? unattended;
    let ofMonth = await copyFromRegister(period);
    const inForce = contracts.listInForce(period);
    let ofRun = frame(period, inForce);
    const result = { succeeded: [] as BillingOutcome[], skipped: [] as BillingOutcome[], failed: [...postMissing().failed] };
    const finalised: PartnerInvoice[] = [];
    const bill = (some: readonly ContractInForce[]) => billContracts(some, period, ofMonth, request.finalise ?? false, request, ofRun);
    for (let at = 0; at < inForce.length; at += perTransaction) {
      control.signal.throwIfAborted();
      const some = inForce.slice(at, at + perTransaction);
      const outcomes = await bill(some);
      const outdated = some.filter((_contract, index) => isOutdated(outcomes[index]));
      if (outdated.length > 0) {
        if (outcomes.some((outcome) => 'error' in outcome && outcome.error.code === 'invoice-changed')) await copyOtherMonths(period);
        ofMonth = await copyFromRegister(period); // another desk was quicker: look again, once
        ofRun = frame(period, inForce);
        const again = (await bill(outdated)).values();
        for (const [index, outcome] of outcomes.entries()) if (isOutdated(outcome)) outcomes[index] = again.next().value ?? outcome;
      }
      for (const [index, { row }] of some.entries()) {
        const outcome = outcomes[index];
        if (!outcome || 'error' in outcome) result.failed.push(failureOf(row.id, row.partnerName, outcome?.error));
        else {
          const { invoice, isChanged } = outcome.value;
          (isChanged ? result.succeeded : result.skipped).push(outcomeOf(row.partnerName, invoice));
          if (invoice.number !== null && invoice.status !== 'void') finalised.push(invoice);
        }
        control.report({ done: at + index + 1, total: inForce.length, note: `Billed ${row.partnerName}` });
      }
    }
    const stored = await storeDocuments(finalised, result.failed, control);
    control.report({ done: inForce.length, total: inForce.length, note: 'Partners billed' });
    return { period, isDryRun: false, ...result, documents: stored };
  }

  /** Months that say what late usage was charged already: another desk's invoices among them may not have reached this one. */
  async function copyOtherMonths(period: Month): Promise<void> {
    const last = addMonths(timeZone.monthOf(clock.now()), -1);
    for (const other of monthsFromTo(addMonths(period, -readLateUsageMonths(readable)), last)) if (other !== period) await copyFromRegister(other);
  }

  function preview(request: { readonly period: string }): BillingRun {
    const period = billablePeriod(request.period, timeZone.monthOf(clock.now()));
    const ofMonth = listPartnerInvoicesOf(readable, period);
    const taken = new Set(ofMonth.map((invoice) => invoice.number));
    const result = { succeeded: [] as BillingOutcome[], skipped: [] as BillingOutcome[], failed: [] as BillingFailure[] };
    const inForce = contracts.listInForce(period);
    const ofRun = frame(period, inForce);
    for (const contract of inForce) {
      const own = ofMonth.filter((invoice) => invoice.contractId === contract.row.id);
      const standing = own.find((invoice) => invoice.status !== 'void');
      if (standing && standing.status !== 'draft') {
        result.skipped.push(outcomeOf(contract.row.partnerName, standing));
        continue;
      }
      try {
        const sequence = own.length - (standing ? 1 : 0) + 1;
        const draft = withStandingEdits(draftOf(contract, period, sequence, ofRun), standing);
        const outcome = { ...outcomeOf(contract.row.partnerName, { ...draft, number: freePartnerInvoiceNumber(contract.row.apiKeyPrefix, period, own.filter((invoice) => invoice.status === 'void' && invoice.number !== null).length + 1, (number) => taken.has(number)), status: 'draft' }), invoiceId: standing?.id ?? null, missing: dependencies.documents?.missingForEInvoice(draft) ?? [] };
        (standing?.totalsFingerprint === draft.totalsFingerprint ? result.skipped : result.succeeded).push(outcome);
      } catch (error) {
        result.failed.push(failureOf(contract.row.id, contract.row.partnerName, error));
      }
    }
    return { period, isDryRun: true, ...result, documents: new Map() };
  }

  async function voidInvoice(id: string, reason: string, act: Act): Promise<PartnerInvoice> {
    const answer = await register.void({ id, reason, voidedAt: clock.now(), requestId: act.requestId ?? newId() });
    recordAnswer(answer, 'void', act);
    return answer.invoice;
  }

  async function rebill(contractId: string, period: Month, isFinalising: boolean, act: Act): Promise<PartnerInvoice> {
    const contract = contracts.listInForce(period).find((candidate) => candidate.row.id === contractId);
    if (!contract) throw new NotFoundError('contract-not-found', `The contract is not in force in ${period} any more, so there is nothing to bill again.`, { data: { contractId, period } });
    const { requestId: _own, ...others } = act;
    const { invoice } = await billContract(contract, period, await copyFromRegister(period), isFinalising, others);
    if (invoice.number !== null) await storeQuietly([invoice]);
    return invoice;
  }

  return { preview, frame, rate: (contract, period, ofRun) => draftOf(contract, period, 1, ofRun), find: (id) => findPartnerInvoice(readable, id), withFingerprint: (totalsFingerprint) => listInvoicesOfFingerprint(readable, totalsFingerprint), run, finalise, finaliseAll, void: voidInvoice, rebill, postMissing };
}

/** `invoice-state`: what was a draft when this run saw it was finalised and voided meanwhile. */
const codesOfOthers: readonly string[] = ['draft-outdated', 'invoice-changed', 'invoice-state'];
const isOutdated = (outcome: Settled<BilledContract> | undefined): boolean => outcome !== undefined && 'error' in outcome && codesOfOthers.includes(outcome.error.code);

function outcomeOf(partnerName: string, invoice: InvoiceDraft & Pick<PartnerInvoice, 'number' | 'status'>): BillingOutcome {
  return {
    partnerId: invoice.partnerId ?? '', partnerName, contractId: invoice.contractId ?? '', invoiceId: invoice.id, number: invoice.number, currency: invoice.currency, subtotalMinor: invoice.subtotalMinor, taxMinor: invoice.taxMinor,
    totalMinor: invoice.totalMinor, dueMinor: invoice.dueMinor, units: invoice.snapshot.units, status: invoice.status,
  };
}
