/** The outbox as the contracts' room sees it, at its port: keeps what it is given and shows it as pending. */
import type { ChangeSubmission, ChangeView, Edit, EditAct, OpenChanges } from '../contracts/contract-changes.ports.ts';
import { differencesOf } from '../contracts/contract-values.ts';

export interface RecordedChanges extends ChangeSubmission, OpenChanges {
  readonly edits: readonly (Edit & { readonly by: string })[];
  /** Sets the state of the last change, and what was decided of it, as an answer of the shared database would. */
  setLastState(state: ChangeView['state'], decided?: ChangeView['decided']): void;
}

export function recordChanges(): RecordedChanges {
  const edits: (Edit & { by: string })[] = [];
  const views: ChangeView[] = [];
  return {
    edits,
    submit(edit: Edit, act: EditAct) {
      edits.push({ ...edit, by: act.actor });
      const view: ChangeView = {
        id: `change-${edits.length}`, entity: edit.entity, entityId: edit.entityId, operation: edit.operation, title: edit.entityId, partnerId: null, state: 'pending', fields: differencesOf(edit.entity, {}, edit.values), reason: edit.reason,
        author: act.actor, createdAt: 0, sentAt: null, attempts: 0, problem: null, conflictId: null, approvalId: null, resultVersion: null, decided: null,
      };
      views.push(view);
      return view;
    },
    listOpen: (ids) => views.filter((view) => !ids || ids.includes(view.entityId)),
    setLastState(state, decided = null) {
      const last = views.at(-1);
      if (last) views[views.length - 1] = { ...last, state, decided };
    },
  };
}
