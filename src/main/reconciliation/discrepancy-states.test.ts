import { expect, test } from 'vitest';
import { nextStatus } from './discrepancy-states.ts';

test.each([
  ['resolved', 'resolve', 'The difference is resolved already. Nothing was changed.', 'Reopen it first.'],
  ['resolved', 'link', 'The difference is resolved already. Nothing was changed.', 'Reopen it first.'],
  ['ignored', 'hold', 'The difference is ignored and cannot be put on hold. Nothing was changed.', 'Reopen it first.'],
  ['open', 'reopen', 'The difference is open already. Nothing was changed.', 'Choose another action.'],
  ['assigned', 'reopen', 'The difference is assigned and cannot be reopened. Nothing was changed.', 'Choose another action.'],
] as const)('%s, and %s: why not, and what then', (status, action, message, nextStep) => {
  expect(() => nextStatus(status, action)).toThrow(expect.objectContaining({ code: 'discrepancy-state', message, nextStep }));
});

test('what is not settled yet can be settled, put off and given to somebody', () => {
  expect((['assign', 'hold', 'resolve'] as const).map((action) => nextStatus('open', action))).toEqual(['assigned', 'on-hold', 'resolved']);
});
