/** Receivables as the interface shows them. */
import type { z } from 'zod';
import type { creditNoteSchema, creditPaymentSchema, customerCreditSchema, invoiceStandingSchema, receiptSchema, receivableActSchema } from '../../shared/api/invoice-lifecycle.contract.ts';
import { openMinorOf, owedMinorOf, voidedMinorOf, type PartnerInvoice } from '../billing/partner-invoice.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { creditedByLine, lineNetsOf } from './credit-note-calculation.ts';
import { bookOf } from './local-receivable-register.ts';
import { findAct, findCustomerOf, findInvoiceNumber, findReversalOf, listActsOfCredit, listActsOfInvoice, listActsOfReceipt, listCreditNoteActs, listCredits, listCreditsOf, listReceiptActs } from './receivable-act.repository.ts';
import { leftOfReceipt, standingActs, type CustomerCredit, type ReceivableAct } from './receivable-act.ts';
import { decideAct, isOpenTo } from './receivable-rules.ts';
import type { InvoicesPort } from './receivables.ports.ts';
import { explainStanding, type StandingFigure } from './standing-why.ts';
import type { Why } from '../../shared/api/primitives.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';

type StandingView = z.infer<typeof invoiceStandingSchema>;
type ActView = z.infer<typeof receivableActSchema>;
export type ReceiptView = z.infer<typeof receiptSchema>;
export type CreditNoteView = z.infer<typeof creditNoteSchema>;
export type CreditView = z.infer<typeof customerCreditSchema>;

export interface ReceivableViews {
  /** By id or number. @throws NotFoundError `invoice-not-found`. */
  standing(id: string): StandingView;
  standingOf(invoice: PartnerInvoice): StandingView;
  /** @throws NotFoundError `act-not-found`. */
  receipt(id: string | undefined): ReceiptView;
  receipts(filter: { readonly partyId?: string | undefined; readonly invoiceId?: string | undefined; readonly onlyUnapplied: boolean; readonly limit: number }): ReceiptView[];
  creditNote(id: string | undefined): CreditNoteView;
  creditNotes(filter: { readonly invoiceId?: string | undefined; readonly limit: number }): CreditNoteView[];
  /** Credits of customers with what became of each, newest first. */
  credits(filter: { readonly partyId?: string | undefined; readonly invoiceId?: string | undefined; readonly find?: string | undefined; readonly onlyLeft: boolean; readonly limit: number }): CreditView[];
  /** What finalising would apply, soonest to expire first. */
  creditsOf(partyId: string, currency: string, on: string): CustomerCredit[];
  customerName(partyId: string): string;
  /** How a figure of where it stands came about. */
  why(invoice: PartnerInvoice, figure: StandingFigure, now: number): Why;
}

export function createReceivableViews({ readable, invoices }: { readonly readable: ReadableDatabase; readonly invoices: InvoicesPort }): ReceivableViews {
  const mustFindAct = (id: string | undefined): ReceivableAct => {
    const act = findAct(readable, id ?? '');
    if (!act) throw new NotFoundError('act-not-found', 'There is no such act.', { data: { id: id ?? '' }, nextStep: 'Look at the invoice again, or sync first.' });
    return act;
  };
  const idOf = (id: string | undefined): string | undefined => (id === undefined ? undefined : (invoices.findByIdOrNumber(readable, id)?.id ?? id));
  const standingOf = (invoice: PartnerInvoice): StandingView => standingView(readable, invoices, invoice);
  return {
    standingOf,
    standing(id) {
      const invoice = invoices.findByIdOrNumber(readable, id);
      if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such invoice of ours.', { data: { id }, nextStep: 'Check the number, or sync first.' });
      return standingOf(invoice);
    },
    receipt: (id) => receiptView(readable, invoices, mustFindAct(id)),
    receipts({ partyId, invoiceId, onlyUnapplied, limit }) {
      const receipts = listReceiptActs(readable, { partyId, invoiceId: idOf(invoiceId), limit }).map((act) => receiptView(readable, invoices, act));
      return onlyUnapplied ? receipts.filter((receipt) => receipt.unapplied.amount > 0) : receipts;
    },
    creditNote: (id) => creditNoteView(readable, mustFindAct(id)),
    creditNotes: ({ invoiceId, limit }) => listCreditNoteActs(readable, { invoiceId: idOf(invoiceId), limit }).map((act) => creditNoteView(readable, act)),
    credits: (filter) => listCredits(readable, { ...filter, invoiceId: idOf(filter.invoiceId) }).map((credit) => creditView(readable, invoices, credit)),
    creditsOf: (partyId, currency, on) => listCreditsOf(readable, partyId, currency, on),
    customerName: (partyId) => findCustomerOf(readable, partyId),
    why: (invoice, figure, now) => explainStanding(invoice, listActsOfInvoice(readable, invoice.id), figure, now, (receiptId) => findAct(readable, receiptId)?.reference ?? null),
  };
}

function actView(database: ReadableDatabase, invoices: InvoicesPort, act: ReceivableAct): ActView {
  return {
    id: act.id, kind: act.kind, invoiceId: act.invoiceId, number: act.documentNumber, amount: { amount: act.amountMinor, currency: act.currency }, on: act.actedOn, reference: act.reference, reason: act.reason, actor: act.actor, at: act.recordedAt,
    reversedBy: findReversalOf(database, act.id), reverses: act.reverses, receiptId: act.receiptId, canBeReversed: canBeReversed(database, invoices, act),
  };
}

/** Asked of the very rule that would decide. */
function canBeReversed(database: ReadableDatabase, invoices: InvoicesPort, act: ReceivableAct): boolean {
  if (act.kind === 'reversal' || act.kind === 'sent' || act.kind === 'credit-carried') return false;
  try {
    decideAct(bookOf(database, invoices), { id: act.id, kind: 'reversal', reverses: act.id, actedOn: act.actedOn, reason: 'asked' });
    return true;
  } catch {
    return false;
  }
}

function actionsOf(invoice: PartnerInvoice, left: number): StandingView['actions'] {
  const { status } = invoice;
  if (status === 'draft') return ['edit', 'finalise'];
  const open = openMinorOf(invoice);
  const mayBeVoid = (status === 'finalised' || status === 'sent') || ((status === 'partly_paid' || status === 'paid') && invoice.creditedMinor + invoice.withheldMinor + invoice.writtenOffMinor === 0);
  const possible: [StandingView['actions'][number], boolean][] = [
    ['send', isOpenTo(status, 'sent')], ['pay', isOpenTo(status, 'allocation') && (open > 0 || status === 'uncollectible')], ['credit', isOpenTo(status, 'credit-note') && left > 0 && invoice.dueMinor > 0], ['write-off', isOpenTo(status, 'write-off') && open > 0],
    ['uncollectible', isOpenTo(status, 'uncollectible') && open > 0], ['withholding', isOpenTo(status, 'withholding-certificate') && (status !== 'paid' || invoice.withholdingMinor > 0)], ['void', mayBeVoid],
  ];
  return possible.filter(([, isPossible]) => isPossible).map(([action]) => action);
}

function standingView(database: ReadableDatabase, invoices: InvoicesPort, invoice: PartnerInvoice): StandingView {
  const acts = listActsOfInvoice(database, invoice.id);
  const credited = creditedByLine(acts);
  const creditable = invoice.number === null ? [] : lineNetsOf(invoice).map((netMinor, lineIndex) => ({ lineIndex, description: invoice.lines[lineIndex]?.description ?? '', netMinor, leftMinor: netMinor - (credited.get(lineIndex) ?? 0) }));
  const standing = standingActs(acts);
  const hasPayments = standing.some((act) => act.kind === 'allocation');
  const actions = actionsOf(invoice, creditable.reduce((sum, line) => sum + Math.max(0, line.leftMinor), 0));
  return {
    id: invoice.id, number: invoice.number, version: invoice.version, status: invoice.status, partyId: invoice.partyId, currency: invoice.currency, payableMinor: invoice.dueMinor, paidMinor: invoice.paidMinor, creditedMinor: invoice.creditedMinor,
    withheldMinor: invoice.withheldMinor, writtenOffMinor: invoice.writtenOffMinor, voidedMinor: voidedMinorOf(invoice), dueMinor: owedMinorOf(invoice), creditable, refundableMinor: invoice.paidMinor - standing.reduce((sum, act) => sum + act.restMinor, 0),
    replaces: invoice.replaces, replacedBy: invoices.findReplacement(database, invoice.id), sentAt: invoice.sentAt, actions: hasPayments ? actions.filter((action) => action !== 'void') : actions, acts: acts.map((act) => actView(database, invoices, act)),
  };
}

const paymentView = (database: ReadableDatabase, invoices: InvoicesPort, act: ReceivableAct): z.infer<typeof creditPaymentSchema> => ({
  actId: act.id, on: act.actedOn, amountMinor: act.amountMinor, bankReference: act.reference ?? '', canBeReversed: canBeReversed(database, invoices, act),
});

/** Granted = used + paid out + left, unless what gave it was taken back. */
function creditView(database: ReadableDatabase, invoices: InvoicesPort, credit: CustomerCredit): CreditView {
  const acts = listActsOfCredit(database, credit.id);
  const origin = acts.find((act) => act.kind === 'credit-note' || act.kind === 'credit-carried');
  const standing = standingActs(acts);
  const invoiceNumber = origin?.invoiceId ? findInvoiceNumber(database, origin.invoiceId) : null;
  return {
    id: credit.id, partyId: credit.account, customerName: findCustomerOf(database, credit.account), currency: credit.currency, document: origin?.documentNumber ?? invoiceNumber ?? '', invoiceId: origin?.invoiceId ?? null, on: origin?.actedOn ?? null, reason: credit.reason,
    expiresOn: credit.expiresOn, isTakenBack: origin !== undefined && !standing.includes(origin), grantedMinor: credit.amountMinor, usedMinor: standing.filter((act) => act.kind === 'credit-application').reduce((sum, act) => sum + act.amountMinor, 0),
    paidOutMinor: standing.filter((act) => act.kind === 'credit-payment').reduce((sum, act) => sum + act.amountMinor, 0), leftMinor: credit.remainingMinor,
    payments: standing.filter((act) => act.kind === 'credit-payment').map((act) => paymentView(database, invoices, act)),
  };
}

function receiptView(database: ReadableDatabase, invoices: InvoicesPort, receipt: ReceivableAct): ReceiptView {
  const acts = listActsOfReceipt(database, receipt.id);
  const allocations = standingActs(acts).filter((act) => act.kind === 'allocation');
  const { currency } = receipt;
  const isReversed = findReversalOf(database, receipt.id) !== null;
  return {
    id: receipt.id, partyId: receipt.partyId, customerName: findCustomerOf(database, receipt.partyId), on: receipt.actedOn, amount: { amount: receipt.amountMinor, currency }, unapplied: { amount: isReversed ? 0 : leftOfReceipt(receipt, acts), currency },
    bankReference: receipt.reference ?? '', isReversed, payments: standingActs(acts).filter((act) => act.kind === 'credit-payment').map((act) => paymentView(database, invoices, act)),
    allocations: allocations.map((act) => ({ actId: act.id, invoiceId: act.invoiceId ?? '', invoiceNumber: act.invoiceId === null ? null : findInvoiceNumber(database, act.invoiceId), amountMinor: act.amountMinor })),
  };
}

function creditNoteView(database: ReadableDatabase, note: ReceivableAct): CreditNoteView {
  return {
    id: note.id, number: note.documentNumber ?? '', invoiceId: note.invoiceId ?? '', on: note.actedOn, currency: note.currency, lines: [...(note.lines ?? [])], netMinor: note.netMinor, taxMinor: note.taxMinor, totalMinor: note.netMinor + note.taxMinor,
    withholdingMinor: note.withholdingMinor, offsetMinor: note.offsetMinor, restMinor: note.restMinor, settlement: note.settlement ?? 'offset', reason: note.reason ?? '', isVoid: findReversalOf(database, note.id) !== null,
  };
}
