/**
 * What this desk copies from the shared database, entity by entity: the names the change feed uses, and the local columns in the order in
 * which a row travels. Who owns what is told in ./ownership.ts and docs/ownership.md.
 */

export const sharedEntityNames = [
  'exchange_rate', 'partner', 'contract', 'amendment', 'entity_version', 'change_set', 'change_conflict', 'change_approval', 'api_usage', 'payment_history', 'invoice', 'invoice_review', 'credit', 'receivable_act', 'discrepancy', 'discrepancy_step', 'close_sign_off', 'mail', 'shared_view',
] as const;
export type SharedEntityName = (typeof sharedEntityNames)[number];

export interface SharedEntity {
  readonly name: SharedEntityName;
  /** What the status strip calls it. */
  readonly label: string;
  /** Values of a {@link SharedRow}, in this order. */
  readonly columns: readonly string[];
}

export type SharedValue = string | number | null;

export interface SharedRow {
  /** The key as the change feed writes it. */
  readonly key: string;
  /** In the order of the entity's columns. */
  readonly values: readonly SharedValue[];
}

export const sharedEntities: Readonly<Record<SharedEntityName, SharedEntity>> = {
  exchange_rate: { name: 'exchange_rate', label: 'exchange rates', columns: ['base', 'quote', 'rate_on', 'rate'] },
  partner: {
    name: 'partner',
    label: 'partners',
    columns: ['id', 'name', 'legal_name', 'billing_email', 'billing_address', 'tax_number', 'tax_treatment', 'version', 'deleted_at', 'updated_at'],
  },
  contract: {
    name: 'contract',
    label: 'partner contracts',
    columns: [
      'id', 'partner_id', 'api_key_prefix', 'further_prefixes', 'pricing_model', 'flat_fee_minor', 'per_deed_price', 'per_1000_price', 'currency', 'included_units', 'minimum_commitment_minor', 'tiers',
      'discount_basis_points', 'tax_rate_basis_points', 'withholding_rate_basis_points', 'payment_terms_days', 'purchase_order_number', 'effective_from', 'effective_to', 'terms', 'version', 'deleted_at', 'updated_at',
    ],
  },
  amendment: {
    name: 'amendment',
    label: 'amendments of contracts',
    columns: [
      'id', 'contract_id', 'effective_from', 'pricing_model', 'flat_fee_minor', 'per_deed_price', 'per_1000_price', 'included_units', 'minimum_commitment_minor', 'tiers', 'discount_basis_points', 'tax_rate_basis_points',
      'withholding_rate_basis_points', 'payment_terms_days', 'purchase_order_number', 'terms', 'version', 'deleted_at', 'updated_at',
    ],
  },
  entity_version: { name: 'entity_version', label: 'versions of partners and contracts', columns: ['entity', 'entity_id', 'version', 'change_id', 'author', 'reason', 'body', 'recorded_at'] },
  change_set: {
    name: 'change_set',
    label: 'edits of partners and contracts',
    columns: [
      'id', 'entity', 'entity_id', 'operation', 'base_version', 'fields', 'reason', 'author', 'desk', 'created_at', 'received_at', 'state', 'result_version', 'conflict_id', 'approval_id', 'refusal_code', 'refusal_message', 'four_eyes',
      'effective_operation', 'effective_id', 'effective_fields', 'effective_base', 'restores', 'resolved_by', 'changed_at',
    ],
  },
  change_conflict: {
    name: 'change_conflict',
    label: 'conflicts of edits',
    columns: ['id', 'change_id', 'entity', 'entity_id', 'fields', 'their_version', 'their_author', 'their_reason', 'raised_at', 'state', 'resolved_by', 'resolved_at', 'resolution_reason', 'kept'],
  },
  change_approval: {
    name: 'change_approval',
    label: 'approvals of edits',
    columns: ['id', 'change_id', 'entity', 'entity_id', 'requested_by', 'chosen_by', 'requested_at', 'state', 'decided_by', 'decided_at', 'comment'],
  },
  api_usage: { name: 'api_usage', label: 'API usage', columns: ['id', 'idempotency_key', 'api_key_prefix', 'meter', 'quantity', 'occurred_at', 'received_at'] },
  payment_history: {
    name: 'payment_history',
    label: 'payment history',
    columns: [
      'id', 'gateway', 'gateway_payment_id', 'gateway_balance_transaction_id', 'gateway_invoice_id', 'gateway_customer_id', 'kind', 'amount_minor', 'currency', 'status', 'fee_minor', 'net_minor', 'refunded_minor',
      'failure_code', 'failure_message', 'method', 'created_at',
    ],
  },
  invoice: {
    name: 'invoice',
    label: 'invoices',
    columns: [
      'id', 'user_id', 'partner_id', 'contract_id', 'api_key_prefix', 'invoice_number', 'stripe_invoice_id', 'kind', 'status', 'billing_month', 'currency', 'subtotal_minor', 'discount_minor', 'tax_minor', 'withholding_minor',
      'total_minor', 'amount_paid_minor', 'amount_due_minor', 'line_items', 'billing_start', 'billing_end', 'issue_date', 'due_date', 'finalised_at', 'paid_at', 'voided_at', 'void_reason', 'replaces', 'customer_snapshot', 'notes',
      'pdf_location', 'totals_fingerprint', 'created_at', 'created_by', 'version', 'functional_rate', 'amount_credited_minor', 'amount_withheld_minor', 'amount_written_off_minor', 'sent_at', 'draft_edits',
    ],
  },
  credit: { name: 'credit', label: 'credits of customers', columns: ['id', 'account', 'amount_minor', 'remaining_minor', 'currency', 'reason', 'expires_on', 'created_by', 'created_at', 'version'] },
  receivable_act: {
    name: 'receivable_act',
    label: 'payments, credit notes and other acts on invoices',
    columns: [
      'id', 'sequence', 'kind', 'invoice_id', 'receipt_id', 'credit_id', 'credit_note_id', 'reverses', 'document_number', 'party_id', 'currency', 'amount_minor', 'offset_minor', 'rest_minor', 'recovered_minor', 'unforeseen_minor', 'net_minor',
      'tax_minor', 'withholding_minor', 'settlement', 'lines', 'acted_on', 'functional_rate', 'reference', 'reason', 'request_id', 'actor', 'recorded_at',
    ],
  },
  invoice_review: { name: 'invoice_review', label: 'reviews of drafts', columns: ['id', 'totals_fingerprint', 'reviewed_by', 'reviewed_at'] },
  discrepancy: {
    name: 'discrepancy',
    label: 'work on differences',
    columns: [
      'id', 'level', 'reason', 'object_id', 'balance_transaction_id', 'status', 'assignee', 'hold_until', 'currency', 'amount_minor', 'occurred_on', 'detail', 'first_seen_at', 'last_seen_at', 'resolved_at', 'due_on', 'marked_as', 'link_to', 'open_request', 'version',
    ],
  },
  discrepancy_step: { name: 'discrepancy_step', label: 'what people did about differences', columns: ['id', 'discrepancy_id', 'action', 'actor', 'note', 'from_status', 'to_status', 'recorded_at', 'before', 'body', 'undoes', 'request_id'] },
  close_sign_off: { name: 'close_sign_off', label: 'signatures under months', columns: ['id', 'month', 'action', 'actor', 'note', 'checks', 'head_sequence', 'head_hash', 'recorded_at'] },
  mail: {
    name: 'mail',
    label: 'the e-mail outbox',
    columns: [
      'id', 'invoice_id', 'invoice_number', 'sequence', 'state', 'recipients', 'subject', 'body', 'language', 'attachment_name', 'totals_fingerprint', 'message_id', 'attempts', 'next_attempt_at', 'fencing_number', 'claimed_by',
      'lease_expires_at', 'error_code', 'error_message', 'queued_by', 'queued_at', 'sent_at', 'attachment_sha256', 'events', 'version',
    ],
  },
  shared_view: { name: 'shared_view', label: 'shared views of lists', columns: ['id', 'grid', 'name', 'search', 'layout', 'saved_by', 'saved_at'] },
};

export function isSharedEntityName(name: string): name is SharedEntityName {
  return (sharedEntityNames as readonly string[]).includes(name);
}
