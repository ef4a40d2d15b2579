/**
 * What can be done to an invoice after it was finalised, and to a receipt: acts, which are only ever added to (docs/adr/0021). Pure.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';

export const receivableActKinds = ['sent', 'receipt', 'allocation', 'credit-note', 'credit-application', 'credit-carried', 'credit-payment', 'refund-payment', 'withholding-certificate', 'uncollectible', 'write-off', 'reversal'] as const;
export type ReceivableActKind = (typeof receivableActKinds)[number];
export type Settlement = 'offset' | 'refund' | 'credit';

/** A line of an invoice, or a part of it, as a credit note takes it back: after discounts, before tax. */
export interface CreditedLine {
  readonly lineIndex: number;
  readonly description: string;
  readonly netMinor: number;
}

export interface ReceivableAct {
  /** Made by who asks, before it is sent. */
  readonly id: string;
  /** The order in which acts count; given where they are recorded. */
  readonly sequence: number;
  readonly kind: ReceivableActKind;
  readonly invoiceId: string | null;
  readonly receiptId: string | null;
  readonly creditId: string | null;
  readonly creditNoteId: string | null;
  /** The act that this one takes back. */
  readonly reverses: string | null;
  /** `CN-2026-0001`. */
  readonly documentNumber: string | null;
  readonly partyId: string;
  readonly currency: string;
  /** What was received, applied, carried to credit, paid out, given up; of a credit note: what the customer gets, total less withholding. */
  readonly amountMinor: number;
  /** Of a credit note: taken off the due. */
  readonly offsetMinor: number;
  /** Of a credit note: to be refunded, or kept as credit. */
  readonly restMinor: number;
  /** Of an allocation: of what had been marked uncollectible. */
  readonly recoveredMinor: number;
  /** Of a withholding certificate: what goes beyond the withholding the invoice foresaw. */
  readonly unforeseenMinor: number;
  readonly netMinor: number;
  /** Of a credit note, an uncollectible mark or a recovery: its part of the tax. */
  readonly taxMinor: number;
  readonly withholdingMinor: number;
  readonly settlement: Settlement | null;
  readonly lines: readonly CreditedLine[] | null;
  readonly actedOn: LocalDate;
  /** Functional units per unit of the currency on that day; null in functional currency, and where the day's rate does not matter. */
  readonly functionalRate: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly requestId: string;
  readonly actor: string;
  readonly recordedAt: Instant;
}

/** What is asked for: the register decides the rest. */
export interface ActIntent {
  readonly id: string;
  readonly kind: ReceivableActKind;
  readonly invoiceId?: string;
  readonly receiptId?: string;
  readonly creditId?: string;
  readonly creditNoteId?: string;
  readonly reverses?: string;
  readonly partyId?: string;
  readonly currency?: string;
  readonly amountMinor?: number;
  readonly netMinor?: number;
  readonly taxMinor?: number;
  readonly withholdingMinor?: number;
  readonly settlement?: Settlement;
  readonly expiresOn?: LocalDate | null;
  readonly lines?: readonly CreditedLine[];
  /** Every line of the invoice after discounts: what credit notes are counted against. */
  readonly lineNets?: readonly number[];
  readonly actedOn: LocalDate;
  readonly functionalRate?: string | null;
  readonly reference?: string;
  readonly reason?: string;
}

/** What a customer may use up: made by credit notes, and by invoices that come to less than nothing. */
export interface CustomerCredit {
  readonly id: string;
  /** The party. */
  readonly account: string;
  readonly amountMinor: number;
  readonly remainingMinor: number;
  readonly currency: string;
  readonly reason: string;
  /** The last day on which it can be used. */
  readonly expiresOn: LocalDate | null;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly version: number;
}

/** Acts that were not taken back, without the reversals. */
export function standingActs<Act extends Pick<ReceivableAct, 'id' | 'kind' | 'reverses'>>(acts: readonly Act[]): Act[] {
  const reversed = new Set(acts.map((act) => act.reverses));
  return acts.filter((act) => act.kind !== 'reversal' && !reversed.has(act.id));
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number => items.reduce((total, item) => total + of(item), 0);

export interface Settled {
  readonly paidMinor: number;
  readonly creditedMinor: number;
  readonly withheldMinor: number;
  readonly writtenOffMinor: number;
  /** Of it: marked uncollectible and not recovered. */
  readonly uncollectibleMinor: number;
  readonly sentAt: Instant | null;
}

/** What acts of a receipt have not taken of it: neither applied to invoices nor paid back, in minor units. @param acts of the receipt, with what took them back. */
export function leftOfReceipt(receipt: Pick<ReceivableAct, 'amountMinor'>, acts: readonly ReceivableAct[]): number {
  return receipt.amountMinor - sum(standingActs(acts).filter(({ kind }) => kind === 'allocation' || kind === 'credit-payment'), (act) => act.amountMinor);
}

/** What the acts of one invoice come to. */
export function settledBy(acts: readonly ReceivableAct[]): Settled {
  const standing = standingActs(acts);
  const amountOf = (...kinds: readonly ReceivableActKind[]): number => sum(standing.filter((act) => kinds.includes(act.kind)), (act) => act.amountMinor);
  const recovered = sum(standing, (act) => act.recoveredMinor);
  const sent = standing.filter((act) => act.kind === 'sent').map((act) => act.recordedAt);
  return {
    paidMinor: amountOf('allocation', 'credit-application') - amountOf('credit-carried'), creditedMinor: sum(standing, (act) => act.offsetMinor), withheldMinor: sum(standing, (act) => act.unforeseenMinor),
    writtenOffMinor: amountOf('write-off', 'uncollectible') - recovered, uncollectibleMinor: amountOf('uncollectible') - recovered, sentAt: sent.length > 0 ? Math.min(...sent) : null,
  };
}
