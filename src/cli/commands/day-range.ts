import { ValidationError } from '../../shared/errors/errors.ts';

/** @throws ValidationError `range-invalid` where the first day comes after the last: an empty list would hide the slip. */
export function assertInOrder({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): void {
  if (from !== undefined && to !== undefined && from > to) throw new ValidationError('range-invalid', `${from} comes after ${to}.`, { nextStep: 'Give the first day first.' });
}
