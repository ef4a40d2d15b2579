/** What a meeting with the shared database came to, as a person reads it: what moved, by name; what did not is left out. Pure. */
import { sharedEntities, sharedEntityNames } from '../../main/sync/shared-entities.ts';

type Say = (count: string, isOne: boolean) => string;

/** By the names in which the job `postgres-sync` tells its counts, in the order of what happens. */
const acts: readonly (readonly [string, Say])[] = [
  ['editsSent', (count, isOne) => `${count} ${isOne ? 'edit' : 'edits'} sent`],
  ['editsParked', (count, isOne) => `${count} ${isOne ? 'edit' : 'edits'} parked, see daybook contracts changes --open`],
  ['numbersReported', (count, isOne) => `${count} ${isOne ? 'number' : 'numbers'} of documents reported`],
  ['numbersRefused', (count, isOne) => `${count} ${isOne ? 'number' : 'numbers'} of documents refused, see daybook numbers list`],
  ['keptByRole', (count, isOne) => `${count} ${isOne ? 'kind' : 'kinds'} of work kept here, which the role may no longer send`],
  ['invoicesPosted', (count, isOne) => `${count} ${isOne ? 'invoice' : 'invoices'} posted`],
  ['failed', (count, isOne) => `${count} ${isOne ? 'invoice' : 'invoices'} not posted`],
  ['entriesPosted', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} posted`],
  ['entriesSealed', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} sealed`],
  ['entriesCopied', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} copied`],
  ['entriesRefused', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} refused, see daybook ledger pending`],
  ['entriesPending', (count, isOne) => `${count} ${isOne ? 'entry waits for its' : 'entries wait for their'} seal`],
];

/** 'partners 2, API usage 1,204 brought here; 1 edit sent', or 'nothing new'. Unknown names of counts are said as they are: nothing is kept silent. */
export function wordsOfExchange(result: unknown): string {
  const told = isRecord(result) ? result : {};
  const written = isRecord(told['written']) ? told['written'] : {};
  const brought = sharedEntityNames.flatMap((entity) => words(written[entity], (count) => `${sharedEntities[entity].label} ${count}`));
  const purged = Array.isArray(told['purged']) ? told['purged'].map((name) => sharedEntityNames.find((entity) => entity === name)).flatMap((entity) => (entity ? [sharedEntities[entity].label] : [])) : [];
  const named = new Set(['written', 'purged', 'changes', 'heldBackSince', ...acts.map(([name]) => name)]);
  const parts = [
    ...(brought.length > 0 ? [`${brought.join(', ')} brought here`] : []),
    ...(purged.length > 0 ? [`${purged.join(', ')} taken off this desk, which its role may no longer read`] : []),
    ...acts.flatMap(([name, say]) => words(told[name], say)),
    ...Object.entries(told).flatMap(([name, value]) => (named.has(name) ? [] : words(value, (count) => `${name} ${count}`))),
  ];
  return parts.join('; ') || 'nothing new';
}

/** Of a list, such as that of what failed, how many there are. */
function words(value: unknown, say: Say): string[] {
  const count = Array.isArray(value) ? value.length : value;
  return typeof count === 'number' && count !== 0 ? [say(count.toLocaleString('en-US'), count === 1)] : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
