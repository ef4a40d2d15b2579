import type { z } from 'zod';
import type { approvalSchema, conflictSchema } from '../../shared/api/changes.contract.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { findMergedField, mergedFields, type MergedEntity } from '../../main/contracts/contract-fields.ts';
import { readFieldText } from '../../main/contracts/field-text.ts';
import { newId } from '../../main/platform/ids.ts';
import { instantText, moneyText, type HumanOutput } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';
import { currencyOf, fieldWords, printChange, type ChangeView } from './field-words.ts';

type Conflict = z.infer<typeof conflictSchema>;
type Approval = z.infer<typeof approvalSchema>;
type Billed = Conflict['billed']['base'];
type Choices = Parameters<CommandContext['client']['changes']['resolve']>[0]['choices'];

const billedText = (billed: Billed): string => (billed === null ? 'nothing' : billed.total === null ? (billed.problem ?? 'not to be rated') : `${moneyText(billed.total.amount, billed.total.currency)} for ${billed.month}`);
export interface ChangeListFlags {
  readonly state?: ChangeView['state'];
  readonly open?: boolean;
  readonly limit: number;
}

/** Edits of this desk and of the others, the newest first. */
export function listChanges({ state, open, limit }: ChangeListFlags): CommandAction {
  return async ({ client, output, timeZone }) => {
    const page = await client.changes.list({ limit, filter: { ...(state ? { state } : {}), ...(open ? { isOpen: true } : {}) } });
    output.answer({ changes: page.rows, total: page.total }, (out) => {
      out.table(page.rows, [
        { title: 'When', text: (row) => instantText(row.createdAt, timeZone) },
        { title: 'State', text: (row) => row.state },
        { title: 'Of', text: (row) => row.title },
        { title: 'What', text: (row) => (row.operation === 'update' ? row.fields.map((field) => field.label).join(', ') : row.operation) },
        { title: 'By', text: (row) => row.author },
        { title: 'Why', text: (row) => row.problem?.message ?? row.reason },
        { title: 'Id', text: (row) => row.id },
      ]);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} edits`);
    });
    return 0;
  };
}

/** Open conflicts, or one of them with all sides. Exit 1 while any is open. */
export function listConflicts(id: string | undefined, { limit }: { limit: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    if (id !== undefined) {
      const conflict = await client.changes.conflict({ id });
      const currency = await currencyOf(client, conflict.entity, conflict.entityId);
      output.answer(conflict, (out) => printConflict(out, conflict, currency, timeZone));
      return conflict.state === 'open' ? 1 : 0;
    }
    const page = await client.changes.conflicts({ limit, filter: { state: 'open' } });
    output.answer({ conflicts: page.rows, total: page.total }, (out) => {
      if (page.total === 0) return out.line('No conflicts.');
      out.table(page.rows, [
        { title: 'Since', text: (row) => instantText(row.raisedAt, timeZone) },
        { title: 'Of', text: (row) => row.title },
        { title: 'Fields', text: (row) => row.columns.map((column) => labelOf(row.entity, column)).join(', ') },
        { title: 'Edit of', text: (row) => row.author },
        { title: 'Id', text: (row) => row.id },
      ]);
    });
    return page.total === 0 ? 0 : 1;
  };
}

/** As its editor calls it; the clash of an edit with a deletion is about no field of it. */
const labelOf = (entity: MergedEntity, column: string): string => mergedFields[entity].find((field) => field.column === column)?.label ?? 'Deleted';

function printConflict(out: HumanOutput, conflict: Conflict, currency: string | null, timeZone: string): void {
  const { entity, fields, billed, resolution } = conflict;
  out.line(`${conflict.title}: the edit of ${conflict.author} (${conflict.change.reason}) meets version ${conflict.theirVersion} of ${conflict.theirAuthor ?? 'somebody'}${conflict.theirReason ? ` (${conflict.theirReason})` : ''}`);
  out.table(fields, [
    { title: 'Field', text: (field) => field.label },
    { title: 'Was', text: (field) => fieldWords(entity, field.column, field.base, currency) },
    { title: 'Mine', text: (field) => fieldWords(entity, field.column, field.mine, currency) },
    { title: 'Theirs', text: (field) => fieldWords(entity, field.column, field.theirs, currency) },
  ]);
  out.line(`Last month under each: was ${billedText(billed.base)}; mine ${billedText(billed.mine)}; theirs ${billedText(billed.theirs)}.`);
  const besides = conflict.change.fields.filter((field) => conflict.change.operation === 'update' && !fields.some(({ column }) => column === field.column || column === 'deleted')).map((field) => field.label);
  if (besides.length > 0) out.line(`The edit also changes, whichever value is kept: ${besides.join(', ')}.`);
  if (conflict.state === 'open') out.line(`To decide, an admin: daybook contracts resolve ${conflict.id} ${fields.map((field) => `--field ${field.column} --keep <mine|theirs|value>`).join(' ')} --reason <text>`);
  if (resolution) out.line(`Resolved by ${resolution.by} on ${instantText(resolution.at, timeZone)}: ${resolution.reason}`);
}

export interface ResolveFlags {
  readonly field: readonly string[];
  readonly keep: readonly string[];
  readonly reason: string;
}

/** `--field` and `--keep` in pairs: mine, theirs, or a value as `contracts edit --set` takes it. Exit 1 when it became a new conflict. */
export function resolveConflict(id: string, { field, keep, reason }: ResolveFlags): CommandAction {
  return async ({ client, output, timeZone }) => {
    const before = await client.changes.conflict({ id });
    const conflict = await client.changes.resolve({ commandId: newId(), id, reason, choices: readChoices(before.entity, field, keep) });
    const currency = await currencyOf(client, conflict.entity, conflict.entityId);
    output.answer(conflict, (out) => {
      out.line(`Resolved. The edit is ${conflict.change.state}.`);
      printChange(out, conflict.change, currency, timeZone);
    });
    return conflict.change.state === 'conflict' || conflict.change.state === 'parked' ? 1 : 0;
  };
}

function readChoices(entity: MergedEntity, fields: readonly string[], keeps: readonly string[]): Choices {
  if (fields.length !== keeps.length) throw new ValidationError('input-invalid', 'Each --field needs a --keep behind it.', { nextStep: 'Write --field flat_fee_minor --keep mine, and so on for each clashing field.' });
  return Object.fromEntries(
    fields.map((name, index): [string, Choices[string]] => {
      const column = name.replaceAll('-', '_');
      const wanted = keeps[index] ?? '';
      if (wanted === 'mine' || wanted === 'theirs') return [column, { keep: wanted }];
      const known = findMergedField(entity, column);
      if (!known) throw new ValidationError('input-invalid', `“${name}” is not a field of this conflict.`, { nextStep: 'See daybook contracts conflicts with the id of the conflict.' });
      const read = readFieldText(known, wanted);
      if (!read.isFine) throw new ValidationError(read.problem.code, read.problem.message, { data: { column }, nextStep: 'Correct the value and try again.' });
      return [column, { keep: 'other', value: read.value }];
    }),
  );
}

/** What waits for a second person, or one request with what it would bill. Exit 1 while there is one that this person may decide. */
export function listApprovals(id: string | undefined, { limit }: { limit: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    if (id !== undefined) {
      const approval = await client.changes.approval({ id });
      const currency = await currencyOf(client, approval.entity, approval.entityId);
      output.answer(approval, (out) => printApproval(out, approval, currency, timeZone));
      return 0;
    }
    const page = await client.changes.approvals({ limit, filter: { state: 'requested' } });
    output.answer({ approvals: page.rows, total: page.total }, (out) => {
      if (page.total === 0) return out.line('Nothing waits for approval.');
      out.table(page.rows, [
        { title: 'Since', text: (row) => instantText(row.requestedAt, timeZone) },
        { title: 'Of', text: (row) => row.title },
        { title: 'Asked by', text: (row) => row.requestedBy },
        { title: 'Why', text: (row) => row.reason },
        { title: 'You may decide', text: (row) => (row.isDecidable ? 'yes' : 'no') },
        { title: 'Id', text: (row) => row.id },
      ]);
    });
    return page.rows.some((row) => row.isDecidable) ? 1 : 0;
  };
}

function printApproval(out: HumanOutput, approval: Approval, currency: string | null, timeZone: string): void {
  out.line(`${approval.title}: ${approval.state}${approval.decidedBy ? ` by ${approval.decidedBy}` : ''}${approval.comment ? ` (${approval.comment})` : ''}`);
  printChange(out, approval.change, currency, timeZone);
  out.line(`Last month: ${billedText(approval.billed.before)} ${approval.state === 'requested' ? 'as it stands' : 'before the change'}, ${billedText(approval.billed.after)} with the change.`);
  if (approval.state === 'requested' && !approval.isDecidable) out.line(`To decide: an accountant or admin other than ${[approval.requestedBy, approval.valuesChosenBy].filter((name, place, all) => name !== null && all.indexOf(name) === place).join(' and ')}; or ${approval.requestedBy} takes it back with “daybook contracts withdraw ${approval.changeId}”.`);
}

export function decideChange(id: string, decision: 'approve' | 'reject', { comment = '' }: { comment?: string }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const approval = await client.changes.decide({ commandId: newId(), id, decision, comment });
    const currency = await currencyOf(client, approval.entity, approval.entityId);
    output.answer(approval, (out) => printApproval(out, approval, currency, timeZone));
    return approval.change.state === 'conflict' || approval.change.state === 'parked' ? 1 : 0;
  };
}

export function withdrawChange(id: string, { reason }: { reason: string }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const change = await client.changes.withdraw({ commandId: newId(), id, reason });
    const currency = await currencyOf(client, change.entity, change.entityId);
    output.answer(change, (out) => printChange(out, change, currency, timeZone));
    return 0;
  };
}

/** Exit 1 when it was parked again. */
export function retryChange(id: string): CommandAction {
  return async ({ client, output, timeZone }) => {
    const change = await client.changes.retry({ commandId: newId(), id });
    const currency = await currencyOf(client, change.entity, change.entityId);
    output.answer(change, (out) => printChange(out, change, currency, timeZone));
    return change.state === 'parked' ? 1 : 0;
  };
}
