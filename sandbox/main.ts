/**
 * `npm run sandbox -- --size small|medium|large --seed N [--data DIR] [--json] [--with-parent]`: starts the outside world, prints one JSON
 * document that says where everything is, and stays up until SIGINT or SIGTERM (with `--with-parent` also until its standard input ends).
 */
import { parseArgs } from 'node:util';
import { readCompanyChoice } from './company-choice.ts';
import type { DemoSize } from './manifest.ts';
import { startFailure } from './start-failure.ts';
import { type World, startWorld } from './world.ts';

const usage = 'Usage: npm run sandbox -- --size small|medium|large --seed N [--data DIR] [--json] [--with-parent]';

interface Arguments {
  size: DemoSize;
  seed: number;
  dataDir?: string;
  isCompact: boolean;
  isTiedToParent: boolean;
}

/** @throws Error that says what is wrong with the arguments. */
function readArguments(given: string[]): Arguments {
  const { values } = parseArgs({
    args: given,
    options: {
      size: { type: 'string', default: 'small' },
      seed: { type: 'string', default: '1' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const { data } = values;
  if (data === '') throw new Error('--data is empty.');
  return { ...readCompanyChoice(values), ...(data === undefined ? {} : { dataDir: data }), isCompact: values.json, isTiedToParent: values['with-parent'] };
}

/** Resolves when the world is to end. */
function waitForEnd(isTiedToParent: boolean): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    if (isTiedToParent) {
      process.stdin.once('end', resolve);
      process.stdin.once('error', resolve);
      process.stdin.resume();
    }
  });
}

async function main(): Promise<number> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  let wanted: Arguments;
  try {
    wanted = readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined); // who started it is gone, or reads no more: it still ends as it should
  const end = waitForEnd(wanted.isTiedToParent);
  let isAskedToEnd = false;
  void end.then(() => (isAskedToEnd = true));
  let world: World;
  try {
    world = await startWorld(wanted);
  } catch (error) {
    if (isAskedToEnd) return 1; // Ctrl+C in a terminal also ends what it was waiting for: that is no failure to be told
    process.stderr.write(`The sandbox could not start: ${startFailure(error)}\n`);
    return 1;
  }
  process.stdout.write(`${JSON.stringify(world.document, null, wanted.isCompact ? 0 : 2)}\n`);
  await end;
  await world.stop();
  return 0;
}

process.exit(await main());
