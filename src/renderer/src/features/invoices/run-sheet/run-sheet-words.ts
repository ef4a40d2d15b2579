import type { z } from 'zod';
import type { runSheetFlagSchema, runSheetRowSchema } from '../../../../../shared/api/run-sheet.contract.ts';

export type RunSheetRow = z.infer<typeof runSheetRowSchema>;
export type RunSheetFlag = z.infer<typeof runSheetFlagSchema>;

/** What a flag means, as a sentence. */
export const flagSentences: Readonly<Record<RunSheetFlag, string>> = {
  failed: 'This partner cannot be billed as it stands.',
  'late-usage-unbilled': 'Usage came after the contract’s last invoice; no invoice will charge it by itself.',
  'draft-outdated': 'Usage, terms, a name, an address or the rounding of tax changed since the draft was made: make the drafts again.',
  'new-partner': 'The contract was not in force in the month before.',
  'usage-up': 'At least half as much usage again as in the month before.',
  'usage-down': 'At most half the usage of the month before.',
  'zero-usage': 'No usage was recorded in the month.',
  'price-changed': 'Price, tiers, included units, minimum or discount are not those of the month before.',
  'late-usage': 'Usage of an earlier month that came after its invoice is charged or taken back here.',
  'late-usage-other-currency': 'Usage of an earlier month came late, but was billed in another currency: it is on no invoice.',
  'negative-total': 'More is taken back than charged: the total is below zero.',
  'email-missing': 'The partner has no billing e-mail.',
  'tax-number-missing': 'Reverse charge needs the partner’s tax number.',
  'vat-id-invalid': 'Reverse charge, and the partner’s VAT id does not hold: its form or its check digits are wrong.',
  'address-missing': 'The partner has no billing address.',
};

/** A draft that somebody may say was looked at. */
export function canApprove(row: RunSheetRow): boolean {
  return (row.state === 'to-review' || row.state === 'changed') && row.invoiceId !== null && row.totalsFingerprint !== null;
}

export function canFinalise(row: RunSheetRow): boolean {
  return row.state === 'approved' && row.invoiceId !== null;
}

/** 5000 basis points → '+50.0 %' in the locale. */
export function changeText(basisPoints: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', signDisplay: 'exceptZero', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(basisPoints / 10_000).replace('-', '−');
}
