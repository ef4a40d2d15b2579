/** What may happen in a random history of edits at several desks, and in which mixture; played by edit-histories.ts. */
import fc from 'fast-check';

export type Step =
  | { readonly kind: 'edit'; readonly desk: number; readonly record: number; readonly columns: readonly number[]; readonly value: number }
  | { readonly kind: 'create'; readonly desk: number; readonly what: 'contract' | 'amendment' | 'partner'; readonly value: number }
  | { readonly kind: 'delete'; readonly desk: number; readonly record: number }
  | { readonly kind: 'sync' | 'send' | 'pull' | 'lose-reply' | 'never-arrive' | 'send-twice'; readonly desk: number }
  /** The desk's process dies in an exchange, instead of its so many-th transaction. */
  | { readonly kind: 'crash'; readonly desk: number; readonly after: number }
  | { readonly kind: 'resolve' | 'decide' | 'withdraw'; readonly desk: number; readonly pick: number; readonly value: number };

export interface EditHistory {
  readonly desks: number;
  readonly fourEyes: boolean;
  /** How far each desk's clock is off. */
  readonly skewsMs: readonly number[];
  readonly steps: readonly Step[];
}

export const mostDesks = 5;
const desk = fc.nat({ max: mostDesks - 1 });
const small = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('edit' as const), desk, record: small, columns: fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 }), value: small }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), desk, what: fc.constantFrom('contract' as const, 'amendment' as const, 'amendment' as const, 'partner' as const), value: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), desk, record: small }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constantFrom('sync' as const, 'sync' as const, 'send' as const, 'pull' as const, 'lose-reply' as const, 'never-arrive' as const, 'send-twice' as const), desk }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), desk, after: fc.nat({ max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('resolve' as const, 'decide' as const, 'withdraw' as const), desk, pick: small, value: small }) },
);

export const editHistory: fc.Arbitrary<EditHistory> = fc.record({
  desks: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 2, max: 3 }) }, { weight: 1, arbitrary: fc.integer({ min: 4, max: mostDesks }) }), fourEyes: fc.boolean(), skewsMs: fc.array(fc.integer({ min: -3_600_000, max: 3_600_000 }), { minLength: mostDesks, maxLength: mostDesks }), steps: fc.array(step, { minLength: 6, maxLength: 26 }),
});
