import { expect, test } from 'vitest';
import { describeError } from './described-error.ts';

test.each([
  ['says it in other words', 'Another desk matched the line a minute ago.', 'Another desk matched the line a minute ago.'],
  ['says the same as the title', 'The bank line is matched already', null],
  ['says the same with a full stop', 'The bank line is matched already.', null],
])('a known error whose sentence %s', (_, message, detail) => {
  expect(describeError({ code: 'bank-line-matched', message, data: { nextStep: 'Take that match back first.' } })).toMatchObject({ title: 'The bank line is matched already', detail, nextStep: 'Take that match back first.' });
});

test.each([
  ['where the sentence says it already', 'It comes to less than nothing. The draft stays a draft.', null],
  ['where it does not', 'It comes to less than nothing.', 'The draft stays a draft.'],
])('what was kept is said once: %s', (_, message, kept) => {
  expect(describeError({ code: 'draft-negative', message })).toMatchObject({ detail: message, kept });
});
