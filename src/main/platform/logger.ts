/**
 * Structured log lines with secrets taken out. One line is one JSON object; the log is a file in the data folder, never the CLI's output.
 */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

const secretNames = /key|secret|token|password|authorization|cookie/i;
const secretPatterns: readonly [RegExp, string][] = [
  [/\b([srpe]k_(?:org_)?(?:live|test)_)[\w-]+/g, '$1…'],
  [/\bwhsec_[\w+/=-]+/g, 'whsec_…'],
  [/(postgres(?:ql)?:\/\/[^:@/\s"']*):[^\s"']*@/g, '$1:…@'], // up to the last @: a password may hold one
  [/\b(password=)[^&\s"']+/gi, '$1…'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/g, '$1 …'],
  [/(\/start#)[\w-]+/g, '$1…'],
];

/** Takes secrets out of a text: Stripe keys, webhook secrets, passwords in Postgres URLs and settings, tokens of headers and start links. */
export function redactText(text: string): string {
  return secretPatterns.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), text);
}

/** Takes secrets out of anything that can be written as JSON; fields named like secrets go whole, errors keep name, code and message. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth > 6) return '…'; // too deep to be read, and not looked through
  if (value instanceof Error) {
    return { name: value.name, code: 'code' in value ? value.code : undefined, message: redactText(value.message), stack: redactText(value.stack ?? ''), cause: value.cause === undefined ? undefined : redact(value.cause, depth + 1) };
  }
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, secretNames.test(name) && (typeof item === 'string' || (typeof item === 'object' && item !== null)) ? '…' : redact(item, depth + 1)]));
}
