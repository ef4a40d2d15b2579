import { wordsOfCounts } from '../../shared/api/joined-records.ts';
import { instantText } from '../output.ts';
import type { CommandAction } from './command.ts';
import { wordsOfExchange, wordsOfStripe } from './sync-words.ts';

/** Stripe: new events and balance transactions, or everything from the first object on. */
export function syncStripe(options: { full?: boolean }): CommandAction {
  return async ({ output, runJob, timeZone }) => {
    const run = await runJob(options.full ? 'stripe-refill' : 'stripe-sync');
    output.answer(run.result, (out) => {
      const gap = gapOf(run.result);
      if (gap) out.line(`Events from ${instantText(gap.from, timeZone)} to ${instantText(gap.to, timeZone)} are no longer at Stripe; everything was listed again. What changed in between and changed back is not known.`);
      out.line(`Stripe: ${wordsOfStripe(run.result)}.`);
    });
    return 0;
  };
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The stretch that events could not tell of, where the run met one. */
function gapOf(result: unknown): Gap | null {
  return result !== null && typeof result === 'object' && 'gap' in result ? (result.gap as Gap | null) : null;
}

/** Copies what is new; with `watch` it goes on as others work, until it is told to stop. */
export function syncPostgres({ watch }: { watch?: boolean } = {}): CommandAction {
  return async ({ client, output, runJob, timeZone }) => {
    const run = await runJob('postgres-sync');
    output.answer(run.result, (out) => {
      const brought = broughtOf(run.result);
      if (brought !== '') out.line(`This desk joined the shared ledger and brought ${brought} into it, and its books.`);
      out.line(`Shared database: ${wordsOfExchange(run.result)}.`);
      const heldBackSince = heldBackOf(run.result);
      if (heldBackSince !== null) out.line(heldBackText(heldBackSince, timeZone));
    });
    if (!watch) return 0;
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    try {
      for await (const event of await client.changes.follow({}, { signal: stop.signal })) {
        output.answer(event, (out) => out.line(`${instantText(event.at, timeZone)}  ${event.entities.length > 0 ? event.entities.map((entity) => entity.replaceAll('_', ' ')).join(', ') : event.isFollowing ? 'following' : 'the line is down; it is taken up again'}`));
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    return 0;
  };
}

const heldBackText = (since: number, timeZone: string): string => `Changes made since ${instantText(since, timeZone)} are not here yet: somebody keeps a transaction open on the server, and they come when it ends. Whoever runs the server can end it.`;

/** Since when changes are there that could not be read; null: none. */
function heldBackOf(result: unknown): number | null {
  return result !== null && typeof result === 'object' && 'heldBackSince' in result && typeof result.heldBackSince === 'number' ? result.heldBackSince : null;
}

/** What this desk brought into the shared ledger when it joined it; '' in every other run. */
function broughtOf(result: unknown): string {
  return result !== null && typeof result === 'object' && 'brought' in result && result.brought !== null ? wordsOfCounts(result.brought as Parameters<typeof wordsOfCounts>[0]) : '';
}

/** How this desk and the shared database stand to each other. Exit 1 while anything waits for a person. */
export function showSyncStatus(): CommandAction {
  return async ({ client, output, timeZone }) => {
    const status = await client.changes.status({});
    output.answer(status, (out) => {
      if (status.isAlone) out.line('No shared database is connected: this desk decides by itself.');
      else if (!status.isConnected) out.line('This ledger is shared, and its database is not connected: what is done here waits. Set DAYBOOK_POSTGRES_URL, or connect it in Settings.');
      else out.line(`Shared database: ${status.isOnline ? 'reached' : 'not reached'}${status.lastErrorCode ? ` (${status.lastErrorCode})` : ''}, last synced ${status.lastSyncAt === null ? 'never' : instantText(status.lastSyncAt, timeZone)}.`);
      if (status.heldBackSince !== null) out.line(heldBackText(status.heldBackSince, timeZone));
      out.line(`Edits: ${status.pending} to be sent, ${status.parked} parked, ${status.conflicts} in conflict, ${status.approvals} waiting for approval (${status.decidable} you may decide). Four eyes are ${status.fourEyes}.`);
    });
    return status.parked + status.conflicts + status.decidable === 0 ? 0 : 1;
  };
}
