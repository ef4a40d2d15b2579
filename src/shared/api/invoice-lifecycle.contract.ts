/**
 * The life of our own invoices, partner and one-off: drafts edited line by line, acts on finalised ones, receipts, credit notes, ageing (domain.md §4).
 * Reading receipts, credit notes, ageing and statements needs finance: a viewer's desk holds no acts. Every command needs an accountant, carries a `commandId` (the same id is the same command, also over a lost answer) and answers with what it changed.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, currencySchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema } from './primitives.ts';

/** What a person writes to say why; kept in the audit log. */
export const reasonSchema = z.string().trim().min(3).max(500);
const decimalSchema = z.string().regex(/^-?\d{1,12}(\.\d{1,8})?$/, 'A decimal number looks like 12.50.');
const basisPointsSchema = z.number().int().min(0).max(10_000);
const descriptionSchema = z.string().trim().min(1).max(1_000);

export const taxTreatmentSchema = z.enum(['standard', 'reverse-charge', 'exempt', 'outside-scope']);
/** Tax of one line; a line without its own has the invoice's. */
export const lineTaxSchema = z.object({ treatment: taxTreatmentSchema, basisPoints: basisPointsSchema });
/** Taken off a line, or off the whole invoice. `percentage`: rounded half away from zero. */
export const discountSchema = z.discriminatedUnion('kind', [z.object({ kind: z.literal('percentage'), basisPoints: basisPointsSchema }), z.object({ kind: z.literal('amount'), amountMinor: minorUnitsSchema.min(0) })]);

// ── Drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the contract and the usage came to, kept beside what a person made of it. */
export const ratedLineSchema = z.object({ description: z.string(), quantity: z.string().nullable(), unitPrice: z.string().nullable(), amountMinor: minorUnitsSchema, discountMinor: minorUnitsSchema, /** Only where it is not the whole's. */ withholdingBasisPoints: z.number().int().nullable().optional() });

export const draftLineSchema = z.object({
  /** Stays the same over edits and billing runs. */
  id: z.string(), origin: z.enum(['rated', 'added']), description: z.string(), quantity: z.string().nullable(), /** Major units. */ unitPrice: z.string().nullable(),
  /** Before its discount. */ amountMinor: minorUnitsSchema, discount: discountSchema.nullable(), discountMinor: minorUnitsSchema, /** A person chose the line's discount, also none; else a rated line bears the contract's. */ hasOwnDiscount: z.boolean(), /** Null: the invoice's. */ tax: lineTaxSchema.nullable(),
  /** Taken out by a person; shown struck through, counts for nothing. */ isRemoved: z.boolean(),
  /** Null for added lines. */ rated: ratedLineSchema.nullable(),
  /** The last deviation from what was rated. */ edit: z.object({ reason: z.string(), by: z.string(), at: instantSchema }).nullable(),
  /** A billing run has rated the line anew since it was edited: what the edit was made on. The edit stands until a person edits the line again. */
  clash: z.object({ ratedThenMinor: minorUnitsSchema, ratedNowMinor: minorUnitsSchema.nullable() }).nullable(),
  explanation: z.string().nullable(),
});

export const taxShareSchema = z.object({ treatment: taxTreatmentSchema, basisPoints: z.number().int(), /** After discounts, before tax. */ baseMinor: minorUnitsSchema, amountMinor: minorUnitsSchema });
export const draftTotalsSchema = z.object({
  /** Of lines and of the whole, together. */ discountMinor: minorUnitsSchema, subtotalMinor: minorUnitsSchema, taxes: z.array(taxShareSchema), taxMinor: minorUnitsSchema, totalMinor: minorUnitsSchema, withholdingMinor: minorUnitsSchema,
  /** Each rate once; together the withholding. */ withholdings: z.array(z.object({ basisPoints: z.number().int(), baseMinor: minorUnitsSchema, amountMinor: minorUnitsSchema })),
  /** What the customer pays: total less withholding. Credits are applied to it when the invoice is finalised. */ payableMinor: minorUnitsSchema,
});
export const priceModeSchema = z.enum(['exclusive', 'inclusive']);
export const taxRoundingSchema = z.enum(['per-invoice', 'per-line']);

/** A customer that was typed in: the country stands beside the lines of the address and decides the tax. */
export const typedCustomerSchema = z.object({ name: z.string().trim().min(1).max(300), legalName: z.string().max(300).nullable(), address: z.array(z.string().max(300)).max(8), country: z.string().regex(/^[A-Z]{2}$/).nullable(), email: z.string().max(300).nullable(), taxNumber: z.string().max(50).nullable() });

export const invoiceDraftSchema = z.object({
  id: z.string(), /** Sent back with every edit: what was seen is what is changed. */ version: z.number().int(), /** Sent back when it is finalised: what was seen is what is finalised. */ totalsFingerprint: z.string(), kind: z.enum(['partner', 'one-off']), /** Null for a one-off draft. */ billingMonth: monthSchema.nullable(), customerName: z.string(), partyId: z.string(), /** Only of a customer that was typed in; null for a partner, whose record says it. */ customer: typedCustomerSchema.nullable(), currency: currencySchema,
  lines: z.array(draftLineSchema), /** Off the whole invoice, beside what lines and contract take off. */ discount: discountSchema.nullable(),
  tax: lineTaxSchema.extend({ jurisdiction: z.string().nullable(), /** Why no tax is charged, printed on the invoice. */ exemptionReason: z.string().nullable(), vatIdState: z.enum(['missing', 'invalid', 'unverified']).nullable() }),
  priceMode: priceModeSchema, taxRounding: taxRoundingSchema, withholdingBasisPoints: z.number().int(),
  notes: z.string().nullable(), purchaseOrderNumber: z.string().nullable(), /** Null: the day it is finalised. */ issueDate: localDateSchema.nullable(), /** Null: by the payment terms. */ dueDate: localDateSchema.nullable(), paymentTermsDays: z.number().int(),
  totals: draftTotalsSchema,
  /** What finalising would apply, soonest to expire first. */ creditsAvailable: z.array(z.object({ id: z.string(), remaining: moneySchema, expiresOn: localDateSchema.nullable(), reason: z.string() })),
  /** What stands in the way of finalising it. */ problems: z.array(z.object({ code: z.string(), message: z.string() })),
});

/** One step of an edit. Steps of a call are applied in their order, all or none; the inverse step undoes one. */
export const draftEditSchema = z.discriminatedUnion('kind', [
  /** Quantity × price, or an amount by itself. The client makes the id, so that undo and redo name the same line. */
  z.object({ kind: z.literal('add-line'), lineId: z.uuid(), description: descriptionSchema, quantity: decimalSchema.nullable(), unitPrice: decimalSchema.nullable(), amountMinor: minorUnitsSchema.nullable(), discount: discountSchema.nullable().default(null), tax: lineTaxSchema.nullable().default(null), /** Where it goes; null: last. */ beforeLineId: z.string().nullable().default(null) }),
  /** Only what is given changes. On a rated line a change of figures needs the reason; it is the last word on the line until it is restored. */
  z.object({ kind: z.literal('change-line'), lineId: z.string(), description: descriptionSchema.optional(), quantity: decimalSchema.nullable().optional(), unitPrice: decimalSchema.nullable().optional(), amountMinor: minorUnitsSchema.optional(), discount: discountSchema.nullable().optional(), tax: lineTaxSchema.nullable().optional(), reason: reasonSchema.optional() }),
  /** A rated line stays, struck through, and can be restored; an added one goes. */
  z.object({ kind: z.literal('remove-line'), lineId: z.string(), reason: reasonSchema.optional() }),
  /** A rated line as it was rated: takes back every edit of it. */
  z.object({ kind: z.literal('restore-line'), lineId: z.string() }),
  z.object({ kind: z.literal('order-lines'), lineIds: z.array(z.string()).max(1_000) }),
  z.object({ kind: z.literal('set-discount'), discount: discountSchema.nullable(), reason: reasonSchema.optional() }),
  /** Only what is given changes. */
  z.object({ kind: z.literal('set-details'), notes: z.string().max(5_000).nullable().optional(), purchaseOrderNumber: z.string().max(100).nullable().optional(), issueDate: localDateSchema.nullable().optional(), dueDate: localDateSchema.nullable().optional() }),
  /** Only what is given changes, and only of a customer that was typed in. Another name is another customer in ageing and statements; country and VAT id decide the tax anew where nobody chose one. */
  typedCustomerSchema.partial().extend({ kind: z.literal('set-customer') }),
  /** Names, addresses and tax numbers as the records have them by now, on a one-off draft. A partner's month takes them over when it is billed again. */
  z.object({ kind: z.literal('take-records') }),
  z.object({ kind: z.literal('set-tax'), tax: lineTaxSchema.optional(), priceMode: priceModeSchema.optional(), taxRounding: taxRoundingSchema.optional(), /** Null: as the contract has it. */ withholdingBasisPoints: basisPointsSchema.nullable().optional(), exemptionReason: z.string().max(500).nullable().optional(), reason: reasonSchema.optional() }),
]);

/** A partner of the shared database, or a customer typed in; the same name is the same customer in ageing and statements. */
export const oneOffCustomerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('partner'), partnerId: idSchema }),
  typedCustomerSchema.extend({ kind: z.literal('typed'), legalName: typedCustomerSchema.shape.legalName.default(null), address: typedCustomerSchema.shape.address.default([]), country: typedCustomerSchema.shape.country.default(null), email: typedCustomerSchema.shape.email.default(null), taxNumber: typedCustomerSchema.shape.taxNumber.default(null) }),
]);

// ── Acts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const receivableActKindSchema = z.enum(['sent', 'receipt', 'allocation', 'credit-note', 'credit-application', 'credit-carried', 'credit-payment', 'refund-payment', 'withholding-certificate', 'uncollectible', 'write-off', 'reversal']);
export const receivableActSchema = z.object({
  id: z.string(), kind: receivableActKindSchema, invoiceId: z.string().nullable(), /** `CN-2026-0001`. */ number: z.string().nullable(), amount: moneySchema, on: localDateSchema, /** Bank reference, certificate. */ reference: z.string().nullable(), reason: z.string().nullable(),
  actor: z.string(), at: instantSchema, /** The act that took this one back. */ reversedBy: z.string().nullable(), /** The act this one takes back. */ reverses: z.string().nullable(), receiptId: z.string().nullable(), canBeReversed: z.boolean(),
});
export const invoiceActionSchema = z.enum(['edit', 'finalise', 'send', 'pay', 'credit', 'write-off', 'uncollectible', 'withholding', 'void']);

/** Where an invoice stands: total − withholding = payable = paid + credited + withheld + writtenOff + due. */
export const invoiceStandingSchema = z.object({
  id: z.string(), number: z.string().nullable(), version: z.number().int(), status: z.string(), partyId: z.string(), currency: currencySchema,
  payableMinor: minorUnitsSchema, /** Cash and the customer's credits; negative where the invoice came to less than nothing and was carried to credit. */ paidMinor: minorUnitsSchema, /** Credit notes offset against it. */ creditedMinor: minorUnitsSchema, /** Kept back for the tax authority beyond what the invoice foresaw. */ withheldMinor: minorUnitsSchema, /** Rests given up, and what is uncollectible and not recovered. */ writtenOffMinor: minorUnitsSchema, /** What voiding it took back; nothing is due then. */ voidedMinor: minorUnitsSchema, dueMinor: minorUnitsSchema,
  /** What credit notes may still take back, before tax, by line; `netMinor` is after the line's share of discounts. */
  creditable: z.array(z.object({ lineIndex: z.number().int(), description: z.string(), netMinor: minorUnitsSchema, leftMinor: minorUnitsSchema })),
  /** Paid and not given back: as much of a credit note may be refunded or kept as credit. */ refundableMinor: minorUnitsSchema,
  replaces: z.string().nullable(), replacedBy: z.string().nullable(), sentAt: instantSchema.nullable(),
  /** What may be done now; the screen shows no other. */ actions: z.array(invoiceActionSchema), acts: z.array(receivableActSchema),
});

/** What was paid back to a customer by bank. */
export const creditPaymentSchema = z.object({ actId: z.string(), on: localDateSchema, amountMinor: minorUnitsSchema, bankReference: z.string(), canBeReversed: z.boolean() });

/** What a customer has as credit: granted = used by later invoices + paid out + left, unless what gave it was taken back. */
export const customerCreditSchema = z.object({
  id: z.string(), partyId: z.string(), customerName: z.string(), currency: currencySchema, /** The credit note, or the invoice that came to less than nothing. */ document: z.string(), invoiceId: z.string().nullable(), on: localDateSchema.nullable(), reason: z.string(),
  /** The last day on which an invoice may use it; afterwards it can still be paid out. */ expiresOn: localDateSchema.nullable(), isTakenBack: z.boolean(),
  grantedMinor: minorUnitsSchema, usedMinor: minorUnitsSchema, paidOutMinor: minorUnitsSchema, leftMinor: minorUnitsSchema, /** Those that stand, oldest first. */ payments: z.array(creditPaymentSchema),
});
/** A credit, or what is left of a receipt. */
export const creditSourceSchema = z.union([z.strictObject({ creditId: idSchema }), z.strictObject({ receiptId: idSchema })]);

export const receiptSchema = z.object({
  id: z.string(), partyId: z.string(), customerName: z.string(), on: localDateSchema, amount: moneySchema, /** Not applied to any invoice yet. */ unapplied: moneySchema, bankReference: z.string(), isReversed: z.boolean(), /** What was left of it and paid back to the customer. */ payments: z.array(creditPaymentSchema),
  allocations: z.array(z.object({ actId: z.string(), invoiceId: z.string(), invoiceNumber: z.string().nullable(), amountMinor: minorUnitsSchema })),
});
const allocationInput = z.array(z.object({ invoiceId: idSchema, amountMinor: minorUnitsSchema.min(1) })).max(200);

export const creditNoteSchema = z.object({
  id: z.string(), number: z.string(), invoiceId: z.string(), on: localDateSchema, currency: currencySchema, lines: z.array(z.object({ lineIndex: z.number().int(), description: z.string(), netMinor: minorUnitsSchema })),
  netMinor: minorUnitsSchema, taxMinor: minorUnitsSchema, totalMinor: minorUnitsSchema, withholdingMinor: minorUnitsSchema, /** Taken off what the invoice has due. */ offsetMinor: minorUnitsSchema, /** To be refunded, or kept as credit. */ restMinor: minorUnitsSchema,
  settlement: z.enum(['offset', 'refund', 'credit']), reason: z.string(), isVoid: z.boolean(),
});

/** What a command changed: the invoices as they stand now, and the ids of the acts it made. */
const actAnswer = z.object({ actIds: z.array(z.string()), invoices: z.array(invoiceStandingSchema) });

// ── Ageing ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const bucketsSchema = z.object({ currentMinor: minorUnitsSchema, days1To30Minor: minorUnitsSchema, days31To60Minor: minorUnitsSchema, days61To90Minor: minorUnitsSchema, days91PlusMinor: minorUnitsSchema, totalMinor: minorUnitsSchema });
export const ageingRowSchema = bucketsSchema.extend({ partyId: z.string(), customerName: z.string(), currency: currencySchema, /** Receipts that no invoice has taken, a liability beside the receivable. */ unappliedMinor: minorUnitsSchema, /** Credit of the customer that no invoice has used yet, by the books: of credit notes and of invoices that came to less than nothing. */ creditMinor: minorUnitsSchema, invoices: z.array(z.object({ id: z.string(), number: z.string(), dueOn: localDateSchema, daysOverdue: z.number().int(), openMinor: minorUnitsSchema })) });
export const ageingSchema = z.object({
  asOf: localDateSchema, /** Customers with nothing open as well, where something of theirs is unapplied or kept as credit. */ rows: z.array(ageingRowSchema), totals: z.array(bucketsSchema.extend({ currency: currencySchema })),
  /**
   * The balance of accounts receivable with these customers on that day, by currency; `differenceMinor` is 0 unless the books lack an entry. `othersMinor` is what the account has with
   * everybody else, customers of Stripe's own invoices, so that both together are the account in the trial balance; null where one customer is asked for.
   */
  accounts: z.array(z.object({ currency: currencySchema, balanceMinor: minorUnitsSchema, differenceMinor: minorUnitsSchema, othersMinor: minorUnitsSchema.nullable() })),
});
export const statementSchema = z.object({
  partyId: z.string(), customerName: z.string(), from: localDateSchema, to: localDateSchema,
  currencies: z.array(z.object({ currency: currencySchema, openingMinor: minorUnitsSchema, closingMinor: minorUnitsSchema, lines: z.array(z.object({ on: localDateSchema, kind: z.string(), document: z.string(), text: z.string(), debitMinor: minorUnitsSchema, creditMinor: minorUnitsSchema, balanceMinor: minorUnitsSchema })),
    /** What the customer has with us beside it: credit, and receipts that no invoice has taken; amounts are positive where the customer has more. */
    inFavour: z.object({ openingMinor: minorUnitsSchema, closingMinor: minorUnitsSchema, lines: z.array(z.object({ on: localDateSchema, kind: z.string(), document: z.string(), text: z.string(), amountMinor: minorUnitsSchema, balanceMinor: minorUnitsSchema })) }),
  })),
});

export const invoiceLifecycleContract = {
  /** A draft with its rated and edited lines. @throws `invoice-state` when it is no draft any more. */
  draft: oc.input(z.object({ id: idSchema })).output(invoiceDraftSchema),
  /**
   * Edits a draft, all steps or none; autosave sends what has changed since the last answer. `invoice-changed`: another desk or a billing run saved it meanwhile, so read it
   * again. `edit-reason-missing`: a figure of a rated line would change without a reason. `edit-invalid`: names the step that cannot be.
   */
  editDraft: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, version: z.number().int(), edits: z.array(draftEditSchema).min(1).max(500) })).output(invoiceDraftSchema),
  /** An empty draft of kind one-off. The client makes the id. Its number `INV-YYYY-NNNN` comes when it is finalised. */
  createOneOff: oc.input(z.object({ commandId: commandIdSchema, id: z.uuid(), customer: oneOffCustomerSchema, currency: currencySchema, paymentTermsDays: z.number().int().min(0).max(365).default(30) })).output(invoiceDraftSchema),
  /** A one-off draft that shall never be an invoice: it becomes void without a number. */
  discardDraft: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, reason: reasonSchema })).output(z.object({ id: idSchema })),

  /** Where an own invoice stands, what was done to it, and what may be done now. */
  standing: oc.input(z.object({ id: idSchema })).output(invoiceStandingSchema),
  /** Handed over or sent by other means than Daybook; e-mail marks it by itself. */
  markSent: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, on: localDateSchema.optional() })).output(actAnswer),
  /** Voids the invoice and bills the month again with the terms and usage of now: the new one names the old in `replaces`. A draft unless `finalise`. */
  voidAndRegenerate: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, reason: reasonSchema, finalise: z.boolean().default(false) })).output(z.object({ voidedId: z.string(), newId: z.string(), number: z.string().nullable() })),
  /**
   * A credit note, whole (`lines: null`: all that is left to credit) or by line. What the invoice has due is offset first; `refund` and `credit` say where the rest goes, which the
   * customer must have paid. `credit-exceeds-left`: more than is left of a line. `credit-exceeds-due`: with `offset`, more than is due; `credit-exceeds-paid`: more rest than was paid.
   */
  credit: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, version: z.number().int().optional(), lines: z.array(z.object({ lineIndex: z.number().int().min(0), netMinor: minorUnitsSchema })).min(1).max(1_000).nullable(), settlement: z.enum(['offset', 'refund', 'credit']), /** Of the credit, when kept. */ expiresOn: localDateSchema.nullable().default(null), on: localDateSchema.optional(), reason: reasonSchema })).output(actAnswer.extend({ creditNote: creditNoteSchema })),
  /** What `credit` would make, without writing. */
  previewCredit: oc.input(z.object({ id: idSchema, lines: z.array(z.object({ lineIndex: z.number().int().min(0), netMinor: minorUnitsSchema })).min(1).max(1_000).nullable(), settlement: z.enum(['offset', 'refund', 'credit']) })).output(creditNoteSchema.omit({ id: true, number: true, on: true, reason: true, isVoid: true })),
  listCreditNotes: oc.input(z.object({ invoiceId: idSchema.optional(), limit: z.number().int().min(1).max(500).default(200) })).output(z.array(creditNoteSchema)),
  /** The bank transfer that pays what a credit note owes the customer. */
  payRefund: oc.input(z.object({ commandId: commandIdSchema, creditNoteId: idSchema, on: localDateSchema.optional(), bankReference: z.string().trim().min(1).max(200) })).output(actAnswer),
  /** Credits of customers with what became of each, newest first. */
  listCredits: oc.input(z.object({ partyId: idSchema.optional(), /** Those that it gave. */ invoiceId: idSchema.optional(), /** By its id, or the number of what gave it. */ find: idSchema.optional(), onlyLeft: z.boolean().default(false), limit: z.number().int().min(1).max(500).default(200) })).output(z.array(customerCreditSchema)),
  /** What `payOutCredit` would post, by what this desk knows; with its refusals. */
  previewCreditPayment: oc.input(z.object({ source: creditSourceSchema, amountMinor: minorUnitsSchema.min(1).optional(), on: localDateSchema.optional() })).output(z.object({
    on: localDateSchema, currency: currencySchema, leftMinor: minorUnitsSchema, amountMinor: minorUnitsSchema, postings: z.array(z.object({ accountCode: z.string(), direction: z.enum(['debit', 'credit']), amount: moneySchema })),
  })),
  /**
   * The bank transfer that pays a customer's credit out, or pays back what is left of a receipt; whole when `amountMinor` is left out. `credit-payment-exceeds-left`: more than no invoice has used and nothing has
   * paid out. `payment-month-closed`: its day lies in a closed month. Taken back with `reverseAct`.
   */
  payOutCredit: oc.input(z.object({ commandId: commandIdSchema, source: creditSourceSchema, amountMinor: minorUnitsSchema.min(1).optional(), on: localDateSchema.optional(), bankReference: z.string().trim().min(1).max(200) })).output(actAnswer),
  /** The rest is given up: Dr bad debt with its tax part taken back. Payments that come afterwards are recoveries. */
  markUncollectible: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, on: localDateSchema.optional(), reason: reasonSchema })).output(actAnswer),
  /** A small rest (bank charges, rounding) is given up, at most the ledger's limit: `write-off-limit`. `amountMinor` left out: all that is due. */
  writeOff: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, amountMinor: minorUnitsSchema.min(1).optional(), on: localDateSchema.optional(), reason: reasonSchema })).output(actAnswer),
  /** The largest rest that may be given up, in minor units of the invoice's currency. Online in a shared ledger; an admin sets it. */
  writeOffLimit: oc.input(z.object({})).output(z.object({ limitMinor: minorUnitsSchema })),
  setWriteOffLimit: oc.input(z.object({ commandId: commandIdSchema, limitMinor: minorUnitsSchema.min(0) })).output(z.object({ limitMinor: minorUnitsSchema })),
  /** Proof of tax the customer kept back. What the invoice foresaw is proven; what goes beyond it is taken off the due. */
  recordWithholding: oc.input(z.object({ commandId: commandIdSchema, id: idSchema, amountMinor: minorUnitsSchema.min(1), certificate: z.string().trim().min(1).max(200), on: localDateSchema.optional() })).output(actAnswer),
  /**
   * Takes an act back by its reversal: un-applies an allocation or credit, takes back a receipt that is wholly unapplied, a credit paid out, an uncollectible mark, a write-off, a certificate; voids a credit note.
   * `act-reversed-already`, `act-in-use`: something was built on it, which goes first.
   */
  reverseAct: oc.input(z.object({ commandId: commandIdSchema, actId: idSchema, on: localDateSchema.optional(), reason: reasonSchema })).output(actAnswer),

  /** Money in the bank, applied to invoices of one customer and currency. What is not applied stays as unapplied receipts. */
  recordReceipt: oc.input(z.object({ commandId: commandIdSchema, /** Left out: of the first invoice. */ partyId: idSchema.optional(), on: localDateSchema, amountMinor: minorUnitsSchema.min(1), currency: currencySchema, bankReference: z.string().trim().min(1).max(200), allocations: allocationInput.default([]) })).output(actAnswer.extend({ receipt: receiptSchema })),
  /** Applies what is left of a receipt. `receipt-exceeded`, `allocation-exceeds-due`. */
  applyReceipt: oc.input(z.object({ commandId: commandIdSchema, receiptId: idSchema, on: localDateSchema.optional(), allocations: allocationInput.min(1) })).output(actAnswer.extend({ receipt: receiptSchema })),
  listReceipts: oc.input(z.object({ partyId: idSchema.optional(), invoiceId: idSchema.optional(), onlyUnapplied: z.boolean().default(false), limit: z.number().int().min(1).max(500).default(200) })).output(z.array(receiptSchema)),

  /** Open amounts by customer and currency at the end of a day, by how long they are overdue, tied to the receivable account. */
  ageing: oc.input(z.object({ asOf: localDateSchema.optional(), partyId: idSchema.optional() })).output(ageingSchema),
  /** What a customer was billed, paid and was credited in a range of days, with opening and closing balance. */
  statement: oc.input(z.object({ partyId: idSchema, from: localDateSchema, to: localDateSchema })).output(statementSchema),
  /** The same as PDF, in the customer’s language. Made anew each time: the same figures give the same bytes. */
  statementPdf: oc.input(z.object({ partyId: idSchema, from: localDateSchema, to: localDateSchema })).output(z.object({ fileName: z.string(), bytes: z.instanceof(Uint8Array) })),

  /** The standard rates in force on a day, from the dated tables in resources/, with their source. */
  taxRates: oc.input(z.object({ on: localDateSchema.optional() })).output(z.array(z.object({ jurisdiction: z.string(), name: z.string(), basisPoints: z.number().int(), from: localDateSchema, source: z.string() }))),
  /** `unverified`: format and checksum hold; nobody asked the tax authority. `missing`: nothing was given. */
  checkVatId: oc.input(z.object({ vatId: z.string().max(50), /** Where the customer is, ISO 3166. */ country: z.string().regex(/^[A-Z]{2}$/).optional() })).output(z.object({ state: z.enum(['missing', 'invalid', 'unverified']), country: z.string().nullable(), normalised: z.string(), problem: z.string().nullable() })),
};
