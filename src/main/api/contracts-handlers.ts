import type { ContractChecks } from '../contracts/contract-checks.ts';
import type { ChangeView } from '../contracts/contract-changes.ports.ts';
import type { ContractEdits } from '../contracts/contract-edits.ts';
import type { ContractExchange } from '../contracts/contract-exchange.ts';
import { mergedFields } from '../contracts/contract-fields.ts';
import type { ContractPreviews } from '../contracts/contract-previews.ts';
import type { ContractRegister } from '../contracts/contract-register.ts';
import { choicesOf } from '../contracts/contract-values.ts';
import type { ContractVersions } from '../contracts/contract-versions.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';

export interface ContractsHandlersDependencies {
  readonly register: ContractRegister;
  readonly checks: ContractChecks;
  readonly edits: ContractEdits;
  readonly previews: ContractPreviews;
  readonly versions: ContractVersions;
  readonly exchange: ContractExchange;
  readonly hub: ChangeHub;
  /** Sends what waits at once, waited for on the command line alone; answers the edit as it stands then. */
  sendNow(host: ApiContext['host'], change: ChangeView): Promise<ChangeView>;
}

/** Everybody may read what partners agreed to; admins edit it. The shared database checks roles again. */
export function createContractsHandlers({ register, checks, edits, previews, versions, exchange, hub, sendNow }: ContractsHandlersDependencies) {
  const publish = (ids: readonly string[]): void => {
    hub.publish({ entity: 'partners', ids: [...ids] });
    hub.publish({ entity: 'today', ids: [] });
    hub.publish({ entity: 'status', ids: [] });
  };
  const command = <Input extends { commandId: string }, Result>(procedure: string, input: Input, context: ApiContext, work: (act: { actor: string; requestId: string }) => Result): Promise<Result> => {
    requireRole(context, 'admin');
    return context.commands.once(procedure, input, () => work({ actor: context.user, requestId: input.commandId }));
  };

  return {
    list: api.contracts.list.handler(({ input }) => ({ ...register.list(input), sums: [] })),
    show: api.contracts.show.handler(({ input }) => register.show(input.id)),
    values: api.contracts.values.handler(({ input }) => register.values(input.entity, input.id)),
    partners: api.contracts.partners.handler(() => register.partners()),
    fields: api.contracts.fields.handler(({ input }) =>
      mergedFields[input.entity].map((field) => ({ ...field, isFixed: field.isFixed ?? false, choices: choicesOf(field)?.map((choice) => ({ ...choice })) ?? null })),
    ),
    check: api.contracts.check.handler(({ input }) => {
      const { problems, summary } = checks.check(input.entity, input.id, input.values);
      return { problems: [...problems], summary };
    }),
    rehearse: api.contracts.rehearse.handler(({ input }) => {
      const { months, curve, problems, ...rest } = previews.rehearse(input);
      return { ...rest, months: [...months], curve: [...curve], problems: [...problems] };
    }),
    edit: api.contracts.edit.handler(async ({ input, context }) => {
      const change = await command('contracts.edit', input, context, (act) => edits.edit(input.edit, act));
      const sent = await sendNow(context.host, change);
      publish([change.entityId]);
      return sent;
    }),
    versions: api.contracts.versions.handler(({ input }) => versions.list(input.entity, input.id).map((version) => ({ ...version, changed: [...version.changed] }))),
    compare: api.contracts.compare.handler(({ input }) => {
      const { fields, billed } = versions.compare(input.entity, input.id, input.from, input.to);
      return { fields: [...fields], billed: billed && { month: billed.from.month, from: billed.from.total, to: billed.to.total } };
    }),
    restore: api.contracts.restore.handler(async ({ input, context }) => {
      const change = await command('contracts.restore', input, context, (act) => versions.restore(input, act));
      const sent = await sendNow(context.host, change);
      publish([change.entityId]);
      return sent;
    }),
    exportFile: api.contracts.exportFile.handler(({ input }) => exchange.exportFile(input.format)),
    planImport: api.contracts.planImport.handler(({ input }) => {
      const plan = exchange.planImport(input.format, input.text);
      return { ...plan, problems: [...plan.problems], planned: plan.planned.map((planned) => ({ ...planned, fields: [...planned.fields] })) };
    }),
    importFile: api.contracts.importFile.handler(async ({ input, context }) => {
      const changes = await command('contracts.importFile', input, context, (act) => exchange.importFile(input.format, input.text, input.reason, act));
      const sent: ChangeView[] = [];
      for (const change of changes) sent.push(await sendNow(context.host, change));
      publish(changes.map((change) => change.entityId));
      return { changes: sent };
    }),
  };
}
