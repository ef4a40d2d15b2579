/** Where reviews of drafts are kept. */
import type { Instant } from '../../shared/calendar/time-zone.ts';
import type { TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import type { Act } from './invoice-recorder.ts';

export interface InvoiceReview {
  /** The invoice's. */
  readonly id: string;
  readonly totalsFingerprint: string;
  readonly reviewedBy: string;
  readonly reviewedAt: Instant;
}

/** A draft as it was seen. */
export interface SeenDraft {
  readonly id: string;
  readonly totalsFingerprint: string;
}

/**
 * Port: where reviews and the settings of late usage and of rounding are kept: the shared database's server functions (migrations/postgres/0023 and 0039) or the local twin. Errors carry the codes
 * `invoice-not-found`, `invoice-state`, `invoice-changed`.
 */
export interface ReviewRegister {
  /** Idempotent: a review of the same figures that stands is left as it is. */
  review(request: SeenDraft & { readonly reviewedAt: Instant } & Act & { readonly requestId: string }): Promise<InvoiceReview>;
  setTaxRounding(request: { readonly taxRounding: TaxRounding } & Act & { readonly requestId: string }): Promise<void>;
  setLateUsageMonths(request: { readonly months: number; readonly setAt: Instant } & Act & { readonly requestId: string }): Promise<void>;
}
