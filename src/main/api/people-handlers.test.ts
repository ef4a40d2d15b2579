import { call } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createCommandLog } from '../database/command-log.ts';
import { sql } from '../database/handles.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createChangeHub } from './change-hub.ts';
import type { ApiContext, Role } from './implementer.ts';
import { createPeopleHandlers, type PeoplePort } from './people-handlers.ts';

const password = 'only-ever-shown-once';
const made: string[] = [];
const people: PeoplePort = {
  list: async () => [{ name: 'ada', roles: ['admin'], addedAt: 1, addedBy: null, roleGivenAt: null, roleGivenBy: null, lastSeenAt: null, isConnected: true, isSelf: true, keptCode: 'own-role' }],
  add: async (name, role, requestId) => (made.push(`add ${name} ${role} ${requestId}`), { password }),
  setPassword: async (name, requestId) => (made.push(`password ${name} ${requestId}`), { password }),
  setRole: async (name, role) => void made.push(`role ${name} ${role}`),
  remove: async (name) => void made.push(`remove ${name}`),
};

function deskOf(role: Role, port: PeoplePort | null, commands: ApiContext['commands'], hasJoined = false) {
  const context = { user: 'ada', role, host: 'cli', commands } as unknown as ApiContext;
  const handlers = createPeopleHandlers({ people: port, hasJoined: () => hasJoined, addressFor: (name) => `postgres://${name}@db.example:5432/daybook`, hub: createChangeHub() });
  const id = randomUUID();
  return {
    id,
    list: () => call(handlers.list, {}, { context }), add: () => call(handlers.add, { commandId: id, name: 'ben', role: 'accountant' }, { context }), setPassword: () => call(handlers.setPassword, { commandId: id, name: 'ben' }, { context }),
    setRole: () => call(handlers.setRole, { commandId: randomUUID(), name: 'ben', role: 'viewer' }, { context }), remove: () => call(handlers.remove, { commandId: randomUUID(), name: 'ben' }, { context }),
  };
}

it('answers with a password that is written down nowhere, under the request’s own id', async () => {
  using ledger = openTemporaryDatabase();
  const commands = createCommandLog(ledger.database, fixedClock(1));
  const desk = deskOf('admin', people, commands);
  expect(await desk.list()).toMatchObject({ isShared: true, people: [{ name: 'ada', keptCode: 'own-role' }] });
  expect(await desk.add()).toEqual({ name: 'ben', password, address: 'postgres://ben@db.example:5432/daybook' });
  expect(await desk.setPassword()).toMatchObject({ password });
  await desk.setRole();
  await desk.remove();
  expect(made).toEqual([`add ben accountant ${desk.id}`, `password ben ${desk.id}`, 'role ben viewer', 'remove ben']);
  const kept = ledger.database.all<{ procedure: string; result: string }>(sql('test.commands', 'SELECT procedure, result FROM command_log ORDER BY procedure'));
  expect(kept.map((row) => row.procedure)).toEqual(['people.remove', 'people.setRole']);
  expect(JSON.stringify(kept)).not.toContain(password);
});

it.each(['viewer', 'finance', 'accountant'] as const)('is closed to a %s, looking too', async (role) => {
  const commands = { once: () => Promise.reject(new Error('not reached')) };
  const desk = deskOf(role, people, commands);
  for (const act of [desk.list, desk.add, desk.setPassword, desk.setRole, desk.remove]) await expect(act()).rejects.toMatchObject({ code: 'role-too-small' });
});

it('on a desk of its own there is nobody to let in', async () => {
  const commands = { once: async <Result>(_procedure: string, _input: unknown, work: () => Result | Promise<Result>) => work() } as ApiContext['commands'];
  const desk = deskOf('admin', null, commands);
  expect(await desk.list()).toEqual({ isShared: false, people: [] });
  for (const act of [desk.add, desk.setPassword, desk.setRole, desk.remove]) await expect(act()).rejects.toMatchObject({ code: 'postgres-not-connected' });
  // A shared ledger whose database is not connected is no desk of its own.
  await expect(deskOf('admin', null, commands, true).list()).rejects.toMatchObject({ code: 'postgres-not-connected' });
});
