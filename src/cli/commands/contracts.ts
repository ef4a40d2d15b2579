import type { z } from 'zod';
import type { contractRowSchema } from '../../shared/api/contracts.contract.ts';
import { termsOnly } from '../../main/contracts/contract-values.ts';
import type { MergedEntity } from '../../main/contracts/contract-fields.ts';
import { newId } from '../../main/platform/ids.ts';
import type { DaybookClient } from '../../shared/api/contract.ts';
import { invoicedText } from './contract-history.ts';
import type { CommandAction, CommandContext, ExitCode } from './command.ts';
import { findTarget, readSettings } from './contract-target.ts';
import { currencyOf, printChange } from './field-words.ts';

type Standing = z.infer<typeof contractRowSchema>['standing'];
type Edit = Parameters<CommandContext['client']['contracts']['edit']>[0]['edit'];

export interface EditFlags {
  readonly set?: readonly string[];
  readonly reason: string;
}

const onTheWay = (row: { readonly openChanges: number; readonly conflicts: number }): string => [row.openChanges > 0 ? `${row.openChanges} on the way` : '', row.conflicts > 0 ? `${row.conflicts} in conflict` : ''].filter((part) => part !== '').join(', ');

export function listContracts({ limit, text, standing, partner }: { limit: number; text?: string; standing?: Standing; partner?: string }): CommandAction {
  return async ({ client, output }) => {
    const page = await client.contracts.list({ limit, filter: { ...(text ? { text } : {}), ...(standing ? { standing } : {}), ...(partner ? { partnerId: partner } : {}) } });
    output.answer({ contracts: page.rows, total: page.total }, (out) => {
      if (page.total === 0) return out.line(text || standing || partner ? 'No contract fits this.' : 'There is no contract here that your role reads. Viewers read none; else sync with the shared database, or make one with daybook contracts new.');
      out.table(page.rows, [
        { title: 'Partner', text: (row) => row.partnerName },
        { title: 'Prefix', text: (row) => row.apiKeyPrefix },
        { title: 'Standing', text: (row) => (row.isWanted ? 'wanted' : row.standing) },
        { title: 'From', text: (row) => row.effectiveFrom },
        { title: 'Until', text: (row) => row.effectiveTo ?? '' },
        { title: 'Terms today', text: (row) => row.problem ?? row.summary },
        { title: 'Edits', text: (row) => onTheWay(row) },
        { title: 'Id', text: (row) => row.id },
      ]);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} contracts`);
    });
    return 0;
  };
}

export function showContract(id: string): CommandAction {
  return async ({ client, output }) => {
    const contract = await client.contracts.show({ id });
    output.answer(contract, (out) => {
      out.line(`${contract.partnerName} · ${contract.apiKeyPrefix} · ${contract.isWanted ? 'wanted, not applied yet' : `${contract.standing} · version ${contract.version}`}`);
      out.line(contract.summary);
      out.table(contract.timeline, [
        { title: 'Terms of', text: (terms) => (terms.entity === 'contract' ? 'the contract' : terms.version === 0 ? 'an amendment on its way' : 'an amendment') },
        { title: 'From', text: (terms) => terms.effectiveFrom },
        { title: 'Until before', text: (terms) => terms.effectiveTo ?? '' },
        { title: 'Terms', text: (terms) => terms.summary },
        { title: 'Id', text: (terms) => terms.id },
      ]);
      for (const problem of contract.timeline.flatMap((terms) => terms.problems)) out.line(`Wrong: ${problem.message} (${problem.code})`);
      for (const change of contract.changes) printChange(out, change, contract.currency, null);
    });
    return 0;
  };
}

/** Checks first, so that all that is wrong is told at once; then it goes the way of every edit. */
async function send({ client, output }: CommandContext, edit: Edit): Promise<ExitCode> {
  if (edit.operation !== 'delete') {
    const { problems } = await client.contracts.check({ entity: edit.entity, id: edit.operation === 'create' ? null : edit.entityId, values: edit.values });
    if (problems.length > 0) {
      output.answer({ problems }, (out) => {
        for (const problem of problems) out.line(`${problem.message} (${problem.code})`);
        out.line('Nothing was changed.');
      });
      return 1;
    }
  }
  const change = await client.contracts.edit({ commandId: newId(), edit });
  const currency = await currencyOf(client, edit.entity, edit.entityId);
  const invoiced = edit.operation === 'create' && edit.entity === 'amendment' ? await invoicedFrom(client, edit.values) : null;
  output.answer(change, (out) => {
    printChange(out, change, currency, null);
    if (invoiced) out.line(`${invoicedText(invoiced)}: those invoices keep the terms they were made with.`);
  });
  return 0;
}

/** What an amendment comes too late for. */
async function invoicedFrom(client: DaybookClient, values: Edit['values']): Promise<Parameters<typeof invoicedText>[0] | null> {
  const { invoicedMonths } = await client.contracts.rehearse({ contractId: String(values['contract_id']), entity: 'amendment', id: null, values: { effective_from: values['effective_from'] ?? null } });
  return invoicedMonths;
}

export function editContract(id: string, { set = [], reason }: EditFlags): CommandAction {
  return async (context) => {
    const target = await findTarget(context.client, id);
    return send(context, { entity: target.entity, entityId: target.id, operation: 'update', baseVersion: target.version, values: readSettings(target.entity, set), reason });
  };
}

/** The terms that hold on the day before, whole, with what is set laid over them. */
export function amendContract(id: string, { set = [], reason, from }: EditFlags & { from: string }): CommandAction {
  return async (context) => {
    const contract = await context.client.contracts.show({ id });
    const followed = contract.timeline.findLast((terms) => terms.version > 0 && terms.effectiveFrom < from) ?? contract.timeline[0];
    const values = { ...termsOnly(followed?.values ?? {}), ...readSettings('amendment', set), contract_id: contract.id, effective_from: from };
    return send(context, { entity: 'amendment', entityId: newId(), operation: 'create', baseVersion: 0, values, reason });
  };
}

export function newContract({ set = [], reason, entity }: EditFlags & { entity: Extract<MergedEntity, 'partner' | 'contract'> }): CommandAction {
  return (context) => send(context, { entity, entityId: newId(), operation: 'create', baseVersion: 0, values: readSettings(entity, set), reason });
}

export function deleteContract(id: string, { reason }: { reason: string }): CommandAction {
  return async (context) => {
    const target = await findTarget(context.client, id);
    return send(context, { entity: target.entity, entityId: target.id, operation: 'delete', baseVersion: target.version, values: {}, reason });
  };
}
