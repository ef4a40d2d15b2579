/**
 * Contracts from a file and into one.
 */
import { statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { ValidationError } from '../../shared/errors/errors.ts';
import { newId } from '../../main/platform/ids.ts';
import { readInputFile } from '../input-file.ts';
import { plainText, writeOutputFile, type HumanOutput } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';
import { fieldWords } from './field-words.ts';

type Format = 'csv' | 'json';
type Plan = Awaited<ReturnType<CommandContext['client']['contracts']['planImport']>>;

const mostBytes = 10_000_000;

/**
 * A file's text: UTF-8, or UTF-16 where it says so by its first bytes, as spreadsheets do.
 * @throws StorageError `file-unreadable`, ValidationError `file-too-large`, `file-encoding-invalid`.
 */
export function readTextFile(file: string): string {
  const bytes = readInputFile(file, mostBytes);
  if (bytes === null) throw new ValidationError('file-too-large', `${file} has more than ${mostBytes.toLocaleString('en-US')} bytes, which are the most that are read.`, { nextStep: 'Split the file.' });
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new ValidationError('file-encoding-invalid', `${file} is not text in UTF-8.`, { data: { file }, nextStep: 'Save it as “CSV UTF-8” and try again.' });
  }
}

export function importContracts(file: string, flags: { dryRun?: boolean; reason?: string; format?: Format }): CommandAction {
  return async ({ client, output }) => {
    const format = flags.format ?? (extname(file).toLowerCase() === '.json' ? 'json' : 'csv');
    const text = readTextFile(file);
    if (!flags.dryRun && flags.reason === undefined) throw new ValidationError('usage-invalid', 'An import needs its reason.', { nextStep: 'Say why with --reason, or look at what it would do with --dry-run.' });
    const plan = await client.contracts.planImport({ format, text });
    const hasProblems = plan.problems.length > 0;
    if (flags.dryRun || hasProblems || flags.reason === undefined) {
      output.answer({ ...plan, isDryRun: flags.dryRun ?? false, changes: [] }, (out) => printPlan(out, plan, true));
      return hasProblems ? 1 : 0;
    }
    const { changes } = await client.contracts.importFile({ commandId: newId(), format, text, reason: flags.reason });
    output.answer({ ...plan, isDryRun: false, changes }, (out) => printPlan(out, plan, false));
    return 0;
  };
}

function printPlan(out: HumanOutput, plan: Plan, isRehearsal: boolean): void {
  if (plan.problems.length > 0) {
    out.table(plan.problems, [
      { title: 'Row', align: 'right', text: (problem) => (problem.row === null ? '' : String(problem.row)) },
      { title: 'Column', text: (problem) => problem.column ?? '' },
      { title: 'Problem', text: (problem) => `${problem.message} (${problem.code})` },
    ]);
    out.line(`${plan.problems.length} ${plan.problems.length === 1 ? 'problem' : 'problems'} in ${plan.fileRows} ${plan.fileRows === 1 ? 'row' : 'rows'}. Nothing was imported.`);
    out.line('Correct what is named, row by row, and look again with --dry-run: a file is imported whole or not at all.');
    return;
  }
  const fields = plan.planned.flatMap((planned) => planned.fields.filter((field) => planned.operation === 'update' || field.to !== null).map((field) => ({ ...planned, ...field })));
  out.table(fields, [
    { title: 'Row', align: 'right', text: (row) => String(row.row) },
    { title: 'Record', text: (row) => `${row.entity} ${row.title}` },
    { title: 'Field', text: (row) => row.label },
    { title: 'From', text: (row) => (row.operation === 'create' ? '' : fieldWords(row.entity, row.column, row.from, row.currency)) },
    { title: 'To', text: (row) => fieldWords(row.entity, row.column, row.to, row.currency) },
  ]);
  out.line(`${plan.creates} new, ${plan.updates} changed, ${plan.unchanged} unchanged${isRehearsal ? ' (rehearsal: nothing was written)' : ''}`);
}

/** To a file, into a folder, or to the standard output. */
export function exportContracts({ format, out: target }: { format: Format; out?: string }): CommandAction {
  return async ({ client, output }) => {
    const { fileName, text } = await client.contracts.exportFile({ format });
    if (target === undefined) {
      if (output.isJson) output.answer({ fileName, text }, () => undefined);
      else process.stdout.write(process.stdout.isTTY ? plainText(text) : text);
      return 0;
    }
    const isFolder = /[/\\]$/.test(target) || statSync(target, { throwIfNoEntry: false })?.isDirectory();
    const file = resolve(isFolder ? join(target, fileName) : target);
    writeOutputFile(file, text, (await client.settings.get({})).dataFolder);
    output.answer({ file, format, bytes: Buffer.byteLength(text) }, (out) => out.line(`${file} (${Buffer.byteLength(text).toLocaleString('en-US')} bytes)`));
    return 0;
  };
}
