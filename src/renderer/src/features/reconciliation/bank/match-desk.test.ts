import { expect, test } from 'vitest';
import type { BankCandidateView, BankLineView } from '../../../../../shared/api/banking.contract.ts';
import { balanceOf, nothingChosen, partPayment, withCandidate, withLine, withSuggestion, type DeskChoice } from './match-desk.ts';

const line = (amount: number, currency = 'usd', accountId = 'a'): BankLineView => ({
  id: `l${amount}`, accountId, statementId: 's', bookedOn: '2026-11-17', valuedOn: null, amount: { amount, currency }, counterpartyName: null, counterpartyAccount: null, description: '', references: [], entryReference: null, bankCode: null, matchId: null, matchedWith: null,
});
const invoice = (amount: number, currency = 'usd'): BankCandidateView => ({ kind: 'invoice', id: `i${amount}`, label: `INV-${amount}`, name: 'x', amount: { amount, currency }, expectedOn: '2026-11-17' });

test.each([
  ['nothing chosen', [], [], null, 0, 'Choose bank lines on the left.'],
  ['a payout that waits for its line', [], [invoice(100)], null, -100, 'Choose bank lines on the left.'],
  ['a line alone', [line(100)], [], null, 100, 'Choose what they are on the right, or an account.'],
  ['a line to an account', [line(-1_500)], [], '5000-payment-fees', -1_500, null],
  ['what agrees', [line(60), line(40)], [invoice(100)], null, 0, null],
  ['a rest', [line(90)], [invoice(100)], null, -10, 'Choose an account for the difference, or choose more.'],
  ['a rest with its account', [line(90)], [invoice(100)], '9010-rounding', -10, null],
  ['two accounts', [line(90), line(10, 'usd', 'b')], [invoice(100)], null, 0, 'These lines are of two bank accounts.'],
  ['another currency', [line(90)], [invoice(100, 'eur')], null, 0, null],
  ['two of another currency', [line(90)], [invoice(100, 'eur'), invoice(1, 'eur')], null, 0, 'What is in another currency is matched by itself.'],
] as const)('%s', (_, lines, candidates, account, difference, problem) => {
  expect(balanceOf(lines, candidates.map((candidate) => ({ candidate })), account)).toMatchObject({ differenceMinor: difference, problem });
});

test('a part of an invoice is what came in', () => {
  expect(partPayment([line(60)], [{ candidate: invoice(100) }])?.minor).toBe(60);
  expect(partPayment([line(160)], [{ candidate: invoice(100) }])).toBeNull();
  expect(partPayment([line(60)], [{ candidate: { ...invoice(100), kind: 'payout' } }])).toBeNull();
  expect(balanceOf([line(60)], [{ candidate: invoice(100), partMinor: 60 }], null)).toMatchObject({ differenceMinor: 0, problem: null });
});

const payout = (amount: number): BankCandidateView => ({ ...invoice(amount), kind: 'payout' });

test.each([
  ['what the first leaves is for the last', [line(150)], [invoice(100), invoice(80)], ['i80', 50]],
  ['whichever was chosen last', [line(150)], [invoice(80), invoice(100)], ['i100', 70]],
  ['a payout is never a part', [line(150)], [invoice(80), payout(100)], ['i80', 50]],
  ['nothing is left for the last', [line(100)], [invoice(100), invoice(80)], null],
  ['more is left than the last comes to', [line(250)], [invoice(100), invoice(80)], null],
  ['two lines', [line(70), line(80)], [invoice(100), invoice(80)], ['i80', 50]],
  ['another currency among them', [line(150)], [invoice(100, 'eur'), invoice(80)], null],
] as const)('one line over several, the last in part: %s', (_, lines, candidates, left) => {
  const found = partPayment(lines, candidates.map((candidate) => ({ candidate })));
  expect(found && [found.candidate.id, found.minor]).toEqual(left);
});

const ids = ({ lines, parts, residualAccount }: DeskChoice) => [[...lines.keys()], [...parts.keys()], residualAccount];
const suggestion = { rule: 'known-fee' as const, lineIds: ['l90'], parts: [invoice(100)], residualAccount: '5000-payment-fees' };

test('the account of a suggestion is for its difference: another line or another candidate asks anew', () => {
  const taken = withSuggestion(withLine(nothingChosen, line(90)), suggestion, []);
  expect(ids(taken)).toEqual([['l90'], ['invoice/i100'], '5000-payment-fees']);
  expect(ids(withLine(taken, line(679_716)))).toEqual([['l90', 'l679716'], [], null]);
  expect(ids(withCandidate(taken, invoice(5)))).toEqual([['l90'], ['invoice/i100', 'invoice/i5'], null]);
  expect(ids(withCandidate(taken, invoice(100)))).toEqual([['l90'], [], null]);
});

test('a suggestion is taken with its own lines, and with its account only where all of them are here', () => {
  const both = withLine(withLine(nothingChosen, line(90)), line(679_716));
  expect(ids(withSuggestion(both, suggestion, []))).toEqual([['l90'], ['invoice/i100'], '5000-payment-fees']);
  const inParts = { ...suggestion, lineIds: ['l90', 'l7'] };
  expect(ids(withSuggestion(both, inParts, [line(7)]))).toEqual([['l90', 'l7'], ['invoice/i100'], '5000-payment-fees']);
  expect(ids(withSuggestion(both, inParts, []))).toEqual([['l90'], ['invoice/i100'], null]);
});

test('what was chosen before any line waits for its line; the next line asks anew', () => {
  const waiting = withCandidate(nothingChosen, { ...invoice(340_161), kind: 'payout' });
  const first = withLine(waiting, line(340_161));
  expect(ids(first)).toEqual([['l340161'], ['payout/i340161'], null]);
  expect(ids(withLine(first, line(5)))).toEqual([['l340161', 'l5'], [], null]);
});

test('a suggestion is matched as its rule’s only as long as it stands as it was taken', () => {
  const taken = withSuggestion(withLine(nothingChosen, line(90)), suggestion, []);
  expect([taken, withLine(taken, line(5)), withCandidate(taken, invoice(5)), withSuggestion(taken, { ...suggestion, lineIds: ['l90', 'l7'] }, [])].map(({ acceptedRule }) => acceptedRule)).toEqual(['known-fee', null, null, null]);
});
