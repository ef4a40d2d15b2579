/** The options of the project's own commands. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * What was given, by `options`; `--help` prints the usage and ends with 0, what is not understood is said with the usage and ends with 2.
 * @param allowPositionals whether words that are no option are understood; they are left to the caller.
 */
export function readArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(usage: string, options: Options, { args = process.argv.slice(2), allowPositionals = false }: { args?: string[]; allowPositionals?: boolean } = {}) {
  try {
    return parseOptions(options, args, allowPositionals);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const isHelp = error.message === '';
    (isHelp ? process.stdout : process.stderr).write(isHelp ? `${usage}\n` : `${error.message}\n${usage}\n`);
    process.exit(isHelp ? 0 : 2);
  }
}

/** @throws UsageError with one sentence, an empty one where help was asked for. */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(options: Options, args: string[], allowPositionals: boolean) {
  if (args.includes('--help') || args.includes('-h')) throw new UsageError('');
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals });
    // An unset variable in a shell: taken as a folder it would be the one the command is called in.
    const empty = Object.entries(values).find(([, value]) => value === '');
    if (empty) throw new UsageError(`Option '--${empty[0]} <value>' is empty.`);
    return { values, positionals: positionals as readonly string[] };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node's own message goes on with how to write a word that begins with a dash.
    throw new UsageError(`${(error.message.split(/\. To specify|\n/)[0] ?? error.message).replace(/\.$/, '')}.`);
  }
}
