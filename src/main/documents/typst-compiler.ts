/**
 * Typst in this process: templates and fonts from resources, data through sys.inputs, PDF/A-3b out.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import { InvariantError } from '../../shared/errors/errors.ts';
import { withFacturXMetadata } from './facturx-metadata.ts';

export interface RenderRequest {
  /** A file in resources/templates. */
  readonly template: string;
  /** What the template prints; text and lists only, never markup. */
  readonly data: unknown;
  /** Seconds since 1970: fixed from the document, so that the same document gives the same bytes. */
  readonly creationTimestamp: number;
  /** An image the template prints as the company's logo. */
  readonly logo?: { readonly bytes: Uint8Array; readonly mediaType: 'image/png' | 'image/jpeg' };
  /** An electronic invoice that is attached as factur-x.xml. */
  readonly einvoice?: { readonly xml: string };
}

export interface PdfCompiler {
  /** @throws InvariantError `template-failed` with Typst's own words. */
  compile(request: RenderRequest): Uint8Array;
}

/** What was not used during the last of these evictions is dropped: what documents have in common is used by each; what is one document's own is never asked for again. */
const cacheMaximumAge = 1;
const rendersPerEviction = 10;

/** Templates break words of 36 letters and more. A text may stand right beside a comma or another text, so shorter ones are looked at too. */
const longWord = /[^\p{White_Space}]{30}/u;

/** Whether a template that prints this has a word to break; what stands in the metadata alone is not printed. */
function hasLongWords(data: unknown): boolean {
  if (typeof data === 'string') return longWord.test(data);
  if (data === null || typeof data !== 'object') return false;
  return Object.entries(data).some(([name, value]) => name !== 'keywords' && hasLongWords(value));
}

/** @param resources the folder that holds `templates/` and `fonts/`; no other font is used, whatever the system has. */
export function createPdfCompiler(resources: string): PdfCompiler {
  const compiler = NodeCompiler.create({ workspace: `${resources}/templates`, fontArgs: [{ fontPaths: [`${resources}/fonts`] }] });
  const templates = new Map<string, string>();
  const logos = new Set<string>();
  let renders = 0;

  function templateText(name: string): string {
    let text = templates.get(name);
    if (text === undefined) {
      text = readFileSync(`${resources}/templates/${name}`, 'utf8');
      templates.set(name, text);
    }
    return text;
  }

  /** Lays a logo beside the templates, in the compiler's own memory: under a name by its content, so that what Typst remembers of a name stays true. */
  function placeLogo({ bytes, mediaType }: NonNullable<RenderRequest['logo']>): string {
    const name = `logo-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.${mediaType === 'image/png' ? 'png' : 'jpg'}`;
    if (!logos.has(name)) compiler.mapShadow(`${resources}/templates/${name}`, Buffer.from(bytes));
    logos.add(name);
    return name;
  }

  return {
    compile({ template, data, creationTimestamp, logo, einvoice }) {
      renders += 1;
      if (renders % rendersPerEviction === 0) compiler.evictCache(cacheMaximumAge);
      const logoName = logo && placeLogo(logo);
      const result = compiler.compile({ mainFileContent: templateText(template), inputs: { data: JSON.stringify(data), ...(hasLongWords(data) ? { 'long-words': 'yes' } : {}), ...(logoName ? { logo: logoName } : {}), ...(einvoice ? { einvoice: einvoice.xml } : {}) } });
      const document = result.result;
      if (!document) {
        const diagnostics = result.takeDiagnostics();
        const words = diagnostics ? JSON.stringify(compiler.fetchDiagnostics(diagnostics)) : 'no diagnostics';
        throw new InvariantError('template-failed', `The template ${template} could not be set: ${words.slice(0, 500)}`);
      }
      const pdf = compiler.pdf(document, { pdfStandard: 'a-3b', creationTimestamp });
      return einvoice ? withFacturXMetadata(pdf) : pdf;
    },
  };
}
