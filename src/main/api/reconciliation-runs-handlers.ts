import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { listRunDifferences, listRuns, readProof, readRun } from '../reporting/reconciliation-runs.queries.ts';
import { api } from './implementer.ts';

export interface ReconciliationRunsHandlersDependencies {
  readonly database: ReadableDatabase;
  readonly timeZone: TimeZone;
}

/** Everybody who may read the reconciliation may read its runs. */
export function createReconciliationRunsHandlers({ database, timeZone }: ReconciliationRunsHandlersDependencies) {
  return {
    list: api.reconciliation.runs.list.handler(({ input }) => listRuns(database, input)),
    show: api.reconciliation.runs.show.handler(({ input }) => readRun(database, input.id) ?? unknown(input.id)),
    differences: api.reconciliation.runs.differences.handler(({ input }) => listRunDifferences(database, input, (instant) => timeZone.dateOf(instant)) ?? unknown(input.id)),
    proof: api.reconciliation.runs.proof.handler(() => readProof(database)),
  };
}

function unknown(id: string | undefined): never {
  if (id === undefined) throw new NotFoundError('reconciliation-run-none', 'Nothing has been reconciled yet.', { nextStep: 'Run the reconciliation first.' });
  throw new NotFoundError('reconciliation-run-not-found', 'This run is not known here.', { data: { id }, nextStep: 'Open the list of runs: each desk keeps its own.' });
}
