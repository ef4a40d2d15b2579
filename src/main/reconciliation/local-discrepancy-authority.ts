/** The local twin: one desk, one person. Four eyes are off, and the steps say so. */
import type { Clock } from '../../shared/calendar/clock.ts';
import { StateError } from '../../shared/errors/errors.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { DiscrepancyAuthority, PolicyStore } from './discrepancy-authority.ports.ts';
import { policyFrom } from './reconciliation-policy.ts';
import { findPolicyText, keepPolicyText } from './reconciliation-policy.repository.ts';

export function createPolicyStore({ readable, unitOfWork }: { readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork }): PolicyStore {
  return {
    read: () => policyFrom(findPolicyText(readable)),
    keep: (policy, at) => unitOfWork.run('reconciliation-policy.set', (database) => keepPolicyText(database, canonicalJson({ ...policy, reportRecipients: [...policy.reportRecipients] }), at)),
  };
}

/** @param assertAlone throws where the settings and decisions belong to a shared database that is not connected. */
export function createLocalDiscrepancyAuthority({ policies, clock, assertAlone }: { readonly policies: PolicyStore; readonly clock: Clock; assertAlone(): void }): DiscrepancyAuthority {
  return {
    fourEyes: 'off',
    async decide({ discrepancyId }) {
      throw new StateError('adjustment-request-unknown', 'Nobody asks for an adjustment of this difference.', { data: { id: discrepancyId }, nextStep: 'Post the adjustment itself: this desk has one person.' });
    },
    policy: () => policies.read(),
    async setPolicy(policy) {
      assertAlone();
      policies.keep(policy, clock.now());
    },
  };
}
