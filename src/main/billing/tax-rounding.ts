/** How tax is rounded where nobody chose it for an invoice: a setting of the ledger (domain.md §4). */
import { composeDraft, noEdits } from '../../shared/invoicing/draft-document.ts';
import type { TaxRounding } from '../../shared/invoicing/invoice-totals.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { basisOf } from './draft-editing.ts';
import { findLedgerSetting } from './partner-invoice.repository.ts';
import type { InvoiceDraft } from './partner-invoice.ts';
import { totalsFingerprint } from './totals-fingerprint.ts';

export const taxRoundingSetting = 'tax_rounding';

/** Once per invoice and rate unless the ledger says otherwise: EN 16931 needs it so. */
export function readTaxRounding(readable: ReadableDatabase): TaxRounding {
  return findLedgerSetting(readable, taxRoundingSetting) === 'per-line' ? 'per-line' : 'per-invoice';
}

/** A rated draft with the tax of each line rounded by itself, half away from zero to the minor unit; lines, subtotal and withholding stay as they were rated. */
export function withTaxPerLine(rated: InvoiceDraft): InvoiceDraft {
  const { figures } = composeDraft({ basis: basisOf(rated), edits: { ...noEdits, taxRounding: 'per-line' } });
  const { snapshot } = rated;
  const taxes = snapshot.taxes?.map((share) => {
    const own = figures.taxes.find(({ treatment, basisPoints }) => treatment === (share.treatment ?? snapshot.taxTreatment) && basisPoints === share.basisPoints);
    return { ...share, amountMinor: own?.amountMinor ?? share.amountMinor };
  });
  const facts = { ...rated, taxMinor: figures.taxMinor, totalMinor: figures.totalMinor, dueMinor: figures.payableMinor };
  return { ...facts, snapshot: { ...snapshot, taxRounding: 'per-line', ...(taxes ? { taxes } : {}) }, totalsFingerprint: totalsFingerprint(facts) };
}
