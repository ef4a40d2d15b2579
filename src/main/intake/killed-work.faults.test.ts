/**
 * kill -9 at random points of everything that writes to the ledger. After each: the file is whole, the trial balance is zero, the ledger verifies, and nothing is
 * gone that anybody had read. In the end: the same objects and the same books as if nobody had killed anything, and as a rebuild from Stripe.
 */
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unattended } from '../platform/work-control.ts';
import { openCliDesk, startDaybook, startScript, type CommandOutcome, type Environment, type StartedCommand } from '../testing/cli-desk.ts';
import { differencesBetween, nothingAcknowledged, troublesOf } from '../testing/crash-checks.ts';
import { openBackups } from '../testing/open-backups.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { openFaultDesk, startFaultWorld, type FaultWorld } from '../testing/fault-world.ts';
import { killAt, measure, momentText, type Killing, type Moment, type Thread } from '../testing/killed-process.ts';
import { makeLedgerOfSchema } from '../testing/old-ledger.ts';
import { wholeFrom } from '../testing/random-from.ts';

const { seed, random } = seededRandom('kill -9');
const points = inForm({ short: { refill: 3, posting: 2, increment: 3, journal: 2, migration: 2, backup: 1, restore: 1 }, whole: { refill: 50, posting: 40, increment: 50, journal: 30, migration: 30, backup: 10, restore: 10 }, long: { refill: 250, posting: 200, increment: 250, journal: 150, migration: 150, backup: 50, restore: 50 } });
/** One ledger is killed a few times in its life, never more often than this. */
const killsOfOne = 4;

let world: FaultWorld;
beforeAll(async () => {
  world = await startFaultWorld(1 + (seed % 3));
});
afterAll(() => world[Symbol.asyncDispose]());

let desks = 0;
const freshFolder = (): string => join(world.folder, `desk-${(desks += 1)}`);

interface Work {
  readonly thread: Thread;
  start(env: Environment): StartedCommand;
  readonly ledgerFile: string;
}

/** Moments spread over the whole of the work: ascending shares of it, each told as what is left to go from the one before. */
function momentsOf({ statements, elapsedMs }: { statements: number; elapsedMs: number }, thread: Thread, count: number): Moment[] {
  const shares = Array.from({ length: count }, () => random()).sort((left, right) => left - right);
  return shares.map((share, index) => {
    const step = share - (shares[index - 1] ?? 0);
    // A process is not at its work from its first moment on: starting takes about a third of a second.
    return random() < 0.5 ? { kind: 'statement', thread, at: Math.max(1, Math.ceil(step * statements)) } : { kind: 'time', afterMs: Math.min(250, elapsedMs / 3) + step * elapsedMs };
  });
}

/**
 * Kills works of a kind until there were as many kills as asked for; each work is killed a few times, then runs to its end.
 * @param check what must hold after each kill, beside the ledger's soundness.
 */
async function killAll(count: number, make: () => Work, check: (work: Work, killing: Killing) => Promise<readonly string[]> | readonly string[], finish: (work: Work) => Promise<void>): Promise<void> {
  const first = make();
  const measured = await measure((env) => first.start(env), first.thread, join(world.folder, 'statements.txt'));
  await finish(first);
  let kills = 0;
  let isAnythingRead = false;
  for (let works = 0; kills < count; works += 1) {
    if (works > count * 4) throw new Error(`Only ${kills} of ${count} kills met a process that was at work.`);
    const work = make();
    const done: string[] = [];
    for (const moment of momentsOf(measured, work.thread, Math.min(killsOfOne, count - kills))) {
      const killing = await killAt((env) => work.start(env), work.ledgerFile, moment);
      done.push(`${momentText(moment)}${killing.isKilled ? '' : ' (had ended)'}`);
      isAnythingRead ||= killing.acknowledged.head !== null;
      expect([...(await troublesOf(work.ledgerFile, killing.acknowledged)), ...(await check(work, killing))], `seed ${seed}, killed ${done.join(', ')}`).toEqual([]);
      if (!killing.isKilled) break;
      kills += 1;
    }
    const outcome = await work.start({}).ended;
    expect(outcome, `seed ${seed}, killed ${done.join(', ')}`).toMatchObject({ code: 0 });
    await finish(work);
  }
  expect(isAnythingRead || count < 10).toBe(true);
}

const nothingMore = (): string[] => [];

describe('kill -9', () => {
  const sync = (beginning: keyof FaultWorld['beginnings']): Work => {
    const desk = openFaultDesk(world, freshFolder(), world.beginnings[beginning]);
    return { thread: 'worker', ledgerFile: desk.ledgerFile, start: (env) => startDaybook(['sync', 'stripe', '--data', desk.dataFolder], { ...desk.env, ...env }) };
  };
  const equals = (reference: () => string) => async (work: Work): Promise<void> => {
    expect(await troublesOf(work.ledgerFile, nothingAcknowledged)).toEqual([]);
    expect(differencesBetween(work.ledgerFile, reference())).toEqual([]);
  };

  test(`at ${points.refill} points of a refill`, () => killAll(points.refill, () => sync('refill'), nothingMore, equals(() => world.rebuilt)));
  test(`at ${points.posting} points of posting what a refill has read`, () => killAll(points.posting, () => sync('posting'), nothingMore, equals(() => world.rebuilt)));

  test(`at ${points.increment} points of an incremental sync`, async () => {
    expect(differencesBetween(world.incremented, world.rebuilt).filter((difference) => difference.startsWith('books'))).toEqual([]);
    await killAll(points.increment, () => sync('increment'), nothingMore, equals(() => world.incremented));
  });

  test(`at ${points.journal} points of posting, where each commit was told`, async () => {
    const count = 1_500;
    const script = join(import.meta.dirname, '..', 'testing', 'posting-process.ts');
    const make = (): Work => {
      const { ledgerFile } = openFaultDesk(world, freshFolder(), world.beginnings.refill);
      return { thread: 'main', ledgerFile, start: (env) => startScript(script, [ledgerFile, String(count), String(seed)], env) };
    };
    const finished: string[] = [];
    const told = async (work: Work, { outcome }: Killing): Promise<readonly string[]> => {
      const last = /(\d+) ([0-9a-f]{64})\n[^\n]*$/.exec(outcome.stdout);
      return last ? troublesOf(work.ledgerFile, { ...nothingAcknowledged, head: { sequence: Number(last[1]), hash: last[2] ?? '' } }) : [];
    };
    await killAll(points.journal, make, told, async (work) => {
      finished.push(work.ledgerFile);
      expect(differencesBetween(work.ledgerFile, finished[0] ?? '')).toEqual([]);
    });
    expect(await troublesOf(finished.at(-1) ?? '', nothingAcknowledged)).toEqual([]);
  });

  test(`at ${points.migration} points of bringing an older ledger up to date`, async () => {
    const versions = makeLedgerOfSchema.versions;
    const make = (): Work & { readonly original: string } => {
      const original = join(world.folder, `original-${(desks += 1)}.sqlite`);
      makeLedgerOfSchema(original, wholeFrom(random, makeLedgerOfSchema.oldest, versions), 400);
      const desk = openFaultDesk(world, freshFolder(), original);
      return { thread: 'main', ledgerFile: desk.ledgerFile, original, start: (env) => startDaybook(['ledger', 'trial-balance', '--data', desk.dataFolder], { ...desk.env, ...env }) };
    };
    const finish = async (work: Work): Promise<void> => {
      const { original } = work as ReturnType<typeof make>;
      expect(makeLedgerOfSchema.differences(work.ledgerFile, original)).toEqual([]);
      // The copy that was put aside before is whole, whenever it was interrupted.
      const copies = readdirSync(join(work.ledgerFile, '..')).filter((name) => /before-migration-\d+$/.test(name));
      expect(copies.length).toBeGreaterThan(0); // one more for each start that was killed between two steps
      for (const name of copies) expect(makeLedgerOfSchema.differences(join(work.ledgerFile, '..', name), original)).toEqual([]);
    };
    await killAllOfSchema(points.migration, make, finish);
  });

  /** As `killAll`, for ledgers that only a part of the code can read until they are up to date. */
  async function killAllOfSchema(count: number, make: () => Work & { readonly original: string }, finish: (work: Work) => Promise<void>): Promise<void> {
    const first = make();
    const measured = await measure((env) => first.start(env), first.thread, join(world.folder, 'statements.txt'));
    await finish(first);
    for (let kills = 0, works = 0; kills < count; works += 1) {
      if (works > count * 4) throw new Error(`Only ${kills} of ${count} kills met a process that was at work.`);
      const work = make();
      const done: string[] = [];
      for (const moment of momentsOf(measured, 'main', Math.min(2, count - kills))) {
        const killing = await killAt((env) => work.start(env), work.ledgerFile, moment);
        done.push(momentText(moment));
        expect(makeLedgerOfSchema.differences(work.ledgerFile, work.original), `seed ${seed}, killed ${done.join(', ')}`).toEqual([]);
        if (!killing.isKilled) break;
        kills += 1;
      }
      expect(await work.start({}).ended, `seed ${seed}, killed ${done.join(', ')}`).toMatchObject({ code: 0 });
      await finish(work);
      expect(await troublesOf(work.ledgerFile, nothingAcknowledged)).toEqual([]);
    }
  }

  test(`at ${points.backup} points of a backup: what is listed is sound`, async () => {
    const make = (): Work & { readonly folder: string } => {
      const desk = openFaultDesk(world, freshFolder(), world.rebuilt);
      return { thread: 'worker', ledgerFile: desk.ledgerFile, folder: desk.dataFolder, start: (env) => startDaybook(['backup', 'create', '--data', desk.dataFolder], { ...desk.env, ...env }) };
    };
    const listed = async ({ folder }: { folder: string }): Promise<string[]> => {
      const backups = openBackups(folder);
      const verified = await Promise.all(backups.list().map(({ id }) => backups.verify(id, unattended)));
      return verified.flatMap(({ id, fault }) => (fault ? [`backup ${id}: ${fault.code}`] : []));
    };
    await killAll(points.backup, make, (work) => listed(work as ReturnType<typeof make>), async (work) => {
      expect(await listed(work as ReturnType<typeof make>)).toEqual([]);
      expect(readdirSync(join((work as ReturnType<typeof make>).folder, 'backups')).filter((name) => !/\.(sqlite|json)$/.test(name))).toEqual([]);
    });
  });

  test(`at ${points.restore} points of a restore: the old ledger or the new one`, async () => {
    const source = openFaultDesk(world, freshFolder(), world.beginnings.increment);
    const created = await source.json<{ backup: { id: string } }>('backup', 'create');
    expect(created.code).toBe(0);
    const backup = join(source.dataFolder, 'backups', `${created.answer.backup.id}.sqlite`);
    const start = (folder: string) => (env: Environment): StartedCommand => startDaybook(['backup', 'restore', backup, '--data', folder], env);
    const make = (): Work => {
      const desk = openFaultDesk(world, freshFolder(), world.rebuilt);
      return { thread: 'main', ledgerFile: desk.ledgerFile, start: start(desk.dataFolder) };
    };
    const oneOfTwo = async (work: Work): Promise<string[]> => {
      const verify: CommandOutcome = await openCliDesk(join(work.ledgerFile, '..'), {}).run('ledger', 'verify'); // finishes what was ready
      if (verify.code !== 0) return [verify.stdout + verify.stderr];
      const copy = join(world.folder, 'looked-at.sqlite');
      copyFileSync(work.ledgerFile, copy);
      const both = [world.rebuilt, world.beginnings.increment].map((ledger) => differencesBetween(copy, ledger));
      return both.some((differences) => differences.length === 0) ? [] : both.flat().slice(0, 3);
    };
    await killAll(points.restore, make, oneOfTwo, async (work) => expect(differencesBetween(work.ledgerFile, world.beginnings.increment)).toEqual([]));
  });
});
