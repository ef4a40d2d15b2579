/**
 * The mirror's tables and their columns in the order in which the mappers give values. Pure.
 */
import type { SqlValue } from '../database/handles.ts';

export const mirrorColumns = {
  stripe_accounts: ['id', 'name', 'default_currency', 'country', 'created_at'],
  stripe_balance_transactions: ['id', 'type', 'reporting_category', 'amount_minor', 'fee_minor', 'net_minor', 'currency', 'exchange_rate', 'source_id', 'payout_id', 'status', 'created_at', 'created_on', 'available_at'],
  stripe_charges: ['id', 'customer_id', 'payment_intent_id', 'balance_transaction_id', 'amount_minor', 'amount_refunded_minor', 'currency', 'status', 'is_paid', 'is_disputed', 'failure_code', 'payment_method_type', 'description', 'created_at'],
  stripe_payment_intents: ['id', 'customer_id', 'latest_charge_id', 'amount_minor', 'currency', 'status', 'created_at'],
  stripe_customers: ['id', 'name', 'email', 'currency', 'country', 'balance_minor', 'is_deleted', 'created_at'],
  stripe_products: ['id', 'name', 'is_active', 'is_deleted', 'created_at'],
  stripe_prices: ['id', 'product_id', 'currency', 'unit_amount_minor', 'billing_scheme', 'recurring_interval', 'recurring_interval_count', 'usage_type', 'nickname', 'is_active', 'created_at'],
  stripe_coupons: ['id', 'name', 'percent_off', 'amount_off_minor', 'currency', 'duration', 'duration_in_months', 'is_deleted', 'created_at'],
  stripe_subscriptions: ['id', 'customer_id', 'status', 'currency', 'started_at', 'canceled_at', 'ended_at', 'cancel_at', 'trial_start_at', 'trial_end_at', 'paused_at', 'created_at'],
  stripe_subscription_items: ['id', 'subscription_id', 'price_id', 'quantity', 'current_period_start_at', 'current_period_end_at', 'created_at'],
  stripe_invoices: [
    'id', 'number', 'customer_id', 'subscription_id', 'status', 'billing_reason', 'currency', 'subtotal_minor', 'discount_minor', 'tax_minor', 'total_minor', 'amount_paid_minor', 'amount_due_minor', 'amount_remaining_minor',
    'starting_balance_minor', 'ending_balance_minor', 'is_paid_out_of_band', 'due_at', 'finalised_at', 'paid_at', 'voided_at', 'marked_uncollectible_at', 'period_start_at', 'period_end_at', 'created_at', 'tax_parts', 'shipping_minor', 'shipping_tax_minor',
  ],
  stripe_tax_rates: ['id', 'display_name', 'country', 'state', 'jurisdiction', 'created_at'],
  stripe_invoice_payments: ['id', 'invoice_id', 'payment_intent_id', 'charge_id', 'amount_paid_minor', 'amount_requested_minor', 'currency', 'status', 'paid_at', 'created_at'],
  stripe_invoice_items: ['id', 'customer_id', 'invoice_id', 'subscription_id', 'amount_minor', 'currency', 'is_proration', 'is_deleted', 'created_at'],
  stripe_checkout_sessions: ['id', 'customer_id', 'payment_intent_id', 'invoice_id', 'subscription_id', 'mode', 'status', 'payment_status', 'amount_total_minor', 'amount_tax_minor', 'currency', 'makes_invoice', 'created_at'],
  stripe_refunds: ['id', 'charge_id', 'payment_intent_id', 'balance_transaction_id', 'amount_minor', 'currency', 'status', 'reason', 'created_at'],
  stripe_disputes: ['id', 'charge_id', 'payment_intent_id', 'amount_minor', 'currency', 'status', 'reason', 'created_at'],
  stripe_payouts: ['id', 'amount_minor', 'currency', 'status', 'balance_transaction_id', 'arrival_at', 'created_at'],
  stripe_customer_balance_transactions: ['id', 'customer_id', 'type', 'amount_minor', 'currency', 'invoice_id', 'credit_note_id', 'description', 'created_at'],
  stripe_credit_notes: [
    'id', 'number', 'invoice_id', 'customer_id', 'total_minor', 'subtotal_minor', 'tax_minor', 'currency', 'status', 'type', 'pre_payment_minor', 'post_payment_minor', 'out_of_band_minor', 'customer_balance_minor', 'voided_at', 'created_at', 'tax_parts',
  ],
} as const satisfies Record<string, readonly string[]>;
export type MirrorTable = keyof typeof mirrorColumns;

/** A line belongs to its invoice: it is replaced with it and has no observation time of its own. */
export const invoiceLineColumns = [
  'id', 'invoice_id', 'line_index', 'subscription_id', 'subscription_item_id', 'invoice_item_id', 'price_id', 'product_id', 'quantity', 'amount_minor', 'discount_minor', 'billing_credit_minor', 'tax_minor', 'is_tax_inclusive', 'inclusive_tax_minor', 'unit_amount_decimal',
  'currency', 'is_proration', 'forever_percent_off', 'forever_off_minor', 'period_start_at', 'period_end_at', 'description', 'raw',
] as const;

/** One row of the mirror: the values in the order of {@link mirrorColumns}, without `observed_at` and `raw`. */
export interface MirrorRow {
  readonly table: MirrorTable;
  readonly values: readonly SqlValue[];
  /** null: the text of the object itself. */
  readonly raw: string | null;
}
