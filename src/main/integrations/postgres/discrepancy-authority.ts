/** The shared database's say over adjustments that take two people, and over the settings of the work on differences (migrations/postgres/0026). Online only. */
import type { Clock } from '../../../shared/calendar/clock.ts';
import { ConflictError, DaybookError, PermissionError, StateError } from '../../../shared/errors/errors.ts';
import type { DiscrepancyAuthority, PolicyStore } from '../../reconciliation/discrepancy-authority.ports.ts';
import type { PostgresConnection } from './connection.ts';

/** @param policies this desk's copy of the shared settings. */
export function createSharedDiscrepancyAuthority({ postgres, policies, clock }: { readonly postgres: PostgresConnection; readonly policies: PolicyStore; readonly clock: Clock }): DiscrepancyAuthority {
  return {
    fourEyes: 'on',
    async decide({ discrepancyId, requestStepId, isApproved, note, requestId }) {
      try {
        await postgres.query('SELECT daybook.decide_adjustment($1, $2, $3, $4, $5)', [discrepancyId, requestStepId, isApproved, note, requestId]);
      } catch (error) {
        throw toDecisionError(error);
      }
    },
    policy: () => policies.read(),
    async setPolicy(policy, requestId) {
      await postgres.query('SELECT daybook.set_reconciliation_policy($1::jsonb, $2)', [JSON.stringify(policy), requestId]);
      policies.keep(policy, clock.now());
    },
  };
}

/** The server functions' codes in the same kinds of error as elsewhere. */
function toDecisionError(error: unknown): unknown {
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  switch (error.code) {
    case 'second-person-needed':
      return new PermissionError(error.code, error.message, { ...options, nextStep: 'Ask another accountant or an admin to approve it.' });
    case 'adjustment-decided-already':
      return new ConflictError(error.code, error.message, { ...options, nextStep: 'Sync the shared database and look at it again.' });
    case 'adjustment-request-unknown':
      return new StateError(error.code, error.message, { ...options, nextStep: 'The request may not have been sent yet: sync the desk it was made on, then this one.' });
    default:
      return error;
  }
}
