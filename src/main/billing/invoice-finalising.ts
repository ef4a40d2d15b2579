/**
 * Finalising drafts as they stand, one or many: each is rated again and refused when usage or terms give something else by now, the register gives state and number, this desk writes its copy,
 * the entry and the audit row. Many share a transaction for each of these steps.
 */
import type { Month } from '../../shared/calendar/local-date.ts';
import { ConflictError, DaybookError, NotFoundError } from '../../shared/errors/errors.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { billablePeriod } from './billable-period.ts';
import type { ContractBilling, ContractBillingDependencies, ContractInForce } from './contract-billing.ts';
import { createDocumentStep } from './document-step.ts';
import { isTaxRoundedAs } from './draft-editing.ts';
import { oneOffOutdated, taxRoundingChanged } from './draft-records.ts';
import type { Act, InvoiceRecorder } from './invoice-recorder.ts';
import { isAsRecorded } from './one-off-records.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import { settle, settleNext, valueOf, type Settled } from './settled.ts';
import { readTaxRounding } from './tax-rounding.ts';

export interface FinalisedInvoices {
  readonly succeeded: readonly PartnerInvoice[];
  /** By the ids that were asked for. Where the shared database or the disk failed, all of the same transaction. */
  readonly failed: readonly { readonly id: string; readonly error: DaybookError }[];
}

export interface InvoiceFinalising {
  finalise(id: string, act: Act): Promise<PartnerInvoice>;
  /** @param seen fingerprints of the totals that a person looked at, by the drafts' ids: a draft that stands otherwise by now is refused with `invoice-changed`. */
  finaliseAll(ids: readonly string[], act: Act, control?: WorkControl, seen?: ReadonlyMap<string, string>): Promise<FinalisedInvoices>;
}

const nothingSeen: ReadonlyMap<string, string> = new Map();

export function createInvoiceFinalising(
  dependencies: ContractBillingDependencies & { readonly invoicesPerTransaction: number }, { frame, finaliseDrafts, assertStillRight }: ContractBilling, { recordAnswers }: Pick<InvoiceRecorder, 'recordAnswers'>,
): InvoiceFinalising {
  const { readable, register, contracts, clock, timeZone, invoicesPerTransaction } = dependencies;
  const { storeQuietly } = createDocumentStep(dependencies);

  /** Contracts in force by month and id, each month read once. */
  function createContractLookup(): (month: Month) => ReadonlyMap<string, ContractInForce> {
    const months = new Map<Month, ReadonlyMap<string, ContractInForce>>();
    return (month) => {
      const known = months.get(month) ?? new Map(contracts.listInForce(month).map((contract) => [contract.row.id, contract]));
      months.set(month, known);
      return known;
    };
  }

  /** Months of these drafts with the usage of their contracts, each read in one statement. */
  function framesOf(drafts: readonly PartnerInvoice[], inForce: ReturnType<typeof createContractLookup>) {
    const ofMonths = Map.groupBy(drafts.filter((invoice) => invoice.month !== null), (invoice) => invoice.month);
    return new Map([...ofMonths].map(([month, invoices]) => [month, month && frame(month, invoices.flatMap(({ contractId }) => inForce(month).get(contractId ?? '') ?? []))] as const));
  }

  async function finaliseSome(ids: readonly string[], act: Act, inForce: ReturnType<typeof createContractLookup>, seen: ReadonlyMap<string, string> = nothingSeen): Promise<Settled<PartnerInvoice>[]> {
    const found = new Map((await register.findAll(ids)).map((invoice) => [invoice.id, invoice]));
    const current = timeZone.monthOf(clock.now());
    const isDraft = (invoice: PartnerInvoice): boolean => invoice.status === 'draft';
    const frames = framesOf([...found.values()].filter(isDraft), inForce);
    const checked = ids.map((id) => settle(() => {
      const invoice = found.get(id);
      if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such partner invoice.', { data: { id }, nextStep: 'Check the number, or sync first.' });
      // An edit of another desk is right by itself, but nobody here has looked at it.
      if (isDraft(invoice) && seen.has(id) && seen.get(id) !== invoice.totalsFingerprint) throw changedSinceSeen(id);
      if (isDraft(invoice) && invoice.month === null && !isAsRecorded(dependencies, invoice)) throw oneOffOutdated(id);
      if (isDraft(invoice) && invoice.month === null && !isTaxRoundedAs(readTaxRounding(readable), invoice)) throw taxRoundingChanged(id);
      if (isDraft(invoice) && invoice.month !== null) {
        billablePeriod(invoice.month, current);
        const ofMonth = frames.get(invoice.month);
        assertStillRight(invoice, ofMonth ? { contract: inForce(invoice.month).get(invoice.contractId ?? ''), frame: ofMonth } : undefined);
      }
      return invoice;
    }));
    return settleNext(checked, async (invoices) => {
      const isOpen = (invoice: PartnerInvoice): boolean => isDraft(invoice) || invoice.status === 'void';
      const open = invoices.filter(isOpen);
      const standing = invoices.filter((invoice) => !isOpen(invoice));
      const finalised = (open.length === 0 ? [] : await finaliseDrafts(open, act)).values();
      const recorded = (standing.length === 0 ? [] : recordAnswers(standing.map((invoice) => ({ answer: { outcome: 'unchanged', invoice }, action: 'copy' })), act)).values();
      return invoices.map((invoice): Settled<PartnerInvoice> => {
        if (isOpen(invoice)) {
          const done = finalised.next().value;
          return done && 'error' in done ? done : { value: valueOf(done) };
        }
        const copied = recorded.next().value;
        return copied && 'error' in copied ? copied : { value: invoice };
      });
    });
  }

  return {
    async finalise(id, act) {
      const finalised = valueOf((await finaliseSome([id], act, createContractLookup()))[0]);
      await storeQuietly([finalised]);
      return finalised;
    },

    async finaliseAll(ids, act, control = unattended, seen = nothingSeen) {
      const result = { succeeded: [] as PartnerInvoice[], failed: [] as { id: string; error: DaybookError }[] };
      const inForce = createContractLookup();
      for (let at = 0; at < ids.length; at += invoicesPerTransaction) {
        control.signal.throwIfAborted();
        const some = ids.slice(at, at + invoicesPerTransaction);
        const outcomes = await finaliseSome(some, act, inForce, seen).catch((error: unknown): Settled<PartnerInvoice>[] => {
          if (!(error instanceof DaybookError)) throw error;
          return some.map(() => ({ error }));
        });
        for (const [index, outcome] of outcomes.entries()) {
          if ('error' in outcome) result.failed.push({ id: some[index] ?? '', error: outcome.error });
          else result.succeeded.push(outcome.value);
        }
        control.report({ done: at + some.length, total: ids.length, note: 'Finalising invoices' });
      }
      await storeQuietly(result.succeeded, control);
      return result;
    },
  };
}

function changedSinceSeen(id: string): ConflictError {
  return new ConflictError('invoice-changed', 'The draft was changed meanwhile: its lines or totals are no longer the ones you saw.', { data: { id }, nextStep: 'Look at the draft again, then finalise it.' });
}
