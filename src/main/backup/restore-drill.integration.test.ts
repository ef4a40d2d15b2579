/** The drill of docs/operations.md by the command line: backup, more work, damage, restore, sync, the same books. */
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOwner, type CliDesk, type ErrorDocument } from '../testing/cli-desk.ts';
import { differencesBetween, nothingAcknowledged, troublesOf } from '../testing/crash-checks.ts';
import { openFaultDesk, startFaultWorld, type FaultWorld } from '../testing/fault-world.ts';
import { openBackups } from '../testing/open-backups.ts';

interface Created {
  readonly backup: { readonly id: string; readonly head: { readonly sequence: number; readonly hash: string } };
}
interface Restored {
  readonly replaced: { readonly keptAs: string; readonly fault: string | null; readonly entriesAfter: { count: number }[] } | null;
  readonly leftBehind: string[];
}

let world: FaultWorld;
beforeAll(async () => {
  world = await startFaultWorld(1);
});
afterAll(() => world[Symbol.asyncDispose]());

const well = async <Answer>(desk: CliDesk, ...args: string[]): Promise<Answer> => {
  const { code, answer } = await desk.json<Answer>(...args);
  expect(code, `daybook ${args.join(' ')}: ${JSON.stringify(answer)}`).toBe(0);
  return answer;
};

/** A stretch in the middle of the file is overwritten, as a disk that fails leaves it. */
function damage(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(256 * 1024, 0x5a), 0, 256 * 1024, 256 * 1024);
  writeSync(descriptor, Buffer.alloc(4_096, 0x5a), 0, 4_096, 0);
  closeSync(descriptor);
}

describe('the restore drill', () => {
  test('ends in the books that were there before the damage, and in those of a rebuild from Stripe', async () => {
    const desk = openFaultDesk(world, join(world.folder, 'drill'), world.beginnings.increment);
    const { backup } = await well<Created>(desk, 'backup', 'create');
    expect(await well(desk, 'backup', 'verify')).toMatchObject({ id: backup.id, fault: null });
    await well(desk, 'sync', 'stripe');
    const { backup: later } = await well<Created>(desk, 'backup', 'create');
    expect(later.head.sequence).toBeGreaterThan(backup.head.sequence);

    damage(desk.ledgerFile);
    const { code, answer } = await desk.json<ErrorDocument>('ledger', 'verify');
    expect([code, answer.error.code]).toEqual([1, 'database-corrupt']);
    expect(await well(desk, 'backup', 'list')).toMatchObject({ backups: [{ id: later.id }, { id: backup.id }] });
    const damagedBytes = statSync(desk.ledgerFile).size;

    const restored = await well<Restored>(desk, 'backup', 'restore', backup.id);
    expect(restored).toMatchObject({ replaced: { fault: 'database-corrupt' }, leftBehind: [later.id] });
    expect(statSync(restored.replaced?.keptAs ?? '').size).toBe(damagedBytes);
    expect(await well(desk, 'ledger', 'verify')).toMatchObject({ isSound: true, headHash: backup.head.hash });
    await well(desk, 'sync', 'stripe');
    expect(await well(desk, 'ledger', 'verify')).toMatchObject({ isSound: true });
    expect(differencesBetween(desk.ledgerFile, world.incremented)).toEqual([]);
    expect(differencesBetween(desk.ledgerFile, world.rebuilt).filter((difference) => difference.startsWith('books'))).toEqual([]);
    await well(desk, 'backup', 'create');
    expect(openBackups(desk.dataFolder).list().map((one) => one.leftBehindAt !== null)).toEqual([false, true, false]);
  });

  test('on a new machine: a backup’s file into an empty folder, then a sync', async () => {
    const desk = openFaultDesk(world, join(world.folder, 'old-machine'), world.beginnings.increment);
    const { backup } = await well<Created>(desk, 'backup', 'create');
    const fresh = openFaultDesk(world, join(world.folder, 'new-machine'), world.beginnings.refill);
    expect(await well<Restored>(fresh, 'backup', 'restore', join(desk.dataFolder, 'backups', `${backup.id}.sqlite`))).toMatchObject({ replaced: { entriesAfter: [] } });
    await well(fresh, 'sync', 'stripe');
    expect(differencesBetween(fresh.ledgerFile, world.incremented)).toEqual([]);
    expect(await troublesOf(fresh.ledgerFile, nothingAcknowledged)).toEqual([]);
  });

  test('is refused while Daybook has the folder open; a backup is made and verified by the one that has', async () => {
    const desk = openFaultDesk(world, join(world.folder, 'owned'), world.beginnings.increment);
    const owner = await startOwner(desk);
    try {
      const { backup } = await well<Created>(desk, 'backup', 'create');
      expect(await well(desk, 'backup', 'list')).toMatchObject({ kept: 30, backups: [{ id: backup.id, kind: 'asked', head: backup.head, fault: null }] });
      expect((await desk.run('doctor')).stdout).toMatch(/^ok {4}Backups: 1, the newest of /m);
      const before = statSync(desk.ledgerFile).ino;
      const { code, answer } = await desk.json<ErrorDocument>('backup', 'restore', backup.id);
      expect([code, answer.error.code]).toEqual([1, 'data-folder-in-use']);
      expect(statSync(desk.ledgerFile).ino).toBe(before);
      expect(readdirSync(desk.dataFolder).filter((name) => name.includes('restor'))).toEqual([]);
    } finally {
      await owner.stop();
    }
  });

  test('reads well, says what the backup lacks before anything is done, and exits 1 for one that is unsound', async () => {
    const desk = openFaultDesk(world, join(world.folder, 'words'), world.beginnings.increment);
    expect((await desk.run('backup', 'list')).stdout).toBe('There is no backup yet. Make one with daybook backup create.\n');
    const created = await desk.run('backup', 'create');
    expect(created.stdout).toMatch(/^Backup \S+: \d+ MB, entry [\d,]+, [0-9a-f]{16}\. It was verified\.\n$/);
    const [{ id } = { id: '' }] = openBackups(desk.dataFolder).list();
    await well(desk, 'sync', 'stripe');
    const rehearsal = await desk.run('backup', 'restore', id, '--dry-run');
    expect(rehearsal.code).toBe(0);
    expect(rehearsal.stdout).toMatch(/^Would restore the backup [^\n]+\nEntries it does not have: \d+ /);
    expect((await desk.run('backup', 'list')).stdout).toContain('the newest 30 of each kind are kept');
    damage(join(desk.dataFolder, 'backups', `${id}.sqlite`));
    expect(await desk.run('backup', 'verify')).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT sound') });
    expect((await desk.run('backup', 'list')).stdout).toContain('backup-file-altered');
    expect((await desk.run('doctor')).stdout).toMatch(/^FAIL {2}Backups: .*\(backup-file-altered\)$/m);
    const refused = await desk.run('backup', 'restore', id);
    expect([refused.code, refused.stderr.includes('(backup-unusable)')]).toEqual([1, true]);
    expect((await desk.run('backup', 'restore', 'nobody-knows-it')).stderr).toContain('(backup-unknown)');
  });
});
