/**
 * Who looked at a draft before it was finalised, when, and at which figures: a draft that came to other figures since counts as not looked at (docs/adr/0024).
 */
import { ConflictError, DaybookError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { failureOf, type Act, type BillingFailure } from './invoice-recorder.ts';
import type { ReviewRegister, SeenDraft } from './invoice-reviews.ports.ts';
import { findReview, keepLateUsageMonths, keepTaxRounding, saveReview } from './invoice-reviews.repository.ts';
import { mostLateUsageMonths } from './late-usage.ts';
import { readLateUsageMonths } from './late-usage-reading.ts';
import { findPartnerInvoice } from './partner-invoice.repository.ts';
import type { AuditPort } from './partner-invoicing.ports.ts';
import { readTaxRounding } from './tax-rounding.ts';

export interface InvoiceReviews {
  /** Says of each draft that it was looked at; one that changed meanwhile stops no other. */
  approve(drafts: readonly SeenDraft[], act: Act): Promise<{ readonly succeeded: readonly string[]; readonly failed: readonly BillingFailure[] }>;
  /** How many months back late usage is charged. @throws ValidationError `late-usage-months-invalid`. */
  setLateUsageMonths(months: number, act: Act): Promise<number>;
  /** How tax is rounded on drafts that are made, made again or edited from now on. */
  setTaxRounding(taxRounding: TaxRounding, act: Act): Promise<TaxRounding>;
}

export interface InvoiceReviewsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly register: ReviewRegister;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly newId: () => string;
}

export function createInvoiceReviews({ readable, unitOfWork, register, audit, clock, newId }: InvoiceReviewsDependencies): InvoiceReviews {
  return {
    async approve(drafts, act) {
      const result = { succeeded: [] as string[], failed: [] as BillingFailure[] };
      for (const draft of drafts) {
        try {
          const review = await register.review({ ...draft, actor: act.actor, reviewedAt: clock.now(), requestId: newId() });
          unitOfWork.run('billing.review', (database) => {
            if (saveReview(database, review)) audit.append(database, { entity: 'invoice', entityId: review.id, action: 'review', actor: act.actor, requestId: act.requestId, diff: { totalsFingerprint: review.totalsFingerprint } });
          });
          result.succeeded.push(draft.id);
        } catch (error) {
          result.failed.push(failureOf(draft.id, findPartnerInvoice(readable, draft.id)?.snapshot.customer.name ?? draft.id, error));
        }
      }
      return result;
    },
    async setLateUsageMonths(months, act) {
      if (!Number.isInteger(months) || months < 0 || months > mostLateUsageMonths) {
        throw new ValidationError('late-usage-months-invalid', `Late usage is looked for in 0 to ${mostLateUsageMonths} months.`, { data: { months }, nextStep: 'Give a whole number of months; 0 charges none.' });
      }
      const before = readLateUsageMonths(readable);
      const setAt = clock.now();
      await register.setLateUsageMonths({ months, setAt, actor: act.actor, requestId: act.requestId ?? newId() });
      unitOfWork.run('billing.late-usage-months', (database) => {
        if (keepLateUsageMonths(database, months, setAt)) audit.append(database, { entity: 'ledger-setting', entityId: 'late_usage_months', action: 'set', actor: act.actor, requestId: act.requestId, diff: { before, after: months } });
      });
      return months;
    },
    async setTaxRounding(taxRounding, act) {
      const before = readTaxRounding(readable);
      await register.setTaxRounding({ taxRounding, actor: act.actor, requestId: act.requestId ?? newId() });
      unitOfWork.run('billing.tax-rounding', (database) => {
        if (keepTaxRounding(database, taxRounding, clock.now())) audit.append(database, { entity: 'ledger-setting', entityId: 'tax_rounding', action: 'set', actor: act.actor, requestId: act.requestId, diff: { before, after: taxRounding } });
      });
      return taxRounding;
    },
  };
}

/** The local twin, for a desk that works alone: the same rules, the same codes. */
export function createLocalReviewRegister({ readable, user, assertAlone = () => undefined }: { readonly readable: ReadableDatabase; readonly user: string; /** Throws where a shared ledger decides. */ readonly assertAlone?: () => void }): ReviewRegister {
  return {
    review: async ({ id, totalsFingerprint, reviewedAt }) => {
      assertAlone();
      const invoice = findPartnerInvoice(readable, id);
      if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such invoice.', { data: { id }, nextStep: 'Check the number, or sync first.' });
      if (invoice.status !== 'draft') throw new StateError('invoice-state', 'Only a draft is reviewed.', { data: { id } });
      if (invoice.totalsFingerprint !== totalsFingerprint) throw draftChanged(id);
      const standing = findReview(readable, id);
      return standing?.totalsFingerprint === totalsFingerprint ? standing : { id, totalsFingerprint, reviewedBy: user, reviewedAt };
    },
    // The ledger's own settings are the only ones.
    setTaxRounding: async () => assertAlone(),
    setLateUsageMonths: async () => assertAlone(),
  };
}

function draftChanged(id: string): DaybookError {
  return new ConflictError('invoice-changed', 'The draft was refreshed meanwhile: its totals are no longer the ones you saw.', { data: { id }, nextStep: 'Look at the draft again, then approve it.' });
}
