/** What a job's result reads like in a terminal. */
import { expect, test } from 'vitest';
import { figuresOf } from './jobs.ts';

test.each<[string, unknown, [string, string][]]>([
  ['counts and what is nested', { balanceTransactions: 1_204, events: { staged: 0 }, byReason: { 'fee-differs': 2 } }, [['balance transactions', '1,204'], ['events, staged', '0'], ['by reason, fee-differs', '2']]],
  ['an instant in the reporting zone', { asOf: Date.UTC(2026, 10, 18, 14, 14), finishedAt: Date.UTC(2026, 10, 18, 4), heldBackSince: null }, [['as of', '2026-11-18 09:14'], ['finished at', '2026-11-17 23:00']]],
  ['a list is counted', { failed: [{ id: 'a' }], isSound: true, head: 'ab12' }, [['failed', '1'], ['is sound', 'true'], ['head', 'ab12']]],
  ['none', null, []],
])('%s', (_, result, figures) => expect(figuresOf(result, 'America/New_York').map(({ name, value }) => [name, value])).toEqual(figures));
