/** Document numbers on the local twin: the rules, a desk that is offline, and random histories of three desks (docs/adr/0018). */
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { newId } from '../platform/ids.ts';
import { numberSteps, openNumberDesk, playNumberSteps, type NumberDesk, type NumberPlaces, type NumberWorld } from '../testing/number-desks.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { documentNumberText, planBlockEnd } from './document-number-rules.ts';
import type { DocumentSeries } from './document-numbers.ports.ts';
import { listBlocks, listGaps, nextNumber, usedNumbersOf } from './document-numbers.repository.ts';
import { createLocalDocumentNumbers } from './local-document-numbers.ts';
import { createLocalNumberAuthority, type LocalNumberAuthority } from './local-number-authority.ts';

const dayMs = 86_400_000;
const noon = Date.parse('2026-11-18T12:00:00Z');
const clock = { at: noon, now: () => clock.at };
const shared = openTemporaryDatabase();
const { database } = shared;
database.connection.exec('PRAGMA synchronous = OFF');
const authorityOf = (user: string, desk: string, isAdmin = false): LocalNumberAuthority =>
  createLocalNumberAuthority({ readable: database, unitOfWork: database.unitOfWork, audit: createAuditLog({ clock }), clock, timeZone: new TimeZone('America/New_York'), user, desk, isAdmin });
const amara = openNumberDesk({ name: 'amara-1', user: 'amara', authority: authorityOf('amara', 'amara-1'), clock });
const amaraAway = openNumberDesk({ name: 'amara-2', user: 'amara', authority: authorityOf('amara', 'amara-2'), clock });
const ben = openNumberDesk({ name: 'ben-1', user: 'ben', authority: authorityOf('ben', 'ben-1', true), clock });
const desks = [amara, amaraAway, ben];
const own = authorityOf('backend', 'backend');

/** What is used and registered is never taken back: only a test's own file starts anew. */
function startAnew(): void {
  const triggers = database.connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'document_number%'").all() as { name: string; sql: string }[];
  for (const { name } of triggers) database.connection.exec(`DROP TRIGGER ${name}`);
  database.connection.exec('DELETE FROM document_number_gaps; DELETE FROM document_number_uses; DELETE FROM document_number_blocks; DELETE FROM document_series');
  for (const { sql } of triggers) database.connection.exec(sql);
  for (const desk of desks) {
    desk.ledger.database.connection.exec('DELETE FROM held_number_uses; DELETE FROM held_number_blocks; DELETE FROM document_number_tries');
    desk.setLine('up');
  }
  clock.at = noon;
}

const all = (text: string, ...values: (string | number)[]): number[] => (database.connection.prepare(text).all(...values) as { number: number }[]).map((row) => row.number);
function placesOf(series: DocumentSeries, year: number): NumberPlaces {
  return {
    next: nextNumber(database, series, year), used: all('SELECT number FROM document_number_uses WHERE series = ? AND year = ?', series, year), gaps: all('SELECT number FROM document_number_gaps WHERE series = ? AND year = ?', series, year),
    inBlocks: listBlocks(database).filter((block) => block.state === 'live' && block.series === series && block.year === year).flatMap((block) => {
      const used = usedNumbersOf(database, block.id);
      return Array.from({ length: block.lastNumber - block.firstNumber + 1 }, (_, index) => block.firstNumber + index).filter((number) => !used.has(number));
    }),
  };
}
const world: NumberWorld = {
  desks,
  numberOnline: async (series, issueDate, documentId) => database.unitOfWork.run('finalise', (writable) => own.number(writable, { series, issueDate, documentId, actor: 'backend' })).text,
  passDays: async (days) => void (clock.at += days * dayMs),
  places: async (series, year) => placesOf(series, year),
};

beforeEach(startAnew);
afterAll(() => {
  for (const desk of desks) desk[Symbol.dispose]();
  shared[Symbol.dispose]();
});

const today = localDate('2026-11-18');
const lease = (desk: NumberDesk, count: number, days = 7, blockId = newId(), year = 2026) => desk.numbers.lease({ blockId, series: 'INV', year, count, days, actor: desk.name });
const allocate = async (desk: NumberDesk, documentId = newId(), issueDate = today) => (await desk.numbers.allocate({ series: 'INV', issueDate, documentId, actor: desk.name })).text;

describe('a desk of its own', () => {
  const alone = createLocalDocumentNumbers({ unitOfWork: database.unitOfWork, authority: authorityOf('amara', 'alone') });
  const give = async (series: DocumentSeries, on: string, documentId = newId()) => (await alone.allocate({ series, issueDate: localDate(on), documentId, actor: 'amara' })).text;

  test('numbers invoices and credit notes by the year of issue, each from 1, and the same document once', async () => {
    const document = newId();
    expect([await give('INV', '2026-12-31', document), await give('INV', '2026-12-31', document), await give('CN', '2026-12-31'), await give('INV', '2027-01-01'), await give('INV', '2026-12-31')])
      .toEqual(['INV-2026-0001', 'INV-2026-0001', 'CN-2026-0001', 'INV-2027-0001', 'INV-2026-0002']);
    await expect(give('CN', '2026-12-31', document)).rejects.toMatchObject({ code: 'document-numbered-already' });
    await expect(give('CN', '2026-12-31', 'draft 7')).rejects.toMatchObject({ code: 'document-id-invalid' });
  });

  test('counts on past 9999', async () => {
    database.connection.exec("INSERT INTO document_series (series, year, next_number) VALUES ('INV', 2026, 9999)");
    expect([await give('INV', '2026-01-01'), await give('INV', '2026-01-01'), await give('INV', '2026-01-01')]).toEqual(['INV-2026-9999', 'INV-2026-10000', 'INV-2026-10001']);
  });

  test('a rollback gives the number back', async () => {
    expect(() => database.unitOfWork.run('finalise', (writable) => {
      alone.allocateHere(writable, { series: 'INV', issueDate: today, documentId: newId(), actor: 'amara' });
      throw new Error('the invoice could not be posted');
    })).toThrow('could not be posted');
    expect(await give('INV', '2026-11-18')).toBe('INV-2026-0001');
  });

  test('uses a block of its own first, and gets back what it returns', async () => {
    const block = await alone.lease({ blockId: newId(), series: 'INV', year: 2026, count: 3, days: 7, actor: 'amara' });
    expect([await give('INV', '2026-11-18'), block.firstNumber, block.lastNumber]).toEqual(['INV-2026-0001', 1, 3]);
    expect(await alone.return({ blockId: block.id, reason: 'Not needed', actor: 'amara' })).toMatchObject({ backToSeries: 2, gaps: [], block: { state: 'returned', used: 1, left: 0 } });
    expect(await give('INV', '2026-11-18')).toBe('INV-2026-0002');
  });
});

describe('which years may be leased', () => {
  // New York is five hours behind: its year ends at 05:00 UTC.
  test.each([
    ['2026-11-18T12:00:00Z', 2025, true], ['2026-11-18T12:00:00Z', 2024, false], ['2026-11-18T12:00:00Z', 2027, false], ['2026-12-01T04:59:00Z', 2027, false], ['2026-12-01T05:00:00Z', 2027, true],
    ['2027-01-01T04:59:00Z', 2025, true], ['2027-01-01T05:00:00Z', 2025, false], ['2027-01-01T05:00:00Z', 2026, true],
  ])('at %s, %i: %s', async (at, year, isLeasable) => {
    clock.at = Date.parse(at);
    const leased = lease(amara, 1, 7, newId(), year);
    await (isLeasable ? expect(leased).resolves.toMatchObject({ year, firstNumber: 1 }) : expect(leased).rejects.toMatchObject({ code: 'number-year-invalid' }));
  });

  test.each([[0, 7, 'number-block-count-invalid'], [101, 7, 'number-block-count-invalid'], [1, 0, 'number-block-days-invalid'], [1, 32, 'number-block-days-invalid']])('%i numbers for %i days: %s', async (count, days, code) => {
    await expect(lease(amara, count, days)).rejects.toMatchObject({ code });
    expect((await amara.numbers.overview()).blocks).toEqual([]);
  });

  test('a desk holds a hundred unused numbers of a series and no more', async () => {
    await lease(amara, 60);
    await expect(lease(amara, 41)).rejects.toMatchObject({ code: 'number-block-too-many' });
    await lease(amara, 40);
  });
});

describe('what becomes of the numbers of a block that ends', () => {
  const block = { firstNumber: 11, lastNumber: 15 };
  test.each([
    ['unused, at the top', [], 16, true, 11, []], ['two used, at the top', [11, 12], 16, true, 13, []], ['a hole below the last used', [11, 13], 16, true, 14, [12]], ['others have gone on', [11], 18, true, null, [12, 13, 14, 15]],
    ['nobody knows what was used', [11], 16, false, null, [12, 13, 14, 15]], ['all used', [11, 12, 13, 14, 15], 16, true, null, []],
  ])('%s', (_name, used, next, goesBack, backFrom, gaps) => {
    expect(planBlockEnd(block, new Set(used), next, goesBack)).toEqual({ backFrom, gaps });
  });
});

describe('a desk of a shared ledger', () => {
  test('offline gives the numbers of its block, each once, and none without', async () => {
    await lease(amara, 2);
    amara.setLine('down');
    const document = newId();
    expect([await allocate(amara, document), await allocate(amara, document), await allocate(amara)]).toEqual(['INV-2026-0001', 'INV-2026-0001', 'INV-2026-0002']);
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-block-missing', nextStep: expect.stringContaining('lease a block') });
    await expect(allocate(amara, newId(), localDate('2027-01-01'))).rejects.toMatchObject({ code: 'number-block-missing' });
  });

  test('whose answer to a lease is lost finds the block again, and leased one', async () => {
    amara.setLine('lossy');
    const blockId = newId();
    await expect(lease(amara, 3, 7, blockId)).rejects.toMatchObject({ code: 'postgres-unreachable' });
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-block-missing' });
    amara.setLine('up');
    expect((await lease(amara, 3, 7, blockId)).firstNumber).toBe(1);
    expect((await amara.numbers.overview()).blocks).toMatchObject([{ id: blockId, state: 'live', left: 3, isOfThisDesk: true }]);
    expect(await allocate(amara)).toBe('INV-2026-0001');
  });

  test('tells what it used twice, and it is used once', async () => {
    const { id } = await lease(amara, 3);
    amara.setLine('down');
    await allocate(amara);
    await expect(amara.numbers.reportUses()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    amara.setLine('lossy');
    await expect(amara.numbers.reportUses()).rejects.toMatchObject({ code: 'postgres-unreachable' });
    amara.setLine('up');
    expect(await amara.numbers.reportUses()).toEqual({ recorded: 1, refused: 0 });
    expect(await amara.numbers.reportUses()).toEqual({ recorded: 0, refused: 0 });
    expect(placesOf('INV', 2026)).toEqual({ next: 4, used: [1], inBlocks: [2, 3], gaps: [] });
    expect(await amara.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' })).toMatchObject({ backToSeries: 2, gaps: [] });
  });

  test('returns what others have passed to the gap register, with the reason', async () => {
    const { id } = await lease(amara, 2);
    await world.numberOnline('INV', today, newId());
    await allocate(amara);
    expect(await amara.numbers.return({ blockId: id, reason: ' Trip called off ', actor: 'amara' })).toMatchObject({ backToSeries: 0, gaps: ['INV-2026-0002'] });
    expect(await ben.numbers.gaps({ series: 'INV', year: 2026 })).toMatchObject([{ text: 'INV-2026-0002', reason: 'Trip called off', recordedBy: 'amara', blockId: id }]);
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-lease-ended' });
  });

  test('uses no number of a block that is on its way back, whatever came of that', async () => {
    const { id } = await lease(amara, 2);
    amara.setLine('lossy');
    await expect(amara.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' })).rejects.toMatchObject({ code: 'postgres-unreachable' });
    amara.setLine('down');
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-lease-ended' });
    amara.setLine('up');
    expect(await world.numberOnline('INV', today, newId())).toBe('INV-2026-0001'); // it had gone back
    expect(await amara.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' })).toMatchObject({ backToSeries: 2 });
  });

  test('that is offline when it wants to return one keeps it', async () => {
    const { id } = await lease(amara, 2);
    amara.setLine('down');
    await expect(amara.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' })).rejects.toMatchObject({ code: 'postgres-unreachable' });
    expect(await allocate(amara)).toBe('INV-2026-0001');
  });

  test('stops when its lease ends; what it used before may be told for a week', async () => {
    await lease(amara, 3, 2);
    const told = await allocate(amara);
    clock.at += 2 * dayMs;
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-lease-ended', nextStep: expect.stringContaining('lease a new block') });
    clock.at += 7 * dayMs - 1;
    expect([await amara.numbers.reportUses(), told]).toEqual([{ recorded: 1, refused: 0 }, 'INV-2026-0001']);
    clock.at += 1;
    expect((await ben.numbers.overview()).blocks).toMatchObject([{ state: 'expired', left: 0 }]);
    expect(placesOf('INV', 2026)).toEqual({ next: 4, used: [1], inBlocks: [], gaps: [2, 3] });
  });

  test('that tells too late is refused; the register keeps who claims the number, and nobody else gets it', async () => {
    await lease(amara, 2, 1);
    amara.setLine('down');
    const document = newId();
    await allocate(amara, document);
    clock.at += 8 * dayMs;
    amara.setLine('up');
    expect(await amara.numbers.reportUses()).toEqual({ recorded: 0, refused: 1 });
    expect((await amara.numbers.overview()).openUses).toMatchObject([{ number: { text: 'INV-2026-0001' }, documentId: document, refusal: { code: 'number-lease-ended', nextStep: expect.stringContaining('issue it again') } }]);
    expect(await ben.numbers.gaps({})).toMatchObject([{ text: 'INV-2026-0002', claimedBy: null }, { text: 'INV-2026-0001', claimedBy: { documentId: document, holder: 'amara' } }]);
    expect(await world.numberOnline('INV', today, newId())).toBe('INV-2026-0003');
  });

  test('has its block taken away by its person elsewhere or by an admin, and by nobody else', async () => {
    const [one, two, bens] = [await lease(amara, 2), await lease(amara, 2), await lease(ben, 2)];
    await expect(amara.numbers.return({ blockId: bens.id, reason: 'Mine now', actor: 'amara' })).rejects.toMatchObject({ code: 'number-block-not-yours' });
    amara.setLine('down');
    await allocate(amara);
    expect(await amaraAway.numbers.return({ blockId: one.id, reason: 'Laptop lost', actor: 'amara' })).toMatchObject({ block: { state: 'revoked' }, backToSeries: 0, gaps: ['INV-2026-0001', 'INV-2026-0002'] });
    expect(await ben.numbers.return({ blockId: two.id, reason: 'Left the company', actor: 'ben' })).toMatchObject({ block: { state: 'revoked' }, gaps: ['INV-2026-0003', 'INV-2026-0004'] });
    amara.setLine('up');
    expect(await amara.numbers.reportUses()).toEqual({ recorded: 0, refused: 1 });
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-lease-ended' });
  });

  test('cannot tell uses of a block of another desk, nor use its numbers', async () => {
    const { id } = await lease(amara, 2);
    const use = { blockId: id, number: 1, documentId: newId(), issueDate: today };
    for (const thief of [authorityOf('amara', 'amara-2'), authorityOf('ben', 'amara-1')]) expect(await thief.record([use])).toMatchObject([{ outcome: 'refused', code: 'number-block-not-yours' }]);
    await expect(allocate(amaraAway)).rejects.toMatchObject({ code: 'number-block-missing' });
    const right = authorityOf('amara', 'amara-1');
    expect(await right.record([use, use, { ...use, documentId: newId() }, { ...use, number: 2 }, { ...use, number: 3 }, { ...use, number: 2, documentId: newId(), issueDate: localDate('2027-01-01') }])).toMatchObject([
      { outcome: 'recorded' }, { outcome: 'unchanged' }, { code: 'number-taken' }, { code: 'document-numbered-already' }, { code: 'number-not-in-block' }, { code: 'number-year-mismatch' },
    ]);
  });

  test('that was restored from a backup uses none of its blocks, and none of their numbers goes to another', async () => {
    const { id } = await lease(amara, 3);
    amara.setLine('down');
    expect(await allocate(amara)).toBe('INV-2026-0001');
    amara.restore();
    await expect(allocate(amara)).rejects.toMatchObject({ code: 'number-lease-ended' });
    amara.setLine('up');
    expect((await amara.numbers.overview()).blocks).toMatchObject([{ state: 'suspended', left: 0 }]);
    expect(await amara.numbers.return({ blockId: id, reason: 'Restored', actor: 'amara' })).toMatchObject({ backToSeries: 0, gaps: ['INV-2026-0001', 'INV-2026-0002', 'INV-2026-0003'] });
  });

  test('that carries a refused number returns nothing to the series', async () => {
    const document = newId();
    const { id } = await lease(amara, 2);
    amara.setLine('down');
    await allocate(amara, document);
    await world.numberOnline('INV', localDate('2025-11-18'), document); // finalised at another desk meanwhile
    amara.setLine('up');
    expect(await amara.numbers.reportUses()).toEqual({ recorded: 0, refused: 1 });
    expect(await amara.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' })).toMatchObject({ backToSeries: 0, gaps: ['INV-2026-0001', 'INV-2026-0002'] });
  });

  test('gives no second number to a document it asked for online and heard nothing of', async () => {
    await lease(amara, 2);
    const document = newId();
    const finalise = () => amara.numbers.onlineOrHere(document, () => amara.overLine(() => world.numberOnline('INV', today, document)), () => allocate(amara, document));
    amara.setLine('lossy');
    await expect(finalise()).rejects.toMatchObject({ code: 'number-outcome-unknown' });
    amara.setLine('down');
    await expect(finalise()).rejects.toMatchObject({ code: 'number-outcome-unknown' });
    await expect(allocate(amara, document)).rejects.toMatchObject({ code: 'number-outcome-unknown' });
    amara.setLine('up');
    expect(await finalise()).toBe('INV-2026-0003');
    expect(await finalise()).toBe('INV-2026-0003');
  });

  test('offline says what it holds', async () => {
    await lease(amara, 2);
    amara.setLine('down');
    await allocate(amara);
    expect(await amara.numbers.overview()).toMatchObject({ kind: 'shared', isOnline: false, series: [], blocks: [{ firstNumber: 1, lastNumber: 2, used: 1, left: 1, isOfThisDesk: true }], openUses: [{ number: { text: 'INV-2026-0001' }, refusal: null }] });
    await expect(amara.numbers.gaps({})).rejects.toMatchObject({ code: 'postgres-unreachable' });
  });
});

test('what is used or registered stays so, whoever writes', async () => {
  const { id } = await lease(amara, 2);
  await allocate(amara);
  await amara.numbers.reportUses();
  await world.numberOnline('INV', today, newId());
  await amara.numbers.return({ blockId: id, reason: 'Back', actor: 'amara' });
  for (const statement of ['DELETE FROM document_number_uses', 'UPDATE document_number_uses SET number = 9', 'DELETE FROM document_number_gaps']) expect(() => database.connection.exec(statement)).toThrow('number-immutable');
  expect(listGaps(database, {}).map((gap) => gap.text)).toEqual([documentNumberText('INV', 2026, 2)]);
});

test('whatever three desks do, every number is used once, in a live block, or in the gap register, and on one document', { timeout: 900_000 }, async () => {
  let numbered = 0;
  await fc.assert(
    fc.asyncProperty(numberSteps, async (steps) => {
      startAnew();
      numbered += await playNumberSteps(world, steps, 'INV', today);
    }),
    { numRuns: process.env['DAYBOOK_LONG'] ? 5_000 : 300 },
  );
  expect(numbered).toBeGreaterThan(300);
});
