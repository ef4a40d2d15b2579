/**
 * The evidence pack of a month: the summary as PDF, the lists behind it as CSV, the head of the chain, and a manifest that `sha256sum -c SHA256SUMS` verifies.
 */
import { createHash } from 'node:crypto';
import { zipSync, type Zippable } from 'fflate';
import type { PdfRenderer } from './pdf-renderer.ts';

export interface EvidenceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface EvidencePack {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly files: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
}

/** What the template close-evidence.typ prints: words and figures ready to print. */
export interface EvidenceSummary {
  readonly title: string;
  readonly company: string;
  readonly month: string;
  readonly asOf: string;
  readonly signature: { readonly by: string; readonly at: string; readonly note: string; readonly head: string } | null;
  readonly checks: readonly { readonly title: string; readonly state: string; readonly isFine: boolean; readonly detail: string; readonly amounts: string; readonly because: string }[];
  readonly figures: readonly { readonly name: string; readonly value: string }[];
  readonly totals: readonly { readonly currency: string; readonly debit: string; readonly credit: string; readonly difference: string }[];
  readonly discrepancies: readonly { readonly reason: string; readonly count: string; readonly settled: string; readonly atRisk: string }[];
  readonly head: string;
  readonly files: readonly string[];
}

const template = 'close-evidence.typ';

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The manifest in the form of coreutils: the hash, two spaces, the name. */
export const manifestOf = (files: readonly EvidenceFile[]): string => files.map((file) => `${sha256Of(file.bytes)}  ${file.name}\n`).join('');

/**
 * @param madeAt epoch milliseconds: the moment the figures were read; the same figures give the same bytes.
 * @throws InvariantError `template-failed`; StorageError `document-renderer-failed`.
 */
export async function makeEvidencePack(renderer: Pick<PdfRenderer, 'render'>, request: { readonly month: string; readonly madeAt: number; readonly summary: EvidenceSummary; readonly lists: readonly EvidenceFile[] }): Promise<EvidencePack> {
  const { month, madeAt, summary, lists } = request;
  const pdf = await renderer.render({ template, data: summary, creationTimestamp: Math.floor(madeAt / 1000) });
  const files = [{ name: `summary-${month}.pdf`, bytes: pdf }, ...lists];
  const manifest = { name: 'SHA256SUMS', bytes: new TextEncoder().encode(manifestOf(files)) };
  const zippable: Zippable = {};
  for (const file of [...files, manifest]) zippable[file.name] = [file.bytes, { mtime: new Date(madeAt), level: file.name.endsWith('.pdf') ? 0 : 6 }];
  return { fileName: `evidence-${month}.zip`, bytes: zipSync(zippable), files: [...files, manifest].map((file) => ({ name: file.name, sha256: sha256Of(file.bytes), bytes: file.bytes.byteLength })) };
}
