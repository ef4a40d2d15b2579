/**
 * A disk that fills at random points of a refill, of posting, of an incremental sync, of a first start, of an upgrade and of a backup. Each time the command says
 * `disk-full` and ends; what was saved before stands; and with room again the work goes on to the same books.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { daybookEntry } from '../testing/cli-desk.ts';
import { differencesBetween, nothingAcknowledged, troublesOf, type Acknowledged } from '../testing/crash-checks.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { openFaultDesk, startFaultWorld, type FaultWorld } from '../testing/fault-world.ts';
import { makeLedgerOfSchema } from '../testing/old-ledger.ts';
import { openBackups } from '../testing/open-backups.ts';
import { wholeFrom } from '../testing/random-from.ts';
import { makeSmallDisk, type SmallDisk } from '../testing/small-disk.ts';
import { killAt } from '../testing/killed-process.ts';
import { unattended } from '../platform/work-control.ts';

const { seed, random } = seededRandom('full disk');
const points = inForm({ short: { refill: 1, posting: 1, increment: 1, 'first start': 0, upgrade: 0, backup: 1 }, whole: { refill: 6, posting: 3, increment: 4, 'first start': 2, upgrade: 2, backup: 3 }, long: { refill: 30, posting: 15, increment: 20, 'first start': 10, upgrade: 10, backup: 15 } });
type Work = keyof typeof points;

let world: FaultWorld;
let disks = 0;
beforeAll(async () => {
  world = await startFaultWorld(1 + (seed % 3));
  using disk = makeSmallDisk(join(world.folder, 'which'));
  console.log(`full disk: by ${disk.kind}`);
});
afterAll(() => world[Symbol.asyncDispose]());

interface Place {
  readonly disk: SmallDisk;
  readonly ledgerFile: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Kilobytes up to which the work may write before it is stopped; what fits is tried again with less. */
const room: Readonly<Record<Work, number>> = { refill: 45_000, posting: 12_000, increment: 4_000, 'first start': 1_400, upgrade: 1_600, backup: 60_000 };
const enough = 300_000;

function begin(work: Work, kilobytes: number): Place {
  const disk = makeSmallDisk(join(world.folder, `disk-${(disks += 1)}`));
  const folder = join(disk.path, 'desk');
  const args: Record<Work, readonly string[]> = { refill: ['sync', 'stripe'], posting: ['sync', 'stripe'], increment: ['sync', 'stripe'], 'first start': ['ledger', 'trial-balance'], upgrade: ['ledger', 'trial-balance'], backup: ['backup', 'create'] };
  const old = join(world.folder, `old-${disks}.sqlite`);
  if (work === 'upgrade') makeLedgerOfSchema(old, makeLedgerOfSchema.oldest, 400);
  const beginning: Record<Work, string> = { ...world.beginnings, 'first start': world.beginnings.refill, upgrade: old, backup: world.rebuilt };
  const desk = openFaultDesk(world, folder, beginning[work]);
  if (work === 'first start') rmSync(desk.ledgerFile);
  disk.leave(kilobytes);
  return { disk, ledgerFile: desk.ledgerFile, args: [...args[work], '--json', '--data', folder], env: desk.env };
}

/** The ledger and its log as they lie on the full disk, looked at where there is room. */
async function troublesAside(ledgerFile: string, acknowledged: Acknowledged): Promise<string[]> {
  const aside = join(world.folder, `aside-${disks}`);
  mkdirSync(aside, { recursive: true });
  const file = join(aside, 'ledger.sqlite');
  for (const side of ['', '-wal']) if (existsSync(`${ledgerFile}${side}`)) copyFileSync(`${ledgerFile}${side}`, `${file}${side}`);
  try {
    return await troublesOf(file, acknowledged);
  } finally {
    rmSync(aside, { recursive: true });
  }
}

async function fillOnce(work: Work): Promise<{ isFilled: boolean; text: string }> {
  const kilobytes = wholeFrom(random, 4, room[work]);
  const { disk, ledgerFile, args, env } = begin(work, kilobytes);
  using held = disk;
  const text = `seed ${seed}, ${work} with ${kilobytes} KB left on ${held.kind}`;
  const run = () => disk.start(daybookEntry, args, env);
  const { outcome, acknowledged } = await killAt(run, ledgerFile, { kind: 'time', afterMs: 120_000 }, [0, 1]);
  expect(outcome.stdout, `${text}: ${outcome.stderr}`).not.toBe('');
  const answer = JSON.parse(outcome.stdout) as { error?: { code: string; nextStep: string | null } };
  if (answer.error) {
    const codes = disk.kind === 'tmpfs' ? ['disk-full', 'backup-no-space'] : ['disk-full', 'database-unreachable'];
    expect(codes, `${text}: ${outcome.stdout} ${outcome.stderr}`).toContain(answer.error.code);
    expect(answer.error.nextStep, text).toMatch(/\.$/);
    const isUpToDate = work !== 'first start' && work !== 'upgrade';
    if (isUpToDate) expect(await troublesAside(ledgerFile, acknowledged), text).toEqual([]);
  } else expect(outcome.code, `${text}: ${outcome.stdout} ${outcome.stderr}`).toBe(0);
  disk.leave(enough);
  expect(await run().ended, text).toMatchObject({ code: 0 });
  expect(await troublesOf(ledgerFile, nothingAcknowledged), text).toEqual([]);
  await expectSameEnd(work, ledgerFile, text);
  return { isFilled: answer.error !== undefined, text };
}

async function expectSameEnd(work: Work, ledgerFile: string, text: string): Promise<void> {
  if (work === 'refill' || work === 'posting') expect(differencesBetween(ledgerFile, world.rebuilt), text).toEqual([]);
  if (work === 'increment') expect(differencesBetween(ledgerFile, world.incremented), text).toEqual([]);
  if (work === 'upgrade') expect(makeLedgerOfSchema.differences(ledgerFile, join(world.folder, `old-${disks}.sqlite`)), text).toEqual([]);
  if (work === 'backup') {
    const backups = openBackups(join(ledgerFile, '..'));
    expect(backups.list(), text).not.toEqual([]);
    for (const { id } of backups.list()) expect(await backups.verify(id, unattended), text).toMatchObject({ fault: null });
  }
}

describe('a disk that fills', () => {
  test.each(Object.entries(points).filter(([, count]) => count > 0) as [Work, number][])('in %s, at %i points', async (work, count) => {
    let filled = 0;
    const tried: string[] = [];
    while (filled < count) {
      const { isFilled, text } = await fillOnce(work);
      tried.push(text);
      if (isFilled) filled += 1;
      if (tried.length > count * 4 + 4) throw new Error(`Only ${filled} of ${tried.length} disks were filled: ${tried.join('; ')}`);
    }
  });
});
