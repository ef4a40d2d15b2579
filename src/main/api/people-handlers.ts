/** People of the shared database: for admins alone. The shared database checks all of it again, by the same login. */
import { ValidationError } from '../../shared/errors/errors.ts';
import type { peopleRoleSchema, PersonView } from '../../shared/api/people.contract.ts';
import type { z } from 'zod';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

type PeopleRole = z.infer<typeof peopleRoleSchema>;

/** Port: who is let in, by whom. A request's id makes an act that is sent again the same act. */
export interface PeoplePort {
  list(): Promise<readonly (Omit<PersonView, 'roles'> & { readonly roles: readonly PersonView['roles'][number][] })[]>;
  add(name: string, role: PeopleRole, requestId: string): Promise<{ readonly password: string }>;
  setRole(name: string, role: PeopleRole, requestId: string): Promise<void>;
  setPassword(name: string, requestId: string): Promise<{ readonly password: string }>;
  remove(name: string, requestId: string): Promise<void>;
}

export interface PeopleHandlersDependencies {
  /** null: no shared database is connected. */
  readonly people: PeoplePort | null;
  /** Whether this ledger is a shared one: without its database it is no desk of its own. */
  hasJoined(): boolean;
  /** Where somebody signs in, without a password. */
  addressFor(name: string): string;
  readonly hub: ChangeHub;
}

export function createPeopleHandlers({ people, hasJoined, addressFor, hub }: PeopleHandlersDependencies) {
  function connected(): PeoplePort {
    if (people) return people;
    throw new ValidationError('postgres-not-connected', hasJoined() ? 'This ledger is shared, and its database is not connected.' : 'No shared database is connected: this desk has one person.', { nextStep: 'Connect one in Settings first.' });
  }
  const changed = (): void => hub.publish({ entity: 'settings', ids: [] });

  return {
    list: api.people.list.handler(async ({ context }) => {
      requireRole(context, 'admin');
      if (!people && !hasJoined()) return { isShared: false, people: [] };
      return { isShared: true, people: (await connected().list()).map((person) => ({ ...person, roles: [...person.roles] })) };
    }),
    // Neither of the two that answer with a password is put into the command log, which keeps answers: the shared database knows the request.
    add: api.people.add.handler(async ({ input: { name, role, commandId }, context }) => {
      requireRole(context, 'admin');
      const { password } = await connected().add(name, role, commandId);
      changed();
      return { name, password, address: addressFor(name) };
    }),
    setPassword: api.people.setPassword.handler(async ({ input: { name, commandId }, context }) => {
      requireRole(context, 'admin');
      const { password } = await connected().setPassword(name, commandId);
      changed();
      return { name, password, address: addressFor(name) };
    }),
    setRole: api.people.setRole.handler(({ input, context }) => {
      requireRole(context, 'admin');
      return context.commands.once('people.setRole', input, async () => {
        await connected().setRole(input.name, input.role, input.commandId);
        changed();
        return { name: input.name, role: input.role };
      });
    }),
    remove: api.people.remove.handler(({ input, context }) => {
      requireRole(context, 'admin');
      return context.commands.once('people.remove', input, async () => {
        await connected().remove(input.name, input.commandId);
        changed();
        return { name: input.name };
      });
    }),
  };
}
