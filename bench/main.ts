/**
 * `npm run bench [-- GROUP …] [--json] [--size large]`: ratios in one run against a bare loop or a peer. A group is a file `<group>.bench.ts` that exports
 * `measure()`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../scripts/arguments.ts';
import type { Measure } from './measure.ts';

const groups = ['start', 'ui', 'ingest', 'posting', 'verify', 'sync', 'relay', 'invoices', 'rating', 'pdf', 'reconcile', 'bank', 'inbox', 'revenue', 'reading'] as const;

// `--size large` and `--long` are for the groups that have a larger or longer form; they read them themselves.
const { values, positionals: asked } = readArguments(`Usage: npm run bench -- [GROUP …] [--json] [--size large] [--long]\nGroups: ${groups.join(', ')}`, { json: { type: 'boolean', default: false }, size: { type: 'string' }, long: { type: 'boolean' } }, { allowPositionals: true });
const isJson = values.json;
const unknown = asked.filter((name) => !groups.some((group) => group === name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}. Groups: ${groups.join(', ')}.`);
  process.exit(2);
}

const measures: Measure[] = [];
for (const group of groups) {
  if (asked.length > 0 && !asked.includes(group)) continue;
  const file = join(import.meta.dirname, `${group}.bench.ts`);
  if (!existsSync(file)) {
    if (!isJson) console.log(`${group}: nothing measured yet`);
    continue;
  }
  const { measure } = (await import(file)) as { measure: () => Promise<Measure[]> };
  for (const result of await measure()) {
    measures.push(result);
    if (!isJson) console.log(describe(result));
  }
}
if (isJson) console.log(JSON.stringify(measures.map(({ name, ours, reference, ratio, goal, holds }) => ({ name, ours, reference, ratio, goal, holds })), null, 2));
process.exitCode = measures.every((result) => result.holds) ? 0 : 1;

function describe(result: Measure): string {
  const figure = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3));
  const unit = result.unit ? ` ${result.unit}` : '';
  return `${result.holds ? 'holds' : 'FAILS'}  ${result.name}: ours ${figure(result.ours)}${unit}, reference ${figure(result.reference)}${unit}, ratio ${result.ratio.toPrecision(3)} (goal ${result.goal})${result.note ? `: ${result.note}` : ''}`;
}
