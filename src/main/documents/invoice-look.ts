/** What a company's documents look like: logo, colour, footer, and where the calculation stands. Checked when it is set, frozen by its hash when it is used. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ValidationError } from '../../shared/errors/errors.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import { imageSizeOf } from './logo-image.ts';

export interface InvoiceLook {
  readonly logo: { readonly mediaType: 'image/png' | 'image/jpeg'; readonly base64: string } | null;
  /** '#rrggbb': headings and rules. */
  readonly accent: string;
  /** Printed at the foot of each page, one line. */
  readonly footer: string | null;
  /** Whether each line's calculation stands below it or on a sheet at the end. */
  readonly calculation: 'beside' | 'sheet';
}

export const ownLook: InvoiceLook = { logo: null, accent: '#1f3f8f', footer: null, calculation: 'beside' };

/** A logo is printed 36 points high: more bytes than this are a photograph. */
export const largestLogoBytes = 256 * 1024;

export const lookSchema = z.object({
  logo: z.object({ mediaType: z.enum(['image/png', 'image/jpeg']), base64: z.string() }).nullable(), accent: z.string(), footer: z.string().nullable(), calculation: z.enum(['beside', 'sheet']),
});

/** The id of a look: SHA-256 over its canonical text, hex. */
export function lookId(look: InvoiceLook): string {
  return createHash('sha256').update(canonicalJson({ ...look })).digest('hex');
}

/** On a side: three times what 13 mm need in print. What is larger is unpacked anew for each document. */
const mostLogoDots = 2_000;

/** Brightness from 0 (black) to 255 (white) as the W3C's techniques for evaluation weigh the three colours. */
function brightnessOf(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return Math.round((299 * red + 587 * green + 114 * blue) / 1000);
}

/** Text on white paper differs from it by 125 at least. */
const greatestBrightness = 130;

/**
 * @throws ValidationError `logo-invalid`, `logo-too-large`, `accent-invalid`, `accent-too-light`, `footer-too-long`.
 */
export function assertLook(look: InvoiceLook): void {
  if (!/^#[0-9a-f]{6}$/.test(look.accent)) throw new ValidationError('accent-invalid', 'The colour is not written as #rrggbb in lower case.', { data: { accent: look.accent.slice(0, 20) }, nextStep: 'Write it like #1f3f8f.' });
  if (brightnessOf(look.accent) > greatestBrightness) throw new ValidationError('accent-too-light', 'This colour is too light to be read on white paper.', { data: { accent: look.accent }, nextStep: 'Choose a darker one.' });
  if ((look.footer?.length ?? 0) > 120) throw new ValidationError('footer-too-long', 'The footer has more than 120 characters: it would not fit on a line.');
  if (look.logo === null) return;
  const bytes = Buffer.from(look.logo.base64, 'base64');
  if (bytes.byteLength > largestLogoBytes) throw new ValidationError('logo-too-large', 'The logo has more than 256 KB.', { data: { bytes: bytes.byteLength }, nextStep: 'Save it smaller: it is printed 13 mm high.' });
  const size = imageSizeOf(bytes, look.logo.mediaType);
  if (size === null) throw logoInvalid();
  if (Math.max(size.width, size.height) > mostLogoDots) throw new ValidationError('logo-too-large', `The logo has ${size.width} × ${size.height} dots: more than 2,000 on a side.`, { data: { ...size }, nextStep: 'Save it smaller: it is printed 13 mm high.' });
}

/** What no document could be made with. */
export const logoInvalid = (cause?: unknown): ValidationError => new ValidationError('logo-invalid', 'The logo is neither a whole PNG nor a whole JPEG image.', { cause, nextStep: 'Export it as PNG.' });
