/** What a sync came to, with Stripe or with the shared database, as a person reads it: what moved, by name; what did not is left out. Pure. */
import { sharedEntities, sharedEntityNames } from '../../main/sync/shared-entities.ts';

type Say = (count: string, isOne: boolean) => string;

const entriesSealed: readonly (readonly [string, Say])[] = [
  ['entriesSealed', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} sealed`],
  ['entriesCopied', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} copied`],
  ['entriesRefused', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} refused, see daybook ledger pending`],
  ['entriesPending', (count, isOne) => `${count} ${isOne ? 'entry waits for its' : 'entries wait for their'} seal`],
];

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
  ...entriesSealed,
];

/** As the jobs `stripe-sync` and `stripe-refill` tell them; a point parts a group from its count. */
const actsOfStripe: readonly (readonly [string, Say])[] = [
  ['objects', (count, isOne) => `${count} ${isOne ? 'object' : 'objects'} read`],
  ['relayed.read', (count, isOne) => `${count} ${isOne ? 'webhook' : 'webhooks'} read from the relay`],
  ['relayed.unhandled', (count, isOne) => `${count} of ${isOne ? 'a kind' : 'kinds'} Daybook does not use, kept`],
  ['relayed.parked', (count) => `${count} set aside, see daybook stripe parked`],
  ['events.staged', (count, isOne) => `${count} new ${isOne ? 'event' : 'events'}`],
  ['events.projected', (count, isOne) => `${count} ${isOne ? 'event' : 'events'} taken in`],
  ['events.unhandled', (count, isOne) => `${count} ${isOne ? 'event of a kind' : 'events of kinds'} Daybook does not use, kept`],
  ['events.parked', (count, isOne) => `${count} ${isOne ? 'event' : 'events'} set aside, see daybook stripe parked`],
  ['posted', (count, isOne) => `${count} ${isOne ? 'entry' : 'entries'} posted`],
  ['refused', (count, isOne) => `${count} ${isOne ? 'fact differs from its entry' : 'facts differ from their entries'} and ${isOne ? 'was' : 'were'} not posted again, see Today in Daybook`],
  ...entriesSealed,
];

/** '9,214 objects read; 3,318 entries posted; 3,318 entries sealed'. Facts that were booked before are left out; unknown names of counts are said as they are: nothing is kept silent. */
export function wordsOfStripe(result: unknown): string {
  const { unchanged: _booked, waiting, ...told } = isRecord(result) ? result : {};
  const counts = new Map(Object.entries(told).flatMap(([name, value]) => (isRecord(value) ? Object.entries(value).map(([inner, count]): [string, unknown] => [`${name}.${inner}`, count]) : [[name, value] as [string, unknown]])));
  const skipped = counts.get('relayed.skipped');
  const named = new Set(['relayed.staged', 'gap.from', 'gap.to', ...actsOfStripe.map(([name]) => name)]);
  const parts = [
    ...actsOfStripe.flatMap(([name, say]) => words(counts.get(name), say)),
    ...Object.entries(isRecord(waiting) ? waiting : {}).flatMap(([reason, value]) => words(value, (count, isOne) => `${count} ${isOne ? 'fact waits' : 'facts wait'} (${reason}), see daybook stripe parked`)),
    ...(typeof skipped === 'string' ? [`what the relay received was not read (${skipped})`] : []),
    ...[...counts].flatMap(([name, value]) => (named.has(name) ? [] : words(value, (count) => `${name} ${count}`))),
  ];
  return parts.join('; ') || 'nothing new';
}

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
