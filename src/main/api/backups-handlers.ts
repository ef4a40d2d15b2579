import { NotFoundError } from '../../shared/errors/errors.ts';
import { listBackups } from '../backup/backup-list.ts';
import type { Backups } from '../backup/backups.ts';
import type { JobRunStore } from '../jobs/job-run-store.ts';
import type { JobOptions, JobRunner } from '../jobs/job-runner.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';
import { toRunView } from './jobs-handlers.ts';

export interface BackupsHandlersDependencies {
  readonly backups: Backups;
  readonly runner: JobRunner;
  readonly store: JobRunStore;
}

export function createBackupsHandlers({ backups, runner, store }: BackupsHandlersDependencies) {
  async function run(context: ApiContext, procedure: string, job: 'ledger-backup' | 'backup-verify', command: { commandId: string; wait: boolean }, options: JobOptions) {
    const { runId } = await context.commands.once(procedure, { commandId: command.commandId, ...options }, () => ({ runId: runner.start({ job, trigger: 'person', options }).id }));
    const ended = command.wait ? await runner.waitFor(runId) : store.find(runId);
    if (!ended) throw new NotFoundError('run-missing', 'There is no such run.');
    return toRunView(ended, runner);
  }

  return {
    list: api.backups.list.handler(() => listBackups(backups.folder)),
    create: api.backups.create.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return run(context, 'backups.create', 'ledger-backup', input, {});
    }),
    verify: api.backups.verify.handler(({ input, context }) => run(context, 'backups.verify', 'backup-verify', input, input.id === undefined ? {} : { id: input.id })),
  };
}
