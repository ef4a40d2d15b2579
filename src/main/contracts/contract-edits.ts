/**
 * An edit of a person, checked against every rule before it goes into the outbox: what cannot stand is told at once, offline too.
 */
import { ConflictError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { ChangeSubmission, ChangeView, Edit, EditAct } from './contract-changes.ports.ts';
import { assertSound, mustFindRecord, type ContractChecks } from './contract-checks.ts';
import { findRecord } from './contract-records.repository.ts';
import { normaliseValues, withDefaults } from './contract-values.ts';

export interface ContractEdits {
  /**
   * @throws ValidationError with the first broken rule's code, NotFoundError `record-not-found`, ConflictError `record-exists`; whatever the outbox throws.
   */
  edit(edit: Edit, act: EditAct): ChangeView;
}

export function createContractEdits({ readable, checks, changes }: { readonly readable: ReadableDatabase; readonly checks: ContractChecks; readonly changes: ChangeSubmission }): ContractEdits {
  return {
    edit(edit, act) {
      const { entity, entityId, operation } = edit;
      if (operation === 'create') {
        if (findRecord(readable, entity, entityId)) throw new ConflictError('record-exists', `There is such ${entity === 'amendment' ? 'an amendment' : `a ${entity}`} already.`, { data: { entity, id: entityId }, nextStep: 'Edit it, or start the new one again.' });
        assertSound(checks.check(entity, null, edit.values).problems);
        return changes.submit({ ...edit, baseVersion: 0, values: normaliseValues(entity, withDefaults(entity, edit.values)) }, act);
      }
      if (!checks.find(entity, entityId)) mustFindRecord(readable, entity, entityId);
      if (operation === 'delete') {
        assertSound(checks.checkDeletion(entity, entityId));
        return changes.submit({ ...edit, values: {} }, act);
      }
      assertSound(checks.check(entity, entityId, edit.values).problems);
      return changes.submit({ ...edit, values: normaliseValues(entity, edit.values) }, act);
    },
  };
}
