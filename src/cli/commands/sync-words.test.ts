/** What a meeting with the shared database is said to have come to. */
import { expect, test } from 'vitest';
import { wordsOfExchange } from './sync-words.ts';

test.each<[string, unknown, string]>([
  ['a first copy', { companyName: 'Meridian', written: { exchange_rate: 3_184, partner: 6, amendment: 0, api_usage: 12_143 }, changes: 0, editsSent: 0, entriesCopied: 4_961, purged: [], brought: null, readBelow: '812' }, 'exchange rates 3,184, partners 6, API usage 12,143 brought here; 4,961 entries copied'],
  ['what was sent and what was not taken', { written: {}, changes: 4, editsSent: 2, editsParked: 1, failed: [{ id: 'i1', code: 'x' }] }, '2 edits sent; 1 edit parked, see daybook contracts changes --open; 1 invoice not posted'],
  ['a role that shrank', { written: {}, purged: ['contract', 'partner'] }, 'partner contracts, partners taken off this desk, which its role may no longer read'],
  ['nothing', { written: { partner: 0 }, changes: 3, editsSent: 0, heldBackSince: 1_794_000_000_000 }, 'nothing new'],
  ['a count nobody named', { written: {}, lanternsLit: 7 }, 'lanternsLit 7'],
  ['no answer at all', null, 'nothing new'],
])('%s', (_, result, words) => expect(wordsOfExchange(result)).toBe(words));
