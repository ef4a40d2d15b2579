/** Disputes: opened by a test card, decided by evidence or by giving up, as in Stripe's test mode. */
import type { Changes, RequestContext, Route } from '../changes.ts';
import { presentOne } from '../lists.ts';
import { type Json, isJson, readNumber, readText } from '../object-paths.ts';
import { mergeMetadata, readHash, readString, readStrings, refuseUnknown } from '../parameters.ts';
import type { StripeObject } from '../population.ts';
import { invalidRequest } from '../stripe-error.ts';
import { settlementOf } from './amounts.ts';
import { recordMovement } from './balance.ts';

/** Minor units of the settlement currency, kept by Stripe whatever the outcome. */
const disputeFee = 1_500;
const day = 86_400;

/** A chargeback: the amount and a fee leave the balance at once. */
export function openDispute(changes: Changes, charge: StripeObject, amount: number): StripeObject {
  const id = changes.id('du');
  const now = changes.now();
  const settlement = settlementOf(String(charge['currency']));
  const withdrawal = recordMovement(changes, {
    type: 'adjustment',
    amount: -settlement.convert(amount),
    currency: settlement.currency,
    fee: disputeFee,
    source: id,
    reportingCategory: 'dispute',
    description: `Chargeback withdrawal for ${charge.id}`,
    exchangeRate: settlement.exchangeRate,
    isPending: false,
  });
  const dispute: StripeObject = {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [withdrawal],
    charge: charge.id,
    created: now,
    currency: charge['currency'],
    enhanced_eligibility_types: [],
    evidence: { uncategorized_text: null },
    evidence_details: { due_by: now + 14 * day, enhanced_eligibility: {}, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge['payment_intent'],
    payment_method_details: { card: { brand: 'visa', case_type: 'chargeback', network_reason_code: '10.4' }, type: 'card' },
    reason: 'fraudulent',
    status: 'needs_response',
  };
  changes.create('disputes', dispute, 'charge.dispute.created', 'charge.dispute.funds_withdrawn');
  changes.update('charges', { ...charge, disputed: true }, 'charge.updated');
  return dispute;
}

/** Decides a dispute. A won one brings back what was withdrawn, without the fee. */
export function closeDispute(changes: Changes, dispute: StripeObject, outcome: 'won' | 'lost'): StripeObject {
  if (dispute['status'] === 'won' || dispute['status'] === 'lost') throw invalidRequest('This dispute is already closed.');
  const transactions = [...(dispute['balance_transactions'] as StripeObject[])];
  if (outcome === 'won') {
    const [withdrawal] = transactions;
    transactions.push(
      recordMovement(changes, {
        type: 'adjustment',
        amount: -readNumber(withdrawal, 'amount'),
        currency: readText(withdrawal, 'currency') ?? '',
        fee: 0,
        source: dispute.id,
        reportingCategory: 'dispute_reversal',
        description: `Chargeback reversal for ${String(dispute['charge'])}`,
        exchangeRate: null,
        isPending: false,
      }),
    );
  }
  const closed = { ...dispute, status: outcome, balance_transactions: transactions };
  const events = outcome === 'won' ? ['charge.dispute.funds_reinstated', 'charge.dispute.closed'] : ['charge.dispute.closed'];
  return changes.update('disputes', closed, ...events);
}

const answer = ({ state, parameters }: RequestContext, dispute: StripeObject): Json =>
  presentOne(state, structuredClone(dispute), { expand: readStrings(parameters, 'expand') ?? [] });

/** `winning_evidence` and `losing_evidence` decide, as Stripe's test mode has it. */
function submitEvidence(context: RequestContext): Json {
  const { state, changes, parameters, ids: [id = ''] } = context;
  refuseUnknown(parameters, ['evidence', 'expand', 'metadata', 'submit']);
  const dispute = state.require('disputes', id, 'dispute');
  const evidence = readHash(parameters, 'evidence') ?? {};
  dispute['metadata'] = mergeMetadata(dispute['metadata'] as Record<string, string>, parameters);
  dispute['evidence'] = { ...(isJson(dispute['evidence']) ? dispute['evidence'] : {}), ...evidence };
  const text = readString(evidence, 'uncategorized_text');
  if (text === 'winning_evidence') return answer(context, closeDispute(changes, dispute, 'won'));
  if (text === 'losing_evidence') return answer(context, closeDispute(changes, dispute, 'lost'));
  return answer(context, changes.update('disputes', dispute, 'charge.dispute.updated'));
}

export const disputeRoutes: Route[] = [
  { method: 'POST', pattern: '/v1/disputes/:id', permission: 'dispute_write', handle: submitEvidence },
  {
    method: 'POST',
    pattern: '/v1/disputes/:id/close',
    permission: 'dispute_write',
    handle: (context) => {
      const { state, changes, ids: [id = ''] } = context;
      return answer(context, closeDispute(changes, state.require('disputes', id, 'dispute'), 'lost'));
    },
  },
];
