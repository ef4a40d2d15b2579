/** A credit note as a document: the act's stored integers in the words and the look of the invoice it credits. Pure. */
import { reasonIn, wordsOf } from './document-words.ts';
import { createHash } from 'node:crypto';
import { addMinorUnits, mulDiv } from '../../shared/money/money.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { withholdingRateOf } from '../receivables/credit-note-calculation.ts';
import type { ReceivableAct } from '../receivables/receivable-act.ts';
import { taxKey, type DocumentLine, type DocumentTaxShare, type DocumentWithholding, type InvoiceDocument } from './document-model.ts';
import { taxOfLine } from './partner-invoice-document.ts';

export interface IssuedCreditNote {
  /** Of kind `credit-note`. */
  readonly act: ReceivableAct;
  /** It was taken back. */
  readonly isVoid: boolean;
  /** The invoice it credits. */
  readonly invoice: PartnerInvoice;
}

export function documentOfCreditNote({ act, isVoid, invoice }: IssuedCreditNote): InvoiceDocument {
  const { snapshot } = invoice;
  const lines = (act.lines ?? []).map((line): DocumentLine => ({ description: line.description, explanation: null, quantity: null, unitPrice: null, amountMinor: line.netMinor, tax: taxOfLine(invoice, line.lineIndex) }));
  return {
    kind: 'credit-note', status: isVoid ? 'void' : 'issued', number: act.documentNumber, currency: act.currency, choice: snapshot.document ?? { language: 'en', lookId: null }, issueDate: act.actedOn, dueDate: null, paymentTermsDays: snapshot.paymentTermsDays,
    service: invoice.billingStart && invoice.billingEnd ? { start: invoice.billingStart, end: invoice.billingEnd } : null, issuer: snapshot.issuer, customer: snapshot.customer, contractReference: invoice.apiKeyPrefix, purchaseOrderNumber: snapshot.purchaseOrderNumber,
    preceding: [{ number: invoice.number ?? invoice.id, issueDate: invoice.issueDate }], lines, discounts: [], subtotalMinor: act.netMinor, taxes: taxesOf(act, lines), totalMinor: addMinorUnits(act.netMinor, act.taxMinor),
    withholdings: withholdingsOf(act, invoice), settled: [], dueMinor: act.amountMinor,
    calculation: null, creditSettlement: { offsetMinor: act.offsetMinor, restMinor: act.restMinor, restGoes: act.settlement ?? 'offset' }, notes: [act.reason, snapshot.exemptionReason && reasonIn(snapshot.exemptionReason, wordsOf(snapshot.document?.language ?? 'en'))].flatMap((note) => (note ? [note] : [])),
    totalsFingerprint: creditNoteFingerprint(act), madeAt: act.recordedAt,
  };
}

/** The act knows its tax as a whole: each rate's share is worked out, and what rounding leaves goes to the largest, so that together they are the act's. */
function taxesOf(act: ReceivableAct, lines: readonly DocumentLine[]): DocumentTaxShare[] {
  const groups = [...Map.groupBy(lines, (line) => taxKey(line.tax)).values()].flatMap((ofTax) => {
    const [first] = ofTax;
    return first ? [{ tax: first.tax, baseMinor: addMinorUnits(...ofTax.map((line) => line.amountMinor)) }] : [];
  });
  return togetherMaking(act.taxMinor, groups.map((group) => ({ ...group, amountMinor: group.tax.treatment === 'standard' ? mulDiv(group.baseMinor, group.tax.basisPoints, 10_000, 'half-away-from-zero') : 0 })));
}

/** As with tax, each rate's share of the act's. */
function withholdingsOf(act: ReceivableAct, invoice: PartnerInvoice): DocumentWithholding[] {
  if (act.withholdingMinor === 0) return [];
  const shares = [...Map.groupBy(act.lines ?? [], ({ lineIndex }) => withholdingRateOf(invoice, lineIndex))].map(([basisPoints, lines]): DocumentWithholding => {
    const baseMinor = addMinorUnits(...lines.map((line) => line.netMinor));
    return { basisPoints, baseMinor, amountMinor: mulDiv(baseMinor, basisPoints, 10_000, 'half-away-from-zero') };
  });
  return togetherMaking(act.withholdingMinor, shares).filter(({ amountMinor }) => amountMinor !== 0);
}

/** What rounding leaves goes to the largest. */
function togetherMaking<Share extends { readonly amountMinor: number }>(totalMinor: number, shares: readonly Share[]): Share[] {
  const difference = totalMinor - addMinorUnits(...shares.map((share) => share.amountMinor));
  const largest = shares.reduce<Share | undefined>((most, share) => (most && Math.abs(most.amountMinor) >= Math.abs(share.amountMinor) ? most : share), undefined);
  return shares.map((share) => (share === largest ? { ...share, amountMinor: addMinorUnits(share.amountMinor, difference) } : share));
}

/** SHA-256, hex, over what a credit note says in figures: fixed order, integers as they are. */
export function creditNoteFingerprint(act: ReceivableAct): string {
  return createHash('sha256').update(JSON.stringify([
    'daybook-credit-note-1', act.documentNumber, act.invoiceId, act.currency, act.netMinor, act.taxMinor, act.withholdingMinor, act.amountMinor, act.offsetMinor, act.restMinor, (act.lines ?? []).map((line) => [line.lineIndex, line.description, line.netMinor]),
  ])).digest('hex');
}
