import type { DemoSize } from './manifest.ts';

/** Which company, as typed. @throws Error with one sentence for what there is not. */
export function readCompanyChoice({ size, seed }: { readonly size: string; readonly seed: string }): { readonly size: DemoSize; readonly seed: number } {
  if (size !== 'small' && size !== 'medium' && size !== 'large') throw new Error(`--size must be small, medium or large, not ${size}.`);
  if (!/^\d{1,9}$/.test(seed)) throw new Error(`--seed must be a whole number, not ${seed}.`);
  return { size, seed: Number(seed) };
}
