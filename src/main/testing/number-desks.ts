/**
 * Desks of one shared ledger that lease, use and return document numbers over lines that break, and what must hold of every number afterwards. The shared side is the real
 * PostgreSQL or the local twin, which keep the same rules.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { ProviderError } from '../../shared/errors/errors.ts';
import type { NumberAuthority } from '../billing/document-number-authority.ports.ts';
import type { DocumentNumbers, DocumentSeries } from '../billing/document-numbers.ports.ts';
import { suspendHeldBlocks } from '../billing/held-numbers.repository.ts';
import { createLeasedDocumentNumbers } from '../billing/leased-document-numbers.ts';
import { newId } from '../platform/ids.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from './temporary-database.ts';

/** `lossy`: what is asked is done, and the answer does not come back. */
export type LineState = 'up' | 'down' | 'lossy';

export interface NumberDesk extends Disposable {
  readonly name: string;
  readonly ledger: TemporaryDatabase;
  readonly numbers: DocumentNumbers;
  setLine(state: LineState): void;
  /** Sends a question over this desk's line. */
  overLine<Answer>(ask: () => Promise<Answer>): Promise<Answer>;
  /** As a backup that was made before anything that has not been told yet. */
  restore(): void;
}

const unreachable = (): ProviderError => new ProviderError('postgres-unreachable', 'The line broke.', { provider: 'postgres', isRetryable: true });

export function openNumberDesk({ name, user, authority, clock }: { readonly name: string; readonly user: string; readonly authority: NumberAuthority; readonly clock: Clock }): NumberDesk {
  const ledger = openTemporaryDatabase();
  const { connection, unitOfWork } = ledger.database;
  connection.exec('PRAGMA synchronous = OFF'); // no power is cut here
  let state: LineState = 'up';
  async function overLine<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (state === 'down') throw unreachable();
    const answer = await ask();
    if (state === 'lossy') throw unreachable();
    return answer;
  }
  const through: NumberAuthority = {
    assertReached: async () => { if (state === 'down') throw unreachable(); },
    lease: (request) => overLine(() => authority.lease(request)),
    record: (uses) => overLine(() => authority.record(uses)),
    return: (request) => overLine(() => authority.return(request)),
    standing: () => overLine(() => authority.standing()),
    blocks: (ids) => overLine(() => authority.blocks(ids)),
    gaps: (filter) => overLine(() => authority.gaps(filter)),
  };
  return {
    name, ledger, overLine,
    numbers: createLeasedDocumentNumbers({ readable: ledger.database, unitOfWork, authority: through, clock, user, desk: name }),
    setLine(next) {
      state = next;
    },
    restore() {
      connection.exec("DELETE FROM held_number_uses WHERE state = 'unsent'; DELETE FROM document_number_tries");
      unitOfWork.run('restore', suspendHeldBlocks);
    },
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}

export interface NumberWorld {
  readonly desks: readonly NumberDesk[];
  /** Numbers a document in the shared side's own transaction. */
  numberOnline(series: DocumentSeries, issueDate: LocalDate, documentId: string): Promise<string>;
  /** Leases run out by so many days. */
  passDays(days: number): Promise<void>;
  /** Where every number is, by the tables themselves. */
  places(series: DocumentSeries, year: number): Promise<NumberPlaces>;
}

export interface NumberPlaces {
  readonly next: number;
  readonly used: readonly number[];
  readonly inBlocks: readonly number[];
  readonly gaps: readonly number[];
}

/** Every number from 1 to the head is exactly one of: used once, in a live block, in the gap register. */
export function expectEveryNumberOnce({ next, used, inBlocks, gaps }: NumberPlaces): void {
  expect([...used, ...inBlocks, ...gaps].toSorted((a, b) => a - b)).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
}

export type NumberStep =
  | { readonly kind: 'lease'; readonly desk: number; readonly count: number; readonly days: number }
  | { readonly kind: 'finalise'; readonly desk: number }
  | { readonly kind: 'again'; readonly desk: number; readonly pick: number }
  | { readonly kind: 'report'; readonly desk: number }
  | { readonly kind: 'return'; readonly desk: number; readonly pick: number }
  | { readonly kind: 'line'; readonly desk: number; readonly state: LineState }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'restore'; readonly desk: number };

const desk = fc.nat(2);
/** Histories of three desks. */
export const numberSteps: fc.Arbitrary<NumberStep[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('lease' as const), desk, count: fc.integer({ min: 1, max: 5 }), days: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('finalise' as const), desk }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), desk, pick: fc.nat(50) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('report' as const), desk }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('return' as const), desk, pick: fc.nat(50) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('line' as const), desk, state: fc.constantFrom('up' as const, 'down' as const, 'lossy' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), desk }) },
  ),
  { minLength: 5, maxLength: 40 },
);

/** Refusals and outages are part of the game; anything else is a bug. */
const expected = new Set(['postgres-unreachable', 'number-block-missing', 'number-lease-ended', 'number-outcome-unknown', 'number-block-too-many', 'number-block-not-yours', 'number-block-not-found', 'document-numbered-already']);

async function attempt<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && expected.has(String(error.code))) return null;
    throw error;
  }
}

/** Plays the steps and looks at every number after each of them. @returns how many documents were numbered. */
export async function playNumberSteps(world: NumberWorld, steps: readonly NumberStep[], series: DocumentSeries, issueDate: LocalDate): Promise<number> {
  const year = Number(issueDate.slice(0, 4));
  /** What went out to customers: a number on two documents is what must never be. */
  const printed = new Map<string, string>();
  const blocks: string[] = [];
  const documents: { readonly desk: number; readonly id: string }[] = [];

  async function finalise(index: number, documentId: string): Promise<void> {
    const desk = world.desks[index];
    if (!desk) return;
    const text = await attempt(() =>
      desk.numbers.onlineOrHere(documentId, () => desk.overLine(() => world.numberOnline(series, issueDate, documentId)), async () => (await desk.numbers.allocate({ series, issueDate, documentId, actor: desk.name })).text),
    );
    if (text === null) return;
    expect(printed.get(text) ?? documentId, `${text} is on one document`).toBe(documentId);
    printed.set(text, documentId);
  }

  async function take(step: NumberStep): Promise<void> {
    if (step.kind === 'days') return world.passDays(step.days);
    const desk = world.desks[step.desk];
    if (!desk) return;
    switch (step.kind) {
      case 'lease': {
        const blockId = newId();
        blocks.push(blockId);
        await attempt(() => desk.numbers.lease({ blockId, series, year, count: step.count, days: step.days, actor: desk.name }));
        return;
      }
      case 'finalise': {
        const id = newId();
        documents.push({ desk: step.desk, id });
        return finalise(step.desk, id);
      }
      case 'again': {
        const document = documents[step.pick % Math.max(1, documents.length)];
        return document && finalise(document.desk, document.id);
      }
      case 'report':
        await attempt(() => desk.numbers.reportUses());
        return;
      case 'return': {
        const blockId = blocks[step.pick % Math.max(1, blocks.length)];
        if (blockId !== undefined) await attempt(() => desk.numbers.return({ blockId, reason: 'Back in the office', actor: desk.name }));
        return;
      }
      case 'line':
        return desk.setLine(step.state);
      case 'restore':
        return desk.restore();
    }
  }

  for (const step of steps) {
    await take(step);
    expectEveryNumberOnce(await world.places(series, year));
  }
  for (const desk of world.desks) desk.setLine('up');
  for (const desk of world.desks) await desk.numbers.reportUses();
  for (const { desk, id } of documents) await finalise(desk, id); // what nobody knew the outcome of is known now
  expectEveryNumberOnce(await world.places(series, year));
  for (const desk of world.desks) {
    const { openUses, series: standings } = await desk.numbers.overview();
    expect(openUses.filter((use) => use.refusal === null)).toEqual([]);
    expect(standings.map((standing) => standing.unaccounted)).toEqual(standings.map(() => 0));
  }
  return printed.size;
}
