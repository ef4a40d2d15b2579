/** Parts of a “why” that its explainers share. Pure. */
import type { Why } from '../../shared/api/primitives.ts';
import { formatAmount, formatMoney } from '../../shared/money/format.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';

const locale = 'en-US';
export const moneyText = (minor: number, currency: string): string => formatMoney(minor, currency, locale);
export const plainAmount = (minor: number, currency: string): string => formatAmount(minor, currency, locale);
export const roundedOnce = 'Half away from zero to the minor unit, once.';
export const exactSum = 'None: a sum of rounded amounts.';

type Input = Why['inputs'][number];
export const amountInput = (label: string, amount: number, currency: string, note: string | null = null): Input => ({ label, count: null, amount: { amount, currency }, note });
export const countInput = (label: string, count: number, note: string | null = null): Input => ({ label, count, amount: null, note });
export const noteInput = (label: string, note: string): Input => ({ label, count: null, amount: null, note });

/** Labels are what a list of inputs is known by: one that stands twice is told apart by its place. */
export function distinct(inputs: readonly Input[]): Input[] {
  const seen = new Map<string, number>();
  return inputs.map((input) => {
    const count = (seen.get(input.label) ?? 0) + 1;
    seen.set(input.label, count);
    return count === 1 ? input : { ...input, label: `${input.label} (${count})` };
  });
}

/** The same for names of policies. */
export function distinctPolicy(policy: Why['policy']): Why['policy'] {
  const seen = new Map<string, number>();
  return policy.map(({ name, value }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { name: count === 1 ? name : `${name} (${count})`, value };
  });
}

export const shownInputs = 40;
/** As many as a person reads; the rest as one line, so that what is listed still sums to what was asked. */
export function shortened(inputs: readonly Input[], currency: string, most = shownInputs): Input[] {
  if (inputs.length <= most) return [...inputs];
  const rest = inputs.slice(most - 1);
  return [...inputs.slice(0, most - 1), amountInput(`${rest.length} more`, rest.reduce((sum, input) => sum + (input.amount?.amount ?? 0), 0), currency)];
}

export const figureUnknown = (figure: string): NotFoundError => new NotFoundError('figure-unknown', 'The invoice has no such figure.', { data: { figure }, nextStep: 'Look at the invoice again: it may have changed since.' });
