/** Acts and credits as the shared database tells them, as JSON. */
import { z } from 'zod';
import { localDate } from '../../../shared/calendar/local-date.ts';
import { receivableActKinds, type CustomerCredit, type ReceivableAct } from '../../receivables/receivable-act.ts';

const instant = z.string().transform((text) => Date.parse(text));
const day = z.string().transform(localDate);
const whole = z.number().int();

const storedAct = z.object({
  id: z.string(), sequence: whole, kind: z.enum(receivableActKinds), invoice_id: z.string().nullable(), receipt_id: z.string().nullable(), credit_id: z.string().nullable(), credit_note_id: z.string().nullable(), reverses: z.string().nullable(),
  document_number: z.string().nullable(), party_id: z.string(), currency: z.string(), amount_minor: whole, offset_minor: whole, rest_minor: whole, recovered_minor: whole, unforeseen_minor: whole, net_minor: whole, tax_minor: whole,
  withholding_minor: whole, settlement: z.enum(['offset', 'refund', 'credit']).nullable(), lines: z.array(z.object({ lineIndex: whole, description: z.string(), netMinor: whole })).nullable(), acted_on: day, functional_rate: z.string().nullable(),
  reference: z.string().nullable(), reason: z.string().nullable(), request_id: z.string(), actor: z.string(), recorded_at: instant,
});
const storedCredit = z.object({
  id: z.string(), account: z.string(), amount_minor: whole, remaining_minor: whole, currency: z.string(), reason: z.string(), expires_on: day.nullable(), created_by: z.string(), created_at: instant, version: whole,
});
/** What answers of invoices carry beside the invoice. */
export const storedActs = z.object({ acts: z.array(storedAct), credits: z.array(storedCredit) });

export function toAct(row: z.infer<typeof storedAct>): ReceivableAct {
  return {
    id: row.id, sequence: row.sequence, kind: row.kind, invoiceId: row.invoice_id, receiptId: row.receipt_id, creditId: row.credit_id, creditNoteId: row.credit_note_id, reverses: row.reverses, documentNumber: row.document_number, partyId: row.party_id,
    currency: row.currency, amountMinor: row.amount_minor, offsetMinor: row.offset_minor, restMinor: row.rest_minor, recoveredMinor: row.recovered_minor, unforeseenMinor: row.unforeseen_minor, netMinor: row.net_minor, taxMinor: row.tax_minor,
    withholdingMinor: row.withholding_minor, settlement: row.settlement, lines: row.lines, actedOn: row.acted_on, functionalRate: row.functional_rate, reference: row.reference, reason: row.reason, requestId: row.request_id, actor: row.actor,
    recordedAt: row.recorded_at,
  };
}

export function toCredit(row: z.infer<typeof storedCredit>): CustomerCredit {
  return {
    id: row.id, account: row.account, amountMinor: row.amount_minor, remainingMinor: row.remaining_minor, currency: row.currency, reason: row.reason, expiresOn: row.expires_on, createdBy: row.created_by, createdAt: row.created_at, version: row.version,
  };
}
