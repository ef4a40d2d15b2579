import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Zip, ZipPassThrough } from 'fflate';
import { fingerprintIn, largestVerifiedBytes } from '../../shared/documents/document-marks.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { readInputFile } from '../input-file.ts';
import { startOutputFile } from '../output.ts';
import { archiveNames } from '../../shared/documents/archive-names.ts';
import { invoiceFilterOf, type InvoiceFlags } from './billing.ts';
import type { CommandAction } from './command.ts';

/** @throws StorageError `file-unreadable`; ValidationError `document-too-large`. */
function readDocumentFile(file: string): Uint8Array {
  const bytes = readInputFile(file, largestVerifiedBytes);
  if (bytes) return bytes;
  throw new ValidationError('document-too-large', `${file} is larger than any invoice of Daybook’s.`, { nextStep: 'Check that it is the file you meant.' });
}

/** Whether a PDF is one that was issued here. Exit 0 only for the issued one. */
export function verifyDocument(file: string): CommandAction {
  return async ({ client, output }) => {
    const bytes = readDocumentFile(file);
    const result = await client.documents.verify({ sha256: createHash('sha256').update(bytes).digest('hex'), fingerprint: fingerprintIn(bytes) });
    output.answer({ file, ...result }, (out) => out.line(`${result.verdict}: ${result.message}`));
    return result.verdict === 'issued' ? 0 : 1;
  };
}

/** What invoices lack for their electronic form. Exit 0 where nothing is missing. */
export function checkInvoices(ids: readonly string[]): CommandAction {
  return async ({ client, output }) => {
    const shown = await Promise.all(ids.map((id) => client.invoices.show({ id })));
    const checked = await client.documents.missingFields({ ids: shown.map((invoice) => invoice.id) });
    output.answer({ invoices: checked }, (out) => {
      for (const { id, name, missing } of checked) {
        const number = shown.find((invoice) => invoice.id === id)?.number ?? 'draft';
        out.line(missing.length === 0 ? `${number} · ${name}: nothing is missing for the electronic invoice` : `${number} · ${name}: no electronic invoice (EN 16931)`);
        for (const field of missing) out.line(`  ${field.message} (${field.rule}, ${field.where})`);
      }
    });
    return checked.every(({ missing }) => missing.length === 0) ? 0 : 1;
  };
}

/** Every finalised PDF of a month, or of what else the list is narrowed by, in one archive, written as they come: 10,000 invoices take no more memory than one. */
export function archiveInvoices(options: Omit<InvoiceFlags, 'origin'> & { origin?: 'partner' | 'one-off'; out?: string }): CommandAction {
  return async ({ client, output }) => {
    const { origin, out, ...flags } = options;
    if (Object.values({ origin, ...flags }).every((value) => value === undefined)) throw new ValidationError('usage-invalid', 'Which invoices should be saved?', { nextStep: 'Name a billing month with --month, or narrow them by --origin, --from, --to, --customer or --text.' });
    const file = resolve(out ?? `${origin === 'one-off' ? 'one-off-' : ''}invoices${flags.month ? `-${flags.month}` : ''}.zip`);
    const nameOf = archiveNames();
    const target = startOutputFile(file, (await client.settings.get({})).dataFolder);
    let invoices = 0;
    try {
      const zip = new Zip((error, bytes) => {
        if (error) throw error;
        target.write(bytes);
      });
      for await (const row of finalisedInvoices(client, origin, flags)) {
        const pdf = await client.invoices.pdf({ id: row.id });
        const entry = new ZipPassThrough(nameOf(pdf.fileName));
        // The day of the invoice, not of the archive: the same invoices give the same bytes.
        if (row.issuedOn !== null) entry.mtime = Date.parse(`${row.issuedOn}T12:00:00Z`);
        zip.add(entry);
        entry.push(pdf.bytes, true);
        invoices += 1;
      }
      zip.end();
    } catch (error) {
      target.discard();
      throw error;
    }
    target.finish();
    output.answer({ file, invoices }, (out) => out.line(`${file} (${invoices} ${invoices === 1 ? 'invoice' : 'invoices'})`));
    return 0;
  };
}

type Client = Parameters<CommandAction>[0]['client'];

/** Numbered invoices of ours, by origin and number, a page at a time. */
async function* finalisedInvoices(client: Client, origin: 'partner' | 'one-off' | undefined, flags: InvoiceFlags) {
  for (const each of origin ? [origin] : (['partner', 'one-off'] as const)) {
    for (let startAt = 0, total = 1; startAt < total; startAt += 500) {
      const page = await client.invoices.list({ startAt, limit: 500, filter: invoiceFilterOf({ ...flags, origin: each }), sort: { column: 'number', direction: 'ascending' } });
      total = page.total;
      for (const row of page.rows) if (row.number !== null) yield row;
    }
  }
}
