/**
 * Acts on receivables in the shared database: decided and recorded by its server function (migrations/postgres/0035), one at a time for all desks.
 */
import { z } from 'zod';
import { ConflictError, DaybookError, NotFoundError, StateError, ValidationError } from '../../../shared/errors/errors.ts';
import type { ActIntent } from '../../receivables/receivable-act.ts';
import type { ReceivableRegister } from '../../receivables/receivables.ports.ts';
import type { PostgresConnection } from './connection.ts';
import { storedInvoice, toPartnerInvoice } from './invoice-register.ts';
import { storedActs, toAct, toCredit } from './stored-acts.ts';

const answerSchema = storedActs.extend({ outcome: z.enum(['changed', 'unchanged']), actIds: z.array(z.string()), invoices: z.array(storedInvoice) });

export function createPostgresReceivableRegister(connection: PostgresConnection): ReceivableRegister {
  return {
    kind: 'shared',
    async writeOffLimit() {
      const [row] = await connection.query<{ limit: string }>('SELECT write_off_limit_minor AS limit FROM daybook.ledger');
      return Number(row?.limit ?? 0);
    },
    async setWriteOffLimit(limitMinor, requestId) {
      await connection.query('SELECT daybook.set_write_off_limit($1, $2)', [limitMinor, requestId]);
    },
    async record({ acts, requestId, after }) {
      try {
        const [row] = await connection.query<{ answer: unknown }>('SELECT daybook.record_receivable_acts($1::jsonb, $2, $3) AS answer', [JSON.stringify(acts.map(toColumns)), after, requestId]);
        const answer = answerSchema.parse(row?.answer);
        return { outcome: answer.outcome, actIds: answer.actIds, acts: answer.acts.map(toAct), invoices: answer.invoices.map(toPartnerInvoice), credits: answer.credits.map(toCredit) };
      } catch (error) {
        throw toActError(error);
      }
    },
  };
}

function toColumns(intent: ActIntent): Record<string, unknown> {
  return {
    id: intent.id, kind: intent.kind, invoice_id: intent.invoiceId, receipt_id: intent.receiptId, credit_id: intent.creditId, credit_note_id: intent.creditNoteId, reverses: intent.reverses, party_id: intent.partyId, currency: intent.currency,
    amount_minor: intent.amountMinor, net_minor: intent.netMinor, tax_minor: intent.taxMinor, withholding_minor: intent.withholdingMinor, settlement: intent.settlement, expires_on: intent.expiresOn, lines: intent.lines, line_nets: intent.lineNets,
    acted_on: intent.actedOn, functional_rate: intent.functionalRate, reference: intent.reference, reason: intent.reason,
  };
}

const notFound = ['invoice-not-found', 'act-not-found', 'receipt-not-found', 'credit-not-usable', 'credit-not-found'];
const states = ['invoice-state', 'refund-not-owed', 'refund-paid-already'];
const conflicts = ['act-reversed-already', 'act-in-use', 'receipt-of-other-customer', 'receipt-exceeded', 'allocation-exceeds-due', 'credit-exceeds-left', 'credit-exceeds-due', 'credit-exceeds-paid', 'write-off-limit', 'credit-payment-exceeds-left'];
const invalid = ['act-invalid', 'act-reason-missing', 'act-date-invalid'];

/** The server function's codes in the same kinds of error as the local twin throws. */
function toActError(error: unknown): unknown {
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  if (notFound.includes(error.code)) return new NotFoundError(error.code, error.message, { ...options, nextStep: 'Sync the shared database, then look again.' });
  if (error.code === 'issue-month-closed' || error.code === 'payment-month-closed') return new StateError(error.code, error.message, { ...options, nextStep: 'Choose a day of an open month, or have the month opened again.' });
  if (states.includes(error.code)) return new StateError(error.code, error.message, options);
  if (conflicts.includes(error.code)) return new ConflictError(error.code, error.message, { ...options, nextStep: 'Look at the invoice as it stands now, then decide again.' });
  if (invalid.includes(error.code)) return new ValidationError(error.code, error.message, options);
  return error;
}
