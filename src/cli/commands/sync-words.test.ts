/** What a sync is said to have come to. */
import { expect, test } from 'vitest';
import { wordsOfExchange, wordsOfStripe } from './sync-words.ts';

test.each<[string, unknown, string]>([
  ['a first copy', { companyName: 'Meridian', written: { exchange_rate: 3_184, partner: 6, amendment: 0, api_usage: 12_143 }, changes: 0, editsSent: 0, entriesCopied: 4_961, purged: [], brought: null, readBelow: '812' }, 'exchange rates 3,184, partners 6, API usage 12,143 brought here; 4,961 entries copied'],
  ['what was sent and what was not taken', { written: {}, changes: 4, editsSent: 2, editsParked: 1, failed: [{ id: 'i1', code: 'x' }] }, '2 edits sent; 1 edit parked, see daybook contracts changes --open; 1 invoice not posted'],
  ['a role that shrank', { written: {}, purged: ['contract', 'partner'] }, 'partner contracts, partners taken off this desk, which its role may no longer read'],
  ['nothing', { written: { partner: 0 }, changes: 3, editsSent: 0, heldBackSince: 1_794_000_000_000 }, 'nothing new'],
  ['a count nobody named', { written: {}, lanternsLit: 7 }, 'lanternsLit 7'],
  ['no answer at all', null, 'nothing new'],
])('%s', (_, result, words) => expect(wordsOfExchange(result)).toBe(words));

const quiet = { account: 'acct_1', mode: 'test', isRefill: false, objects: 0, events: { staged: 0, projected: 0, unhandled: 0, parked: 0 }, posted: 0, unchanged: 14, refused: 0, waiting: {}, gap: null };
test.each<[string, unknown, string]>([
  ['a refill', { ...quiet, isRefill: true, objects: 9_214, posted: 3_318, entriesSealed: 3_318, entriesCopied: 0 }, '9,214 objects read; 3,318 entries posted; 3,318 entries sealed'],
  ['an event and what waits', { ...quiet, objects: 1, events: { staged: 2, projected: 1, unhandled: 1, parked: 0 }, waiting: { 'exchange-rate-missing': 3 } }, '1 object read; 2 new events; 1 event taken in; 1 event of a kind Daybook does not use, kept; 3 facts wait (exchange-rate-missing), see daybook stripe parked'],
  ['what a person has to see', { ...quiet, events: { ...quiet.events, parked: 2 }, refused: 1, relayed: { read: 5, staged: 4, unhandled: 0, parked: 1, skipped: null }, entriesPending: 1 }, '5 webhooks read from the relay; 1 set aside, see daybook stripe parked; 2 events set aside, see daybook stripe parked; 1 fact differs from its entry and was not posted again, see Today in Daybook; 1 entry waits for its seal'],
  ['a relay that was not asked', { ...quiet, relayed: { read: 0, staged: 0, unhandled: 0, parked: 0, skipped: 'postgres-unreachable' } }, 'what the relay received was not read (postgres-unreachable)'],
  ['a gap, which is told apart', { ...quiet, gap: { from: 1, to: 2 } }, 'nothing new'],
  ['a count nobody named', { ...quiet, lanternsLit: 7 }, 'lanternsLit 7'],
  ['no answer at all', null, 'nothing new'],
])('of Stripe: %s', (_, result, words) => expect(wordsOfStripe(result)).toBe(words));
