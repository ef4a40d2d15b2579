import { describe, expect, test } from 'vitest';
import { BackendError, connectionLost } from '../../../../../shared/api/backend-error.ts';
import { createDraftDesk, type DeskPort } from './draft-desk.ts';
import { withSteps, type DraftView, type Step } from './draft-steps.ts';
import type { KeptSteps } from './kept-steps.ts';

const line = (id: string, amountMinor: number): DraftView['lines'][number] => ({ id, origin: 'rated', description: id, quantity: null, unitPrice: null, amountMinor, discount: null, hasOwnDiscount: false, discountMinor: 0, tax: null, isRemoved: false, rated: { description: id, quantity: null, unitPrice: null, amountMinor, discountMinor: 0 }, edit: null, clash: null, explanation: '' });
const empty: DraftView = {
  id: 'draft', version: 1, totalsFingerprint: 'f1', kind: 'partner', billingMonth: '2026-10', customerName: 'Northwind', partyId: 'northwind', customer: null, currency: 'eur', lines: [line('a', 1_000), line('b', 2_000)], discount: null, tax: { treatment: 'standard', basisPoints: 2_000, jurisdiction: null, exemptionReason: null, vatIdState: null }, priceMode: 'exclusive',
  taxRounding: 'per-invoice', withholdingBasisPoints: 0, notes: null, purchaseOrderNumber: null, issueDate: null, dueDate: null, paymentTermsDays: 30, totals: { discountMinor: 0, subtotalMinor: 0, taxes: [], taxMinor: 0, totalMinor: 0, withholdingMinor: 0, withholdings: [], payableMinor: 0 }, creditsAvailable: [], problems: [],
};
const start = withSteps(empty, [{ kind: 'order-lines', lineIds: ['a', 'b'] }], { by: 'x', at: 0 });
const amount = (lineId: string, amountMinor: number): Step => ({ kind: 'change-line', lineId, amountMinor, reason: 'Agreed' });

/** A register in memory behind the desk's port: versions, commands done once, and lines that break. */
class Register implements DeskPort {
  stands = start;
  kept: KeptSteps | null = null;
  calls: string[] = [];
  nextFault: 'none' | 'before' | 'after' | 'refused' = 'none';
  private readonly done = new Map<string, DraftView>();
  private ids = 0;
  private soon: (() => void) | null = null;

  edit = async ({ commandId, version, edits }: Parameters<DeskPort['edit']>[0]): Promise<DraftView> => {
    const fault = this.nextFault;
    this.nextFault = 'none';
    this.calls.push(`${commandId}:${edits.length}`);
    if (fault === 'before') throw connectionLost();
    if (fault === 'refused') throw new BackendError('edit-invalid', 'No.', { kind: 'invariant', nextStep: null });
    const answer = this.done.get(commandId) ?? this.change(version, edits);
    this.done.set(commandId, answer);
    if (fault === 'after') throw connectionLost();
    return answer;
  };

  change(version: number, edits: readonly Step[]): DraftView {
    if (version !== this.stands.version) throw new BackendError('invoice-changed', 'Changed.', { kind: 'conflict', nextStep: null });
    this.stands = { ...withSteps(this.stands, edits, { by: 'x', at: 0 }), version: version + 1 };
    return this.stands;
  }

  read = async (): Promise<DraftView> => this.stands;
  keep = (kept: KeptSteps): void => { this.kept = kept; };
  later = (work: () => void): void => { this.soon = work; };
  newId = (): string => `command-${(this.ids += 1)}`;
  now = (): number => 0;
  pause(): void { this.soon?.(); }
}

function open(register: Register, kept: KeptSteps | null = null) {
  const desk = createDraftDesk({ draft: register.stands, kept, by: 'ada', port: register });
  const amounts = () => desk.state().view.lines.map((each) => each.amountMinor);
  return { desk, amounts };
}

describe('read anew', () => {
  test('the version that is open says what stands in its way by now, and what was typed meanwhile stays', () => {
    const register = new Register();
    const { desk, amounts } = open(register);
    desk.act([amount('a', 500)]);
    const problems = [{ code: 'records-changed', message: 'A name has changed.' }];
    desk.meet({ ...register.stands, problems });
    expect([desk.state().saved.problems, amounts(), desk.state().save, desk.state().undoable.length]).toEqual([problems, [500, 2_000], 'waiting', 1]);
    // An older answer that comes late is none.
    desk.meet({ ...register.stands, version: 0 });
    expect(desk.state().saved.problems).toEqual(problems);
  });
});

describe('saving', () => {
  test('more than one call takes goes in several, in its order', async () => {
    const register = new Register();
    const { desk, amounts } = open(register);
    desk.act(Array.from({ length: 601 }, (_, index) => amount('a', index)));
    expect(await desk.flush()).toBe(true);
    expect([register.calls.map((call) => call.split(':')[1]), amounts(), desk.state().save]).toEqual([['500', '101'], [600, 2_000], 'saved']);
  });

  test('what is done is seen at once, saved after the pause, and total and version are the register’s', async () => {
    const register = new Register();
    const { desk, amounts } = open(register);
    desk.act([amount('a', 1_500)]);
    expect([amounts(), desk.state().save, desk.state().view.totals.totalMinor, register.calls]).toEqual([[1_500, 2_000], 'waiting', 4_200, []]);
    register.pause();
    expect(await desk.flush()).toBe(true);
    expect([desk.state().saved.version, desk.state().unsaved, desk.state().save, register.stands.totals.totalMinor]).toEqual([2, [], 'saved', 4_200]);
  });

  test('what is typed while it saves goes with the next command', async () => {
    const register = new Register();
    const { desk } = open(register);
    desk.act([amount('a', 1)]);
    const saved = desk.flush();
    desk.act([amount('b', 2), amount('a', 3)]);
    await saved;
    expect([register.calls, register.stands.lines.map((each) => each.amountMinor), desk.state().save]).toEqual([['command-1:1', 'command-2:2'], [3, 2], 'saved']);
  });

  test.each(['before', 'after'] as const)('a line that breaks %s the backend has done it loses nothing and doubles nothing', async (fault) => {
    const register = new Register();
    const { desk } = open(register);
    register.nextFault = fault;
    desk.act([{ kind: 'add-line', lineId: 'n', description: 'Support', quantity: null, unitPrice: null, amountMinor: 500, discount: null, tax: null, beforeLineId: null }]);
    expect(await desk.flush()).toBe(false);
    desk.act([amount('a', 7)]);
    expect([desk.state().save, desk.state().view.lines.map((each) => each.amountMinor), register.kept?.steps.length]).toEqual(['offline', [7, 2_000, 500], 2]);
    expect(await desk.flush()).toBe(true);
    expect([register.calls, register.stands.lines.map((each) => each.amountMinor), register.stands.version]).toEqual([['command-1:1', 'command-1:1', 'command-2:1'], [7, 2_000, 500], 3]);
  });

  test('a window closed before the answer came sends the very same command when it is opened again', async () => {
    const register = new Register();
    const first = open(register);
    register.nextFault = 'after';
    first.desk.act([amount('a', 9)]);
    await first.desk.flush();
    const second = open(register, register.kept);
    expect(second.amounts()).toEqual([9, 2_000]);
    expect(await second.desk.flush()).toBe(true);
    expect([register.calls, register.stands.version]).toEqual([['command-1:1', 'command-1:1'], 2]);
  });

  test('what the backend refuses stays in sight until the person takes what is saved', async () => {
    const register = new Register();
    const { desk, amounts } = open(register);
    register.nextFault = 'refused';
    desk.act([amount('a', 9)]);
    await desk.flush();
    expect([desk.state().save, amounts()]).toEqual(['refused', [9, 2_000]]);
    desk.takeSaved();
    expect([desk.state().save, amounts(), register.kept?.steps]).toEqual(['saved', [1_000, 2_000], []]);
  });
});

describe('another desk', () => {
  test('changed another line: what was typed here goes on top, and that is said', async () => {
    const register = new Register();
    const { desk } = open(register);
    register.change(1, [amount('b', 8)]);
    desk.act([amount('a', 9)]);
    await desk.flush();
    expect(desk.state()).toMatchObject({ save: 'saved', wasRebased: true });
    expect([register.stands.lines.map((each) => each.amountMinor), register.stands.version]).toEqual([[9, 8], 3]);
  });

  test.each([['keepMine', [9, 2_000]], ['takeSaved', [8, 2_000]]] as const)('changed the same line: nothing is sent until a person decides, here by %s', async (decide, stands) => {
    const register = new Register();
    const { desk, amounts } = open(register);
    register.change(1, [amount('a', 8)]);
    desk.act([amount('a', 9)]);
    await desk.flush();
    expect([desk.state().save, desk.state().clash?.subjects, amounts()]).toEqual(['clash', ['a'], [9, 2_000]]);
    desk[decide]();
    await desk.flush();
    expect(register.stands.lines.map((each) => each.amountMinor)).toEqual(stands);
  });
});

describe('reasons and the way back', () => {
  test('what has no way back leaves undo as it was', () => {
    const { desk } = open(new Register());
    desk.act([{ kind: 'take-records' }]);
    expect([desk.state().undoable, desk.state().unsaved]).toEqual([[], [{ kind: 'take-records' }]]);
  });

  test('a deviation shows at once but is sent only with its reason; a second figure joins it', async () => {
    const register = new Register();
    const { desk, amounts } = open(register);
    desk.hold({ kind: 'change-line', lineId: 'a', quantity: '3', unitPrice: '4' });
    desk.hold({ kind: 'change-line', lineId: 'a', unitPrice: '5' });
    expect([amounts(), await desk.flush(), register.calls]).toEqual([[1_500, 2_000], true, []]);
    desk.giveReason('a', 'Agreed by phone');
    await desk.flush();
    expect([register.stands.lines[0]?.amountMinor, register.stands.lines[0]?.edit?.reason, desk.state().held]).toEqual([1_500, 'Agreed by phone', {}]);
  });

  test('undo and redo go through the register too, also after it was saved', async () => {
    const register = new Register();
    const { desk, amounts } = open(register);
    desk.act([amount('a', 5)]);
    await desk.flush();
    desk.act([{ kind: 'order-lines', lineIds: ['b', 'a'] }]);
    desk.undo();
    desk.undo();
    expect(amounts()).toEqual([1_000, 2_000]);
    await desk.flush();
    expect(register.stands.lines.map((each) => [each.id, each.amountMinor])).toEqual([['a', 1_000], ['b', 2_000]]);
    desk.redo();
    desk.redo();
    await desk.flush();
    expect(register.stands.lines.map((each) => [each.id, each.amountMinor])).toEqual([['b', 2_000], ['a', 5]]);
    expect(desk.state().redoable).toEqual([]);
  });
});
