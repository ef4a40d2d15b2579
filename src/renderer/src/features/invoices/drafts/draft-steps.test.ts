import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeDraft, noEdits, withEdits, type DraftBasis, type DraftEdit, type DraftEdits, type StoredEdits } from '../../../../../shared/invoicing/draft-document.ts';
import { clashesOf, inverseOf, storedOf, withSteps, type DraftView, type Step } from './draft-steps.ts';

const rated = (id: string, amountMinor: number, discountMinor = 0) => ({ id, kind: 'usage', description: `Usage ${id}`, quantity: '10', unitPrice: String(amountMinor / 1_000), amountMinor, discountMinor, explanation: `10 × ${amountMinor / 1_000}`, tax: null });
const basis: DraftBasis = { lines: [rated('a', 120_000, 6_000), rated('b', 45_500), rated('c', 99, 5)], tax: { treatment: 'standard', basisPoints: 2_100 }, withholdingBasisPoints: 500, purchaseOrderNumber: 'PO-7' };
const editor = { by: 'ada', at: 1_000 };

/** As the backend shows what it stores. */
function viewOf(stored: StoredEdits): DraftView {
  const { edits } = stored;
  const { lines, figures, tax, withholdingBasisPoints } = composeDraft(stored);
  const { lineNets: _nets, lineDiscounts: _discounts, taxes, withholdings, ...totals } = figures;
  return {
    id: 'draft', version: 1, totalsFingerprint: 'f1', kind: 'partner', billingMonth: '2026-10', customerName: 'Northwind', partyId: 'northwind', customer: null, currency: 'eur', lines: lines.map(({ kind: _kind, ...line }) => line), discount: edits.discount,
    tax: { ...tax, jurisdiction: 'IE', exemptionReason: edits.exemptionReason, vatIdState: null }, priceMode: edits.priceMode, taxRounding: edits.taxRounding, withholdingBasisPoints, notes: edits.notes,
    purchaseOrderNumber: edits.purchaseOrderNumber === undefined ? stored.basis.purchaseOrderNumber : edits.purchaseOrderNumber, issueDate: edits.issueDate, dueDate: edits.dueDate, paymentTermsDays: 30, totals: { ...totals, taxes: [...taxes], withholdings: [...withholdings] }, creditsAvailable: [], problems: [],
  };
}

const start = viewOf({ basis, edits: noEdits });
const discount = fc.oneof(fc.constant(null), fc.record({ kind: fc.constant('percentage' as const), basisPoints: fc.integer({ min: 0, max: 10_000 }) }), fc.record({ kind: fc.constant('amount' as const), amountMinor: fc.integer({ min: 0, max: 200_000 }) }));
const tax = fc.record({ treatment: fc.constantFrom('standard' as const, 'reverse-charge' as const), basisPoints: fc.integer({ min: 0, max: 3_000 }) });
const lineId = fc.constantFrom('a', 'b', 'c', 'n0', 'n1');
const reason = 'Agreed by phone';
const decimal = fc.integer({ min: -5_000, max: 5_000 }).map((value) => String(value / 100));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add-line' as const), lineId: fc.constantFrom('n0', 'n1'), description: fc.constant('Support'), quantity: fc.constant(null), unitPrice: fc.constant(null), amountMinor: fc.integer({ min: -90_000, max: 90_000 }), discount, tax: fc.constant(null), beforeLineId: fc.option(lineId) }),
  fc.record({ kind: fc.constant('change-line' as const), lineId, quantity: decimal, unitPrice: decimal, reason: fc.constant(reason) }),
  fc.record({ kind: fc.constant('change-line' as const), lineId, amountMinor: fc.integer({ min: -90_000, max: 90_000 }), discount, reason: fc.constant(reason) }),
  fc.record({ kind: fc.constant('change-line' as const), lineId, description: fc.constantFrom('Other words', 'Usage a'), tax, reason: fc.constant(reason) }),
  fc.record({ kind: fc.constant('remove-line' as const), lineId, reason: fc.constant(reason) }),
  fc.record({ kind: fc.constant('restore-line' as const), lineId }),
  fc.record({ kind: fc.constant('order-lines' as const), lineIds: fc.shuffledSubarray(['a', 'b', 'c', 'n0', 'n1'], { minLength: 5 }) }),
  fc.record({ kind: fc.constant('set-discount' as const), discount, reason: fc.constant(reason) }),
  fc.record({ kind: fc.constant('set-details' as const), notes: fc.option(fc.string({ maxLength: 20 })), dueDate: fc.constant('2026-12-31') }),
  fc.record({ kind: fc.constant('set-tax' as const), tax, priceMode: fc.constantFrom('exclusive' as const, 'inclusive' as const), taxRounding: fc.constantFrom('per-line' as const, 'per-invoice' as const), withholdingBasisPoints: fc.integer({ min: 0, max: 1_000 }), reason: fc.constant(reason) }),
);

/** The steps that can be done one after the other from here. */
function possible(from: DraftView, steps: readonly Step[]): { done: Step[]; after: DraftView } {
  const done: Step[] = [];
  let after = from;
  for (const each of steps) {
    try {
      after = withSteps(after, [each], editor);
      done.push(each);
    } catch {
      // No such line at this point: a person could not have done it either.
    }
  }
  return { done, after };
}

/** What a person sees of it; who edited it when is the history's. */
const seen = ({ lines, version: _version, ...draft }: DraftView) => ({ ...draft, lines: lines.map(({ edit: _edit, clash: _clash, explanation: _explanation, ...line }) => line) });

describe('steps on a draft', () => {
  test('applied on the spot they make the lines and totals that the backend stores', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const { done, after } = possible(start, steps);
      const edits = done.reduce<DraftEdits>((sofar, each) => withEdits({ basis, edits: sofar }, [each as DraftEdit], { ...editor, currency: 'eur' }), noEdits);
      expect(seen(after)).toEqual(seen(viewOf({ basis, edits })));
    }));
  });

  test('what is read back from the view is what was stored', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const { after } = possible(start, steps);
      expect(seen(viewOf(storedOf(after)))).toEqual(seen(after));
    }));
  });

  test('undone one after the other they leave the draft as it was, and redone as they had left it', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 4 }), fc.array(step, { minLength: 1, maxLength: 6 }), (before, steps) => {
      const stands = possible(start, before).after;
      const { done, after } = possible(stands, steps);
      const undone = withSteps(after, inverseOf(stands, done, editor), editor);
      expect(seen(undone)).toEqual(seen(stands));
      expect(seen(withSteps(undone, done, editor))).toEqual(seen(after));
    }));
  });

  test('a discount of nothing stays one when the amount was nothing meanwhile, and the contract’s comes back with an amount it is a cent of', () => {
    const amounts = (first: number, then: number): Step[] => [{ kind: 'change-line', lineId: 'a', amountMinor: first, reason }, { kind: 'change-line', lineId: 'a', amountMinor: then, reason }];
    const discounts = (steps: readonly Step[]) => {
      const edits = steps.reduce<DraftEdits>((sofar, each) => withEdits({ basis, edits: sofar }, [each as DraftEdit], { ...editor, currency: 'eur' }), noEdits);
      const onTheSpot = steps.reduce((sofar, each) => withSteps(sofar, [each], editor), start);
      return [onTheSpot, viewOf({ basis, edits })].map(({ lines }) => lines.find((line) => line.id === 'a')?.discountMinor);
    };
    const none: Step = { kind: 'change-line', lineId: 'a', discount: null, reason };
    const rated = start.lines.find((line) => line.id === 'a');
    expect(rated?.discountMinor).toBeGreaterThan(0);
    expect(discounts([none, ...amounts(0, 90_000)])).toEqual([0, 0]);
    const [onTheSpot, stored] = discounts(amounts(1, 90_000));
    expect(onTheSpot).toBeGreaterThan(0);
    expect(onTheSpot).toBe(stored);
  });

  test('an edited line that is not rated any more stays until its edit is dropped, which no undo brings back', () => {
    const edit = { isRemoved: false, amountMinor: 1_000, reason, by: 'amara', at: 0, ratedMinor: 9_000 };
    const stands = viewOf({ basis, edits: { ...noEdits, rated: { 'minimum/Minimum, October 2026/1': edit } } });
    const gone = { id: 'minimum/Minimum, October 2026/1', description: 'Minimum, October 2026', rated: null, isRemoved: true, clash: { ratedThenMinor: 9_000, ratedNowMinor: null } };
    expect(stands.lines.at(-1)).toMatchObject(gone);
    expect(withSteps(stands, [{ kind: 'set-details', notes: 'Thank you' }], editor).lines.at(-1)).toMatchObject(gone);
    const drop: Step = { kind: 'restore-line', lineId: gone.id };
    const dropped = withSteps(stands, [drop], editor);
    expect(dropped.lines.some((line) => line.id === gone.id)).toBe(false);
    expect(dropped.totals).toEqual(stands.totals);
    expect(inverseOf(stands, [drop], editor)).toEqual([]);
  });

  test('a figure of a rated line needs its reason here as there', () => {
    expect(() => withSteps(start, [{ kind: 'change-line', lineId: 'a', amountMinor: 1 }], editor)).toThrow(expect.objectContaining({ code: 'edit-reason-missing' }));
  });
});

describe('a typed customer', () => {
  const customer = { name: 'Halden', legalName: null, address: ['Berlin'], country: 'DE', email: null, taxNumber: null };
  const typed: DraftView = { ...start, customer, customerName: 'Halden' };

  test('is what was typed at once, and what it was when that is undone', () => {
    const steps: Step[] = [{ kind: 'set-customer', name: 'Halden Verlag', address: ['Spreeufer 5', '10178 Berlin'] }, { kind: 'set-customer', email: 'rechnung@halden.example' }];
    const after = withSteps(typed, steps, editor);
    expect([after.customerName, after.customer]).toEqual(['Halden Verlag', { ...customer, name: 'Halden Verlag', address: ['Spreeufer 5', '10178 Berlin'], email: 'rechnung@halden.example' }]);
    expect(seen(withSteps(after, inverseOf(typed, steps, editor), editor))).toEqual(seen(typed));
  });

  test('clashes where two desks changed the same of it', () => {
    const stands = withSteps(typed, [{ kind: 'set-customer', email: 'theirs@halden.example' }], editor);
    expect(clashesOf(typed, stands, [{ kind: 'set-customer', name: 'Halden Verlag' }, { kind: 'take-records' }])).toEqual([]);
    expect(clashesOf(typed, stands, [{ kind: 'set-customer', email: 'mine@halden.example' }])).toEqual(['set-customer']);
  });
});

test('only what both desks touched clashes', () => {
  const stands = withSteps(start, [{ kind: 'change-line', lineId: 'a', amountMinor: 5, reason }, { kind: 'set-details', notes: 'Theirs' }], editor);
  const mine: Step[] = [{ kind: 'change-line', lineId: 'b', amountMinor: 7, reason }, { kind: 'set-details', dueDate: '2026-12-31' }, { kind: 'set-discount', discount: null, reason }];
  expect(clashesOf(start, stands, mine)).toEqual([]);
  expect(clashesOf(start, stands, [...mine, { kind: 'remove-line', lineId: 'a', reason }, { kind: 'set-details', notes: 'Mine' }])).toEqual(['a', 'set-details']);
});
