/** Drafts that are to be finalised, and what mends those that are refused. */

export interface DraftToFinalise {
  readonly id: string;
  readonly number: string | null;
  readonly customerName: string;
  /** Null for a one-off draft. */
  readonly billingMonth: string | null;
  readonly total: { amount: number; currency: string };
  /** Of lines and totals as they are looked at. */
  readonly totalsFingerprint: string | null;
}

/** What a one-off draft takes over with its next edit, by the code that refuses it; a partner's month takes it over when it is billed again. */
export const takeOverLabels: Readonly<Record<string, string>> = { 'records-changed': 'Take over what the records say', 'tax-rounding-changed': 'Take over what the settings say' };
