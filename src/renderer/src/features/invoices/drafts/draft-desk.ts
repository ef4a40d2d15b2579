/**
 * A draft while a person works on it: what is saved, what was typed since, what waits for a reason, and the way back. Saves by itself, one command after the
 * other; what cannot be saved stays here and is said. Knows neither React nor the network: both are handed in.
 */
import type { Editor } from '../../../../../shared/invoicing/draft-document.ts';
import { clashesOf, inverseOf, subjectOf, withSteps, type DraftView, type Step } from './draft-steps.ts';
import type { KeptSteps, SentSteps } from './kept-steps.ts';

/** `offline`: nobody answered, it is tried again; `refused`: the backend said no; `clash`: another desk changed the same, a person decides. */
export type SaveState = 'saved' | 'waiting' | 'saving' | 'offline' | 'refused' | 'clash';

interface Deed {
  readonly steps: readonly Step[];
  readonly inverse: readonly Step[];
}

export interface DeskState {
  readonly saved: DraftView;
  /** The draft as the person sees it: saved, with what was typed since, also what waits for its reason. */
  readonly view: DraftView;
  readonly unsaved: readonly Step[];
  readonly held: Readonly<Record<string, Step>>;
  readonly save: SaveState;
  /** Why it was refused or could not be sent. */
  readonly error: unknown;
  /** What both desks touched. */
  readonly clash: { readonly stands: DraftView; readonly subjects: readonly string[] } | null;
  /** Another desk saved it meanwhile and these changes were put on top of that. */
  readonly wasRebased: boolean;
  readonly undoable: readonly Deed[];
  readonly redoable: readonly Deed[];
}

export interface DeskPort {
  edit(input: { commandId: string; id: string; version: number; edits: Step[] }): Promise<DraftView>;
  read(id: string): Promise<DraftView>;
  keep(kept: KeptSteps): void;
  /** Calls after the pause that lets a person finish a thought; a later call replaces an earlier one. */
  later(work: () => void): void;
  newId(): string;
  now(): number;
}

export interface DraftDesk {
  readonly state: () => DeskState;
  subscribe(listener: () => void): () => void;
  /** Does steps at once and saves them soon. @throws ValidationError when a step cannot be done. */
  act(steps: readonly Step[]): void;
  /** A change that needs a reason first. A second one of the same line joins it. */
  hold(step: Step): void;
  /** Does what was held, with its reason. @throws ValidationError as {@link act}. */
  giveReason(subject: string, reason: string): void;
  letGo(subject: string): void;
  undo(): void;
  redo(): void;
  /** Saves now. Answers when nothing is under way any more: whether all is saved. */
  flush(): Promise<boolean>;
  /** The draft as another desk or a run left it. */
  meet(stands: DraftView): void;
  /** Decides a clash: puts what was typed here on top. */
  keepMine(): void;
  /** Decides a clash, or gives up what was refused: what is saved stands. */
  takeSaved(): void;
}

const emptyHistory = { undoable: [], redoable: [] } as const;
const placeholder = 'Waits for its reason';
/** As many as one call takes (`editDraft`); what a person did beyond that goes with the next. */
const mostSteps = 500;

export function createDraftDesk({ draft, kept, by, port }: { draft: DraftView; kept: KeptSteps | null; by: string; port: DeskPort }): DraftDesk {
  const listeners = new Set<() => void>();
  const editor = (): Omit<Editor, 'currency'> => ({ by, at: port.now() });
  let sent: SentSteps | null = kept?.sent ?? null;
  let running: Promise<void> | null = null;
  let state: DeskState = { saved: kept && kept.steps.length > 0 ? kept.madeOn : draft, view: draft, unsaved: kept?.steps ?? [], held: kept?.held ?? {}, save: 'saved', error: null, clash: null, wasRebased: false, ...emptyHistory };

  function become(change: Partial<DeskState>): void {
    const next = { ...state, ...change };
    state = { ...next, view: viewOf(next, editor()) };
    port.keep({ madeOn: state.saved, steps: state.unsaved, held: state.held, sent });
    for (const listener of listeners) listener();
  }

  function act(steps: readonly Step[], history: Partial<Pick<DeskState, 'undoable' | 'redoable'>> | null = null): void {
    const stands = withSteps(state.saved, state.unsaved, editor());
    const inverse = inverseOf(stands, steps, editor());
    become({
      unsaved: [...state.unsaved, ...steps], ...(history ?? (inverse.length === 0 ? {} : { undoable: [...state.undoable, { steps, inverse }], redoable: [] })),
      ...(state.save === 'saved' ? { save: 'waiting' as const } : {}), wasRebased: false,
    });
    port.later(() => void flush());
  }

  async function sendNext(): Promise<void> {
    sent ??= { commandId: port.newId(), count: Math.min(state.unsaved.length, mostSteps) };
    const { commandId, count } = sent;
    become({ save: 'saving', error: null });
    try {
      const saved = await port.edit({ commandId, id: state.saved.id, version: state.saved.version, edits: state.unsaved.slice(0, count) });
      sent = null;
      const unsaved = state.unsaved.slice(count);
      become({ saved, unsaved, save: unsaved.length > 0 ? 'waiting' : 'saved' });
    } catch (error) {
      if (isUnanswered(error)) return become({ save: 'offline', error });
      sent = null;
      if (codeOf(error) === 'invoice-changed') return meetAnew(error);
      become({ save: 'refused', error });
    }
  }

  async function meetAnew(refusal: unknown): Promise<void> {
    try {
      const stands = await port.read(state.saved.id);
      if (stands.version <= state.saved.version) return become({ save: 'refused', error: refusal });
      meet(stands);
    } catch (error) {
      become({ save: isUnanswered(error) ? 'offline' : 'refused', error });
    }
  }

  function meet(stands: DraftView): void {
    if (stands.version < state.saved.version || stands === state.saved || sent) return;
    // The same version: no line of it differs, but records, settings or credits beside it may by now.
    if (stands.version === state.saved.version) return become({ saved: stands });
    const subjects = clashesOf(state.saved, stands, state.unsaved);
    if (subjects.length > 0 || !canBeDone(stands, state.unsaved, editor())) return become({ save: 'clash', clash: { stands, subjects } });
    const isWaiting = state.unsaved.length > 0;
    become({ saved: stands, save: isWaiting ? 'waiting' : 'saved', wasRebased: isWaiting, error: null });
    if (isWaiting) port.later(() => void flush());
  }

  async function flush(): Promise<boolean> {
    running ??= (async () => {
      while (state.unsaved.length > 0 && state.save !== 'clash') {
        await sendNext();
        if (state.save !== 'waiting') break;
      }
    })().finally(() => { running = null; });
    await running;
    return state.save === 'saved';
  }

  function retrace(from: 'undoable' | 'redoable', to: 'undoable' | 'redoable'): void {
    const deed = state[from].at(-1);
    if (!deed || state.save === 'clash') return;
    const history = { [from]: state[from].slice(0, -1), [to]: [...state[to], deed] };
    // What was rated anew or changed elsewhere since may have no way back: the step is forgotten rather than done halfway.
    try {
      act(from === 'undoable' ? deed.inverse : deed.steps, history);
    } catch {
      become({ [from]: state[from].slice(0, -1) });
    }
  }

  const without = (subject: string) => Object.fromEntries(Object.entries(state.held).filter(([each]) => each !== subject));
  become({ save: state.unsaved.length > 0 ? 'waiting' : 'saved' });
  if (kept && kept.steps.length > 0) {
    if (sent === null) meet(draft);
    port.later(() => void flush());
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    act: (steps) => act(steps),
    hold(step) {
      const subject = subjectOf(step);
      become({ held: { ...state.held, [subject]: joined(state.held[subject], step) } });
    },
    giveReason(subject, reason) {
      const step = state.held[subject];
      if (!step) return;
      act([{ ...step, reason } as Step]);
      become({ held: without(subject) });
    },
    letGo: (subject) => become({ held: without(subject) }),
    undo: () => retrace('undoable', 'redoable'),
    redo: () => retrace('redoable', 'undoable'),
    flush, meet,
    keepMine() {
      if (!state.clash) return;
      const { stands } = state.clash;
      const unsaved = possibleOn(stands, state.unsaved, editor());
      become({ saved: stands, unsaved, clash: null, save: unsaved.length > 0 ? 'waiting' : 'saved', ...emptyHistory });
      void flush();
    },
    takeSaved() {
      sent = null;
      become({ saved: state.clash?.stands ?? state.saved, unsaved: [], clash: null, error: null, save: 'saved', ...emptyHistory });
    },
  };
}

/** What was typed stays in sight also where a step has lost its line meanwhile. */
function viewOf({ saved, unsaved, held }: DeskState, editor: Omit<Editor, 'currency'>): DraftView {
  const typed = possibleOn(saved, unsaved, editor);
  const waiting = possibleOn(withSteps(saved, typed, editor), Object.values(held).map((step) => ({ ...step, reason: placeholder }) as Step), editor);
  return withSteps(saved, [...typed, ...waiting], editor);
}

function possibleOn(draft: DraftView, steps: readonly Step[], editor: Omit<Editor, 'currency'>): Step[] {
  const possible: Step[] = [];
  let stands = draft;
  for (const step of steps) {
    try {
      stands = withSteps(stands, [step], editor);
      possible.push(step);
    } catch {
      // Its line is gone: there is nothing it could change.
    }
  }
  return possible;
}

const canBeDone = (draft: DraftView, steps: readonly Step[], editor: Omit<Editor, 'currency'>): boolean => possibleOn(draft, steps, editor).length === steps.length;

/** A later change of the same thing goes over the earlier; an amount and what makes an amount exclude each other. */
function joined(before: Step | undefined, step: Step): Step {
  if (before?.kind !== step.kind) return step;
  if (step.kind !== 'change-line' || before.kind !== 'change-line') return { ...before, ...step } as Step;
  const { amountMinor, quantity, unitPrice, ...rest } = before;
  if (step.amountMinor !== undefined) return { ...rest, ...step };
  const hasFactors = step.quantity !== undefined || step.unitPrice !== undefined;
  return { ...rest, ...(quantity === undefined ? {} : { quantity }), ...(unitPrice === undefined ? {} : { unitPrice }), ...(amountMinor === undefined || hasFactors ? {} : { amountMinor }), ...step };
}

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : null);
/** Nobody answered: the command may have been done or not, and is sent again as it is. */
const isUnanswered = (error: unknown): boolean => ['connection-lost', 'postgres-unreachable', 'shared-database-offline'].includes(String(codeOf(error)));
