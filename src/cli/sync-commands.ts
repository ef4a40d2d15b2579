import { Option, type Command } from 'commander';
import { eventStates } from '../shared/api/stripe.contract.ts';
import type { CommandAction } from './commands/command.ts';
import { checkStripeKey, dismissStripeEvents, listParkedFacts, listStripeEvents, retryStripeEvents } from './commands/stripe.ts';
import { showSyncStatus, syncPostgres, syncStripe } from './commands/sync.ts';
import { readLimit } from './option-readers.ts';

/** `sync` and `stripe`. */
export function addSyncCommands(program: Command, run: (action: CommandAction) => Promise<void>): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const sync = add(program, 'sync', 'read from Stripe or the shared database');
  add(sync, 'stripe', 'new events and balance transactions; --full reads everything').option('--full', 'from the first object on; resumes where it stopped').action((options) => run(syncStripe(options)));
  add(sync, 'postgres', 'partners, contracts, usage, payment records, rates; what was edited here goes there first').option('--watch', 'go on as others work, until it is told to stop').action((options) => run(syncPostgres(options)));
  add(sync, 'status', 'how this desk and the shared database stand to each other').action(() => run(showSyncStatus()));

  const stripe = add(program, 'stripe', 'the key, the log of events, what waits');
  add(stripe, 'check', 'whose key it is, whether it fits, and what it may read').action(() => run(checkStripeKey()));
  add(stripe, 'events', 'the log of events, newest first')
    .addOption(new Option('--state <state>').choices([...eventStates]))
    .option('--type <type>', 'the beginning of a type, such as invoice.')
    .option('--text <id>', 'the beginning of the id of an event or of an object')
    .option('--limit <rows>', 'how many', readLimit, 50)
    .action((options) => run(listStripeEvents(options)));
  add(stripe, 'parked', 'facts that wait to be posted, and messages that were set aside').option('--limit <rows>', 'how many of each', readLimit, 50).action((options) => run(listParkedFacts(options)));
  add(stripe, 'dismiss <ids...>', 'do not use events that were set aside; they stay in the log with the reason').requiredOption('--reason <text>', 'why').action((ids: string[], options: { reason: string }) => run(dismissStripeEvents(ids, options)));
  add(stripe, 'retry [ids...]', 'take what was set aside up again and sync; without ids all of it').action((ids: string[]) => run(retryStripeEvents(ids)));
}
