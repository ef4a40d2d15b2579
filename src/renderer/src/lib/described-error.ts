/** Anything thrown, as `ErrorNotice` shows it: never a stack. */
import { errorTexts } from './error-texts.ts';

export interface DescribedError {
  readonly code: string;
  readonly title: string;
  /** The server's sentence where it says more than the title. */
  readonly detail: string | null;
  readonly kept: string | null;
  readonly nextStep: string | null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 ? value : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Codes of the transport that are not ours, brought to one that is. */
const transportCodes: Readonly<Record<string, string>> = { INTERNAL_SERVER_ERROR: 'unexpected', BAD_REQUEST: 'input-invalid', UNAUTHORIZED: 'session-ended' };

export function describeError(error: unknown): DescribedError {
  const rawCode = textOf(fieldOf(error, 'code')) ?? 'unexpected';
  const code = transportCodes[rawCode] ?? rawCode;
  const message = textOf(fieldOf(error, 'message'));
  const nextStep = textOf(fieldOf(error, 'nextStep')) ?? textOf(fieldOf(fieldOf(error, 'data'), 'nextStep'));
  const known = errorTexts[code];
  if (!known) return { code, title: message ?? 'This did not work', detail: null, kept: null, nextStep: nextStep ?? 'Try again; if it happens again, send the code below to your administrator.' };
  const says = code !== 'unexpected' && message !== null && message !== known.title && message !== `${known.title}.` ? message : null;
  return { code, title: known.title, detail: says, ...withoutRepetition(says, known.kept, nextStep ?? known.nextStep) };
}

const nothingWas = /\s*\bNothing was \w+(?: \w+)?\.\s*/;

/** What was kept, and that nothing was changed or imported, is said once, wherever it is said first. */
function withoutRepetition(detail: string | null, kept: string, nextStep: string): Pick<DescribedError, 'kept' | 'nextStep'> {
  const isSaidInDetail = detail !== null && nothingWas.test(detail);
  const next = isSaidInDetail ? nextStep.replace(nothingWas, ' ').trim() : nextStep;
  const isKeptSaid = detail?.includes(kept) === true || (nothingWas.test(kept) && (isSaidInDetail || nothingWas.test(next)));
  return { kept: isKeptSaid ? null : kept, nextStep: next === '' ? null : next };
}
