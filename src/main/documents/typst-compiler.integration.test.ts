import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { resourcePath } from '../platform/resources.ts';
import { randomDocuments, sampleCreditNote, sampleDocument } from '../testing/document-samples.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import type { InvoiceDocument } from './document-model.ts';
import { documentRequest } from './invoice-document.ts';
import { ownLook } from './invoice-look.ts';
import { createPdfCompiler } from './typst-compiler.ts';

/** The template as it was when it looked for long words in every document. */
const folder = makeTemporaryFolder();
afterAll(() => folder[Symbol.dispose]());
cpSync(resourcePath(), folder.path, { recursive: true });
const file = join(folder.path, 'templates/invoice.typ');
const always = readFileSync(file, 'utf8').replace('if "long-words" in sys.inputs {', 'if true {');
writeFileSync(file, always);
const [ours, looking] = [createPdfCompiler(resourcePath()), createPdfCompiler(folder.path)];

const isSame = (document: InvoiceDocument): boolean => {
  const request = documentRequest(document, ownLook);
  return Buffer.compare(ours.compile(request), looking.compile(structuredClone(request))) === 0;
};
const named = (name: string): InvoiceDocument => ({ ...sampleDocument, customer: { ...sampleDocument.customer, name } });

describe('words that are broken only where there are any', () => {
  test('give the bytes they gave when they were looked for everywhere', () => {
    expect(always).toContain('if true {');
    expect([sampleDocument, sampleCreditNote, ...[29, 30, 35, 36, 37, 100].map((length) => named('W'.repeat(length))), named(`${'x'.repeat(20)}\u00a0${'y'.repeat(36)}`)].map(isSame)).not.toContain(false);
  });

  test('in documents of any kind', () => {
    fc.assert(fc.property(randomDocuments, (document) => isSame(document)), { numRuns: 15 });
  });
});
