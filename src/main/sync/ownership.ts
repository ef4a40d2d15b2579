/**
 * Who owns each entity and writes it (domain.md §1). docs/ownership.md says the same for people; a test holds the two together.
 */
export type Owner = 'gateway' | 'company' | 'shared-database' | 'sealer' | 'desktop';
/** How a change made at a desk travels: not at all, merged by the change set, or through a server function that decides. */
export type Travel = 'read-only' | 'merged' | 'server-function' | 'copied' | 'stays-here';

export interface OwnedEntity {
  readonly entity: string;
  readonly owner: Owner;
  readonly travel: Travel;
  /** Local tables that hold it. */
  readonly tables: readonly string[];
}

export const ownedEntities: readonly OwnedEntity[] = [
  {
    entity: 'Gateway objects',
    owner: 'gateway',
    travel: 'read-only',
    tables: [
      'stripe_accounts', 'stripe_balance_transactions', 'stripe_charges', 'stripe_payment_intents', 'stripe_customers', 'stripe_products', 'stripe_prices', 'stripe_coupons', 'stripe_tax_rates', 'stripe_subscriptions', 'stripe_subscription_items', 'stripe_invoices',
      'stripe_invoice_lines', 'stripe_invoice_payments', 'stripe_invoice_items', 'stripe_checkout_sessions', 'stripe_refunds', 'stripe_disputes', 'stripe_payouts', 'stripe_payout_ties', 'stripe_payout_listings', 'stripe_credit_notes',
      'stripe_customer_balance_transactions', 'stripe_customer_balance_reads',
    ],
  },
  { entity: 'API usage', owner: 'company', travel: 'read-only', tables: ['api_usage'] },
  { entity: 'Payment history', owner: 'company', travel: 'read-only', tables: ['payment_history'] },
  { entity: 'Exchange rates', owner: 'company', travel: 'read-only', tables: ['exchange_rates'] },
  { entity: 'Partners', owner: 'shared-database', travel: 'merged', tables: ['partners'] },
  { entity: 'Partner contracts', owner: 'shared-database', travel: 'merged', tables: ['partner_contracts', 'contract_amendments', 'entity_versions'] },
  { entity: 'Edits of partners and contracts', owner: 'shared-database', travel: 'server-function', tables: ['change_sets', 'change_conflicts', 'change_approvals'] },
  { entity: 'Invoices and their numbers', owner: 'shared-database', travel: 'server-function', tables: ['invoices', 'document_series', 'document_number_blocks', 'document_number_uses', 'document_number_gaps', 'invoice_reviews'] },
  { entity: 'Acts on invoices, receipts, credit notes and credits', owner: 'shared-database', travel: 'server-function', tables: ['receivable_acts', 'customer_credits'] },
  { entity: 'E-mails of invoices', owner: 'shared-database', travel: 'server-function', tables: ['mail_outbox'] },
  { entity: 'Differences and the work on them', owner: 'shared-database', travel: 'server-function', tables: ['discrepancies', 'discrepancy_steps'] },
  { entity: 'Signatures under months', owner: 'shared-database', travel: 'server-function', tables: ['close_sign_offs'] },
  { entity: 'Shared views of lists', owner: 'shared-database', travel: 'server-function', tables: ['shared_views'] },
  { entity: 'People', owner: 'shared-database', travel: 'server-function', tables: [] },
  { entity: 'Job leases and successes', owner: 'shared-database', travel: 'server-function', tables: ['job_leases', 'job_successes'] },
  { entity: 'Shares of the request limit', owner: 'shared-database', travel: 'server-function', tables: ['request_shares'] },
  { entity: 'Journal', owner: 'sealer', travel: 'copied', tables: ['journal_entries', 'posting_lines', 'accounts'] },
  { entity: 'Months', owner: 'sealer', travel: 'copied', tables: ['ledger_periods', 'period_log'] },
  { entity: 'Settings of the ledger', owner: 'shared-database', travel: 'server-function', tables: ['ledger_settings'] },
  { entity: 'Entries that wait for their seal', owner: 'desktop', travel: 'stays-here', tables: ['provisional_entries'] },
  { entity: 'Edits that wait to be sent', owner: 'desktop', travel: 'stays-here', tables: ['outbox_changes'] },
  { entity: 'Numbers leased to this desk', owner: 'desktop', travel: 'stays-here', tables: ['held_number_blocks', 'held_number_uses', 'document_number_tries'] },
  { entity: 'Runs, views and settings of this desk', owner: 'desktop', travel: 'stays-here', tables: ['job_runs', 'reconciliation_runs', 'discrepancy_spells', 'compared_transactions', 'compared_sources', 'comparison_marks', 'payment_history_changes', 'preferences', 'stored_documents', 'document_versions', 'invoice_looks', 'partner_document_languages', 'mail_templates'] },
];
