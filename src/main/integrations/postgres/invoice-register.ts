/**
 * The register of invoices in the shared database: reads by role, writes only through its server functions (migrations/postgres/0002), which give
 * numbers and keep one invoice per contract and month.
 */
import { z } from 'zod';
import { localDate, month } from '../../../shared/calendar/local-date.ts';
import { ConflictError, DaybookError, NotFoundError, StateError } from '../../../shared/errors/errors.ts';
import { minorUnits } from '../../../shared/money/money.ts';
import type { StoredEdits } from '../../../shared/invoicing/draft-document.ts';
import type { CustomerSnapshot, InvoiceDraft, PartnerInvoice } from '../../billing/partner-invoice.ts';
import type { PartnerInvoiceLine } from '../../billing/partner-invoice-calculation.ts';
import { settledError, type Settled } from '../../billing/settled.ts';
import type { FinaliseRequest, InvoiceRegister, RegisterAnswer, SaveDraftRequest, VoidRequest } from '../../billing/partner-invoicing.ports.ts';
import type { PostgresConnection } from './connection.ts';
import { storedActs, toAct, toCredit } from './stored-acts.ts';

const amount = z.number().transform(minorUnits);
const day = z.string().transform(localDate);
const instant = z.string().transform((text) => Date.parse(text));
/** The documents inside were written by this register from typed values; their shape is checked by its owner, the draft. */
const lines = z.array(z.custom<PartnerInvoiceLine>((value) => typeof value === 'object' && value !== null && 'amountMinor' in value));
const snapshot = z.custom<CustomerSnapshot>((value) => typeof value === 'object' && value !== null && 'customer' in value && 'issuer' in value);

export const storedInvoice = z.object({
  id: z.string(), kind: z.enum(['partner', 'one-off']), user_id: z.string().nullable(), partner_id: z.string().nullable(), contract_id: z.string().nullable(), api_key_prefix: z.string().nullable(), invoice_number: z.string().nullable(), status: z.enum(['draft', 'finalised', 'sent', 'partly_paid', 'paid', 'void', 'uncollectible']),
  billing_month: z.string().transform(month).nullable(), currency: z.string(), subtotal_minor: amount, discount_minor: amount, tax_minor: amount, withholding_minor: amount, total_minor: amount, amount_paid_minor: amount,
  amount_credited_minor: amount, amount_withheld_minor: amount, amount_written_off_minor: amount, sent_at: instant.nullable(), paid_at: instant.nullable(), line_items: lines,
  billing_start: day.nullable(), billing_end: day.nullable(), issue_date: day.nullable(), due_date: day.nullable(), finalised_at: instant.nullable(), voided_at: instant.nullable(), void_reason: z.string().nullable(), replaces: z.string().nullable(),
  customer_snapshot: snapshot, totals_fingerprint: z.string(), functional_rate: z.string().nullable(), notes: z.string().nullable(), draft_edits: z.custom<StoredEdits>((value) => typeof value === 'object').nullable(), created_at: instant, created_by: z.string(), version: z.number().int(),
});
const answerSchema = z.object({ outcome: z.enum(['changed', 'unchanged']), invoice: storedInvoice, acts: storedActs.shape.acts.default([]), credits: storedActs.shape.credits.default([]) });

type AnswerRow = { answer: unknown };
type InvoiceRow = { invoice: unknown };

export function createPostgresInvoiceRegister(connection: PostgresConnection): InvoiceRegister {
  async function call(text: string, values: readonly unknown[]): Promise<RegisterAnswer> {
    try {
      const [row] = await connection.query<AnswerRow>(`SELECT ${text} AS answer`, values);
      return toAnswer(row?.answer);
    } catch (error) {
      throw toRegisterError(error);
    }
  }

  /** One statement for all of them, which is one transaction there; where one is refused nothing of it stands, and each is asked for by itself. */
  async function callAll<Request>(requests: readonly Request[], inOneCall: { readonly text: string; readonly values: readonly unknown[] }, singly: (request: Request) => Promise<RegisterAnswer>): Promise<Settled<RegisterAnswer>[]> {
    if (requests.length > 1) {
      const rows = await connection.query<AnswerRow>(inOneCall.text, inOneCall.values).catch((error: unknown) => {
        // Desks that wait for each other's rows are told so by an error too: singly they need not.
        if (!(error instanceof DaybookError && error.code === 'postgres-error')) settledError(error);
        return null;
      });
      if (rows) return rows.map((row) => ({ value: toAnswer(row.answer) }));
    }
    const outcomes: Settled<RegisterAnswer>[] = [];
    for (const request of requests) outcomes.push(await singly(request).then((value) => ({ value }), settledError));
    return outcomes;
  }

  const saveDraft = (request: SaveDraftRequest): Promise<RegisterAnswer> => call('daybook.save_invoice_draft($1::jsonb, $2)', [JSON.stringify(draftColumns(request)), request.requestId]);
  const finalise = (request: FinaliseRequest): Promise<RegisterAnswer> => call('daybook.finalise_invoice($1, $2, $3, $4, $5, $6, $7)', finaliseValues(request));

  return {
    kind: 'shared',
    async partnerInvoicesOf(billingMonth) {
      const rows = await connection.query<InvoiceRow>("SELECT to_jsonb(i) AS invoice FROM daybook.invoices i WHERE kind = 'partner' AND billing_month = $1 ORDER BY created_at, id", [billingMonth]);
      return rows.map((row) => toPartnerInvoice(storedInvoice.parse(row.invoice)));
    },
    async find(id) {
      const [row] = await connection.query<InvoiceRow>("SELECT to_jsonb(i) AS invoice FROM daybook.invoices i WHERE id::text = $1", [id]);
      return row ? toPartnerInvoice(storedInvoice.parse(row.invoice)) : null;
    },
    async findAll(ids) {
      const rows = await connection.query<InvoiceRow>('SELECT to_jsonb(i) AS invoice FROM daybook.invoices i WHERE id::text = ANY($1)', [ids]);
      return rows.map((row) => toPartnerInvoice(storedInvoice.parse(row.invoice)));
    },
    saveDraft,
    saveDrafts: (requests) =>
      callAll(requests, {
        text: 'SELECT daybook.save_invoice_draft(r.draft, r.request_id) AS answer FROM unnest($1::jsonb[], $2::uuid[]) WITH ORDINALITY AS r(draft, request_id, place) ORDER BY r.place',
        values: [requests.map((request) => JSON.stringify(draftColumns(request))), requests.map((request) => request.requestId)],
      }, saveDraft),
    editDraft: (request) => call('daybook.edit_invoice_draft($1::jsonb, $2, $3)', [JSON.stringify(draftColumns({ draft: request.draft })), request.version, request.requestId]),
    discardDraft: (request) => call('daybook.discard_invoice_draft($1, $2, $3, $4)', [request.id, request.reason, new Date(request.voidedAt).toISOString(), request.requestId]),
    finalise,
    finaliseAll(requests) {
      const columns = requests.map(finaliseValues);
      return callAll(requests, {
        text: `SELECT daybook.finalise_invoice(r.id, r.fingerprint, r.issue_date, r.due_date, r.finalised_at, r.rate, r.request_id) AS answer
          FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::timestamptz[], $6::text[], $7::uuid[]) WITH ORDINALITY AS r(id, fingerprint, issue_date, due_date, finalised_at, rate, request_id, place) ORDER BY r.place`,
        values: Array.from({ length: 7 }, (_, column) => columns.map((values) => values[column])),
      }, finalise);
    },
    void: (request: VoidRequest) => call('daybook.void_invoice($1, $2, $3, $4)', [request.id, request.reason, new Date(request.voidedAt).toISOString(), request.requestId]),
  };
}

function toAnswer(given: unknown): RegisterAnswer {
  const { outcome, invoice, acts, credits } = answerSchema.parse(given);
  return { outcome, invoice: toPartnerInvoice(invoice), acts: acts.map(toAct), credits: credits.map(toCredit) };
}

function finaliseValues(request: FinaliseRequest): unknown[] {
  return [request.id, request.totalsFingerprint, request.issueDate, request.dueDate, new Date(request.finalisedAt).toISOString(), request.functionalRate, request.requestId];
}

function draftColumns({ draft, sequence, savedAt, baseVersion }: Pick<SaveDraftRequest, 'draft' | 'baseVersion'> & Partial<SaveDraftRequest>): Record<string, unknown> {
  return {
    sequence, base_version: baseVersion, notes: draft.notes ?? null, replaces: draft.kind === 'one-off' ? (draft.replaces ?? null) : null, draft_edits: draft.edits ?? null, id: draft.id, partner_id: draft.partnerId, contract_id: draft.contractId, api_key_prefix: draft.apiKeyPrefix, kind: draft.kind, user_id: draft.partnerId === null ? draft.partyId : null, billing_month: draft.month, currency: draft.currency, subtotal_minor: draft.subtotalMinor,
    discount_minor: draft.discountMinor, tax_minor: draft.taxMinor, withholding_minor: draft.withholdingMinor, total_minor: draft.totalMinor, amount_due_minor: draft.dueMinor, line_items: draft.lines, billing_start: draft.billingStart,
    billing_end: draft.billingEnd, customer_snapshot: draft.snapshot, totals_fingerprint: draft.totalsFingerprint, ...(savedAt === undefined ? {} : { created_at: new Date(savedAt).toISOString() }),
  };
}

export function toPartnerInvoice(row: z.infer<typeof storedInvoice>): PartnerInvoice {
  const draft: InvoiceDraft = {
    id: row.id, kind: row.kind, partyId: row.partner_id ?? row.user_id ?? row.id, partnerId: row.partner_id, contractId: row.contract_id, apiKeyPrefix: row.api_key_prefix, month: row.billing_month, currency: row.currency, lines: row.line_items, billingStart: row.billing_start, billingEnd: row.billing_end,
    snapshot: row.customer_snapshot, totalsFingerprint: row.totals_fingerprint, subtotalMinor: row.subtotal_minor, discountMinor: row.discount_minor, taxMinor: row.tax_minor, totalMinor: row.total_minor,
    withholdingMinor: row.withholding_minor, dueMinor: minorUnits(row.total_minor - row.withholding_minor),
  };
  return {
    ...draft, number: row.invoice_number, status: row.status, replaces: row.replaces, paidMinor: row.amount_paid_minor, creditedMinor: row.amount_credited_minor, withheldMinor: row.amount_withheld_minor, writtenOffMinor: row.amount_written_off_minor, sentAt: row.sent_at, paidAt: row.paid_at, issueDate: row.issue_date, dueDate: row.due_date, finalisedAt: row.finalised_at, voidedAt: row.voided_at,
    voidReason: row.void_reason, functionalRate: row.functional_rate, notes: row.notes, edits: row.draft_edits, createdAt: row.created_at, createdBy: row.created_by, version: row.version,
  };
}

/** The server functions' codes in the same kinds of error as the local twin throws. */
export function toRegisterError(error: unknown): unknown {
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  switch (error.code) {
    case 'invoice-not-found':
    case 'contract-not-found':
      return new NotFoundError(error.code, error.message, { ...options, nextStep: 'Sync the shared database, then look at the list again.' });
    case 'invoice-state':
      return new StateError(error.code, error.message, options);
    case 'issue-month-closed':
      return new StateError(error.code, error.message, { ...options, nextStep: 'Choose a day of an open month, or have the month opened again.' });
    case 'invoice-changed':
      return new ConflictError(error.code, error.message, { ...options, nextStep: 'Look at the draft again, then finalise it.' });
    case 'draft-outdated':
      return new ConflictError(error.code, error.message, { ...options, nextStep: 'Pull from the shared database, then run the billing again.' });
    default:
      return error;
  }
}
