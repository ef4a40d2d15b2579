/**
 * `daybook postgres user …`: the people of the shared database, with the login of its owner or of an admin in DAYBOOK_POSTGRES_URL. A password comes from the environment or
 * is made and printed once; it is never an argument and never kept.
 */
import { randomUUID } from 'node:crypto';
import { Argument, Option, type Command } from 'commander';
import { sharedRoles, type SharedRole } from '../shared/api/people.contract.ts';
import { createOutput } from './output.ts';
import { askSharedPeople } from './session.ts';

export interface UserCommandOptions {
  globals(): { readonly data?: string; readonly json?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  write(text: string): void;
}

export function addUserCommands(postgres: Command, { globals, env, write }: UserCommandOptions): void {
  const add = (parent: Command, name: string, description: string): Command => parent.command(name).description(description).exitOverride();
  const ask: <Result>(work: Parameters<typeof askSharedPeople<Result>>[1]) => Promise<Result> = (work) => askSharedPeople({ dataFolder: globals().data, env }, work);
  const output = () => createOutput(globals().json ?? false, write);
  const given = env['DAYBOOK_NEW_PASSWORD'] === '' ? undefined : env['DAYBOOK_NEW_PASSWORD'];
  const told = (password: string): { password?: string } => (given === undefined ? { password } : {});
  const day = (at: number | null): string => (at === null ? '' : new Date(at).toISOString().slice(0, 10));
  const user = add(postgres, 'user', 'people of the shared database (needs the login of its owner or of an admin)');

  add(user, 'list', 'who may sign in, and as what').action(async () => {
    const list = await ask((people) => people.list());
    output().answer({ users: list }, (out) =>
      out.table(list, [
        { title: 'Name', text: (one) => one.name }, { title: 'Role', text: (one) => one.roles.join(', ') }, { title: 'Added', text: (one) => [day(one.addedAt), one.addedBy ? `by ${one.addedBy}` : ''].join(' ').trim() },
        { title: 'Last seen', text: (one) => (one.isConnected ? 'now' : day(one.lastSeenAt)) },
      ]));
  });
  add(user, 'add <name>', 'a new login; its password from DAYBOOK_NEW_PASSWORD, else one is made and shown once')
    .addOption(new Option('--role <role>', 'what they may do').choices([...sharedRoles]).makeOptionMandatory())
    .action(async (name: string, { role }: { role: SharedRole }) => {
      const { password } = await ask((people) => people.add(name, role, randomUUID(), given));
      output().answer({ name, role, ...told(password) }, (out) => {
        out.line(`${name} may sign in as ${role}.`);
        if (given === undefined) out.line(`Password, shown this once: ${password}`);
      });
    });
  add(user, 'role <name>', 'another role in place of the one they have; their desk follows at its next sync')
    .addArgument(new Argument('<role>', 'what they may do').choices([...sharedRoles]))
    .action(async (name: string, role: SharedRole) => {
      await ask((people) => people.setRole(name, role, randomUUID()));
      output().answer({ name, role }, (out) => out.line(`${name} is ${role} now.`));
    });
  add(user, 'password <name>', 'a new password in place of one that was lost; from DAYBOOK_NEW_PASSWORD, else one is made and shown once').action(async (name: string) => {
    const { password } = await ask((people) => people.setPassword(name, randomUUID(), given));
    output().answer({ name, ...told(password) }, (out) => {
      out.line(`${name} has a new password.`);
      if (given === undefined) out.line(`Password, shown this once: ${password}`);
    });
  });
  add(user, 'remove <name>', 'end their sessions and take the login away; what they did stays under their name').action(async (name: string) => {
    await ask((people) => people.remove(name, randomUUID()));
    output().answer({ name, removed: true }, (out) => out.line(`${name} may no longer sign in.`));
  });
}
