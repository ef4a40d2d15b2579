import { expect, test } from 'vitest';
import { cleared, inboxFilterOf, isNarrowed, type InboxParameters } from './inbox-filter.ts';

test.each<[InboxParameters, boolean]>([
  [{}, false], [{ status: 'all', group: 'reason' }, false], [{ waits: 'yes' }, true], [{ to: '2026-10-31' }, true], [{ from: '2026-10-01' }, true], [{ assignee: '-' }, true], [{ text: 'ch_1' }, true],
])('%j narrows the list: %s, and clearing it leaves the state of the work alone', (parameters, narrows) => {
  expect(isNarrowed(parameters)).toBe(narrows);
  const left = Object.fromEntries(Object.entries(parameters).filter(([name]) => !(name in cleared)));
  expect([isNarrowed(left), left]).toEqual([false, 'status' in parameters ? { status: parameters.status, group: parameters.group } : {}]);
});

test('nothing chosen is the open ones; what waits for people is all that is not settled', () => {
  expect(inboxFilterOf({}, 'usd')).toEqual({ status: 'open' });
  expect(inboxFilterOf({ waits: 'yes' }, 'usd')).toEqual({ state: 'unsettled', waitsForSecondPerson: true });
  expect(inboxFilterOf({ assignee: '-', least: '12.50' }, 'usd')).toEqual({ state: 'unsettled', assignee: '', amountFrom: 1_250 });
});

test('a limit in each currency and what is left out come with a link; what cannot be read narrows nothing', () => {
  expect(inboxFilterOf({ status: 'unsettled', reaching: 'eur.9200~kwd.31000~zzz.1~usd.x', timing: 'no' }, 'usd')).toEqual({ state: 'unsettled', reaching: [{ currency: 'eur', amountMinor: 9_200 }, { currency: 'kwd', amountMinor: 31_000 }], timing: false });
  expect(inboxFilterOf({ reaching: 'much' }, 'usd')).toEqual({ status: 'open' });
  expect([{ reaching: 'eur.1' }, { timing: 'no' }].map(isNarrowed)).toEqual([true, true]);
});
