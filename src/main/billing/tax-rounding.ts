/** How tax is rounded where nobody chose it for an invoice: a setting of the ledger (domain.md §4). */
import { composeDraft, noEdits } from '../../shared/invoicing/draft-document.ts';
import type { Month } from '../../shared/calendar/local-date.ts';
import type { InvoiceFigures, TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { basisOf, type RatedInvoice } from './draft-editing.ts';
import { calculatePartnerInvoice, type PartnerInvoiceCalculation, type RatedPart } from './partner-invoice-calculation.ts';
import { findLedgerSetting } from './partner-invoice.repository.ts';
import type { InvoiceDraft } from './partner-invoice.ts';
import { totalsFingerprint } from './totals-fingerprint.ts';

export const taxRoundingSetting = 'tax_rounding';

/** Once per invoice and rate unless the ledger says otherwise: EN 16931 needs it so. */
export function readTaxRounding(readable: ReadableDatabase): TaxRounding {
  return findLedgerSetting(readable, taxRoundingSetting) === 'per-line' ? 'per-line' : 'per-invoice';
}

/** A rated draft with its tax rounded as the ledger says. */
export function withTaxRounded(rated: InvoiceDraft, taxRounding: TaxRounding): InvoiceDraft {
  return taxRounding === 'per-line' ? withTaxPerLine(rated) : rated;
}

/**
 * What a month of these parts comes to with its tax, rounded as on its invoice: for what other terms would have cost.
 * @returns minor units. @throws RangeError without a part.
 */
export function totalOfMonth(parts: readonly RatedPart[], month: Month, taxRounding: TaxRounding): Pick<PartnerInvoiceCalculation, 'currency' | 'totalMinor'> {
  const calculation = calculatePartnerInvoice(parts, month);
  const terms = parts.at(-1)?.terms;
  if (!terms || taxRounding === 'per-invoice') return calculation;
  const { totalMinor } = figuresPerLine({ ...calculation, month, snapshot: { ...terms, purchaseOrderNumber: null, rated: { parts, subtotalMinor: calculation.subtotalMinor } } });
  return { currency: calculation.currency, totalMinor };
}

const figuresPerLine = (rated: RatedInvoice): InvoiceFigures => composeDraft({ basis: basisOf(rated), edits: { ...noEdits, taxRounding: 'per-line' } }).figures;

/** A rated draft with the tax of each line rounded by itself, half away from zero to the minor unit; lines, subtotal and withholding stay as they were rated. */
function withTaxPerLine(rated: InvoiceDraft): InvoiceDraft {
  const figures = figuresPerLine(rated);
  const { snapshot } = rated;
  const taxes = snapshot.taxes?.map((share) => {
    const own = figures.taxes.find(({ treatment, basisPoints }) => treatment === (share.treatment ?? snapshot.taxTreatment) && basisPoints === share.basisPoints);
    return { ...share, amountMinor: own?.amountMinor ?? share.amountMinor };
  });
  const facts = { ...rated, taxMinor: figures.taxMinor, totalMinor: figures.totalMinor, dueMinor: figures.payableMinor };
  return { ...facts, snapshot: { ...snapshot, taxRounding: 'per-line', ...(taxes ? { taxes } : {}) }, totalsFingerprint: totalsFingerprint(facts) };
}
