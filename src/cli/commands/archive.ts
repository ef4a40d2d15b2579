import { resolve } from 'node:path';
import type { ArchivedDocumentView } from '../../shared/api/archive.contract.ts';
import { StateError } from '../../shared/errors/errors.ts';
import { instantText, writeOutputFile, type HumanOutput } from '../output.ts';
import type { CommandAction } from './command.ts';

export interface ArchiveFlags {
  readonly test?: boolean;
  readonly list?: boolean;
  readonly state?: ArchivedDocumentView['state'];
  readonly limit: number;
}

/** Puts away what is not in the archive yet, or shows what is. Exit 1 while something is missing there. */
export function archiveDocuments({ test, list, state, limit }: ArchiveFlags): CommandAction {
  if (test) return testArchive();
  return list || state ? listArchive(state, limit) : runArchive();
}

function runArchive(): CommandAction {
  return async ({ client, output, runJob }) => {
    const before = await client.archive.get({});
    if (!before.place) throw new StateError('archive-not-set-up', 'No archive is set up on this desk.', { nextStep: 'Choose a folder or a bucket in Settings, Archive.' });
    const run = await runJob('document-archive');
    const { counts } = await client.archive.get({});
    const missing = [...(await client.archive.list({ limit: 50, filter: { state: 'failed' } })).rows, ...(await client.archive.list({ limit: 50, filter: { state: 'waiting' } })).rows];
    output.answer({ status: run.status, result: run.result, counts }, (out) => {
      out.line(`${(counts?.stored ?? 0) - (before.counts?.stored ?? 0)} documents archived now, ${counts?.stored ?? 0} in all.`);
      for (const document of missing) out.line(`${document.number}: not archived yet${document.errorMessage ? `. ${document.errorMessage}` : ''}${document.errorCode ? ` (${document.errorCode})` : ''}`);
    });
    return missing.length === 0 ? 0 : 1;
  };
}

function testArchive(): CommandAction {
  return async ({ client, output }) => {
    const { place } = await client.archive.get({});
    if (!place) throw new StateError('archive-not-set-up', 'No archive is set up on this desk.', { nextStep: 'Choose a folder or a bucket in Settings, Archive.' });
    const report = await client.archive.test({ place, secret: null });
    output.answer(report, (out) => {
      for (const check of report.checks) out.line(`${check.isFine ? 'fine' : 'NOT '} ${check.name}: ${check.message}${check.nextStep ? `\n     ${check.nextStep}` : ''}`);
    });
    return report.checks.every((check) => check.isFine) ? 0 : 1;
  };
}

function listArchive(state: ArchivedDocumentView['state'] | undefined, limit: number): CommandAction {
  return async ({ client, output, timeZone }) => {
    const page = await client.archive.list({ limit, ...(state ? { filter: { state } } : {}) });
    output.answer({ documents: page.rows, total: page.total }, (out) => printDocuments(out, page.rows, page.total, timeZone));
    return 0;
  };
}

function printDocuments(out: HumanOutput, rows: readonly ArchivedDocumentView[], total: number, timeZone: string): void {
  out.table(rows, [
    { title: 'Document', text: (row) => row.number },
    { title: 'State', text: (row) => row.state },
    { title: 'Where', text: (row) => row.location ?? '' },
    { title: 'When', text: (row) => (row.storedAt === null ? '' : instantText(row.storedAt, timeZone)) },
    { title: 'Code', text: (row) => row.errorCode ?? '' },
  ]);
  out.line(`${rows.length} of ${total.toLocaleString('en-US')} documents`);
}

/** The statement of account as PDF. */
export function saveStatementPdf(partyId: string, { from, to, out: target }: { from: string; to: string; out?: string }): CommandAction {
  return async ({ client, output }) => {
    const pdf = await client.invoices.statementPdf({ partyId, from, to });
    const file = resolve(target ?? pdf.fileName);
    writeOutputFile(file, pdf.bytes, (await client.settings.get({})).dataFolder);
    output.answer({ file, bytes: pdf.bytes.byteLength }, (out) => out.line(`${file} (${pdf.bytes.byteLength.toLocaleString('en-US')} bytes)`));
    return 0;
  };
}
