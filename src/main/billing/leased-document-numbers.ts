/**
 * Document numbers at a desk of a shared ledger (docs/adr/0018). Online the shared database's own functions number what they finalise. Offline this desk gives numbers of the
 * blocks it leased, each once and in order, and tells them afterwards.
 *
 * What makes it safe: what is asked for and what is given is written here before anybody is asked or told; a block is ended here before it is ended there; and whatever this desk
 * believes, the shared database takes a use only from the desk that holds the block.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { DaybookError, NotFoundError, ProviderError, StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import type { LeasedUse, NumberAuthority, UseAnswer } from './document-number-authority.ports.ts';
import { assertDocumentId, documentNumberText, leaseEnded, leaseEnds, nextStepAfterRefusal, yearOfIssue } from './document-number-rules.ts';
import type { DocumentNumber, DocumentNumbers, LeaseRequest, NumberBlock, NumberRequest, NumbersOverview, OpenUse, ReportedUses, ReturnedBlock, ReturnRequest } from './document-numbers.ports.ts';
import {
  adoptBlock, findHeldBlock, findHeldUse, forgetAsked, forgetTry, hasRefusedUse, insertHeldUse, listHeldBlocksOf, listOpenHeldBlocks, listOpenUses, listUnsentUses, listUnsentUsesOf, noteAsked, noteTry, numbersUsedOf, setHeldState, settleHeldUse, wasTried,
  type HeldBlock, type HeldUse,
} from './held-numbers.repository.ts';

export interface LeasedDocumentNumbersDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly authority: NumberAuthority;
  readonly clock: Clock;
  /** The login blocks are leased to, and this desk's name. */
  readonly user: string;
  readonly desk: string;
}

const usesAtOnce = 100;

export function createLeasedDocumentNumbers({ readable, unitOfWork, authority, clock, user, desk }: LeasedDocumentNumbersDependencies): DocumentNumbers {
  const isOurs = (block: HeldBlock): boolean => block.holder === user && block.desk === desk;

  function allocateHere(database: WritableDatabase, { series, issueDate, documentId, actor }: NumberRequest): DocumentNumber {
    assertDocumentId(documentId);
    const year = yearOfIssue(issueDate);
    const standing = findHeldUse(database, documentId);
    if (standing) {
      if (standing.series !== series || standing.year !== year) throw new StateError('document-numbered-already', `This document has the number ${documentNumberText(standing.series, standing.year, standing.number)} already.`, { nextStep: 'Look at the document again.' });
      return numberOf(standing);
    }
    if (wasTried(database, documentId)) throw outcomeUnknown(documentId);
    const now = clock.now();
    const held = listHeldBlocksOf(database, series, year).filter(isOurs);
    for (const { id, state, numbers } of held) {
      if (state !== 'live' || numbers === null || numbers.useUntil <= now) continue;
      const used = numbersUsedOf(database, id);
      for (let number = numbers.first; number <= numbers.last; number += 1) {
        if (used.has(number)) continue;
        insertHeldUse(database, { documentId, series, year, number, blockId: id, issueDate, usedAt: now, usedBy: actor });
        return { text: documentNumberText(series, year, number), series, year, number, blockId: id };
      }
    }
    const last = held.findLast((block) => block.numbers !== null && numbersUsedOf(database, block.id).size <= block.numbers.last - block.numbers.first);
    if (last?.numbers) throw leaseEnded(series, year, last.numbers.first, last.numbers.last);
    throw new StateError('number-block-missing', `This desk holds no unused number of ${series}-${year}, and the shared database is not reached.`, { data: { series, year }, nextStep: nextStepAfterRefusal['number-block-missing'] ?? '' });
  }

  /** Before anything is written or sent: somebody who is certainly offline is told so and has lost nothing. */
  async function lease({ blockId, series, year, count, days }: LeaseRequest): Promise<NumberBlock> {
    await authority.assertReached();
    const askedAt = clock.now();
    unitOfWork.run('numbers.ask', (database) => noteAsked(database, { id: blockId, series, year, holder: user, desk, askedAt, days }));
    try {
      const block = await authority.lease({ blockId, series, year, count, days, actor: user, requestId: newId() });
      unitOfWork.run('numbers.adopt', (database) => adopt(database, block));
      return shown(block);
    } catch (error) {
      // A refusal says that nothing was leased. Where the answer was lost, what was asked for is looked up when somebody answers again.
      if (error instanceof DaybookError && !isUnreachable(error)) unitOfWork.run('numbers.forget', (database) => forgetAsked(database, blockId));
      throw error;
    }
  }

  function adopt(database: WritableDatabase, block: NumberBlock): void {
    const held = findHeldBlock(database, block.id);
    if (!held || held.state !== 'asked') return;
    // By this desk's clock the lease began when it asked: the earlier of both ends holds.
    const own = leaseEnds(held.askedAt, held.days);
    adoptBlock(database, { id: block.id, holder: block.holder, first: block.firstNumber, last: block.lastNumber, useUntil: Math.min(block.useUntil, own.useUntil), reportUntil: block.reportUntil });
    if (block.state !== 'live' && block.state !== 'used-up') setHeldState(database, block.id, 'ended');
  }

  /** What the shared database says of the blocks this desk has open: leased though its answer was lost, or ended there. */
  async function learnBlocks(): Promise<void> {
    const open = listOpenHeldBlocks(readable);
    if (open.length === 0) return;
    const known = new Map((await authority.blocks(open.map((block) => block.id))).map((block) => [block.id, block]));
    unitOfWork.run('numbers.learn', (database) => {
      for (const { id } of open) {
        const block = known.get(id);
        if (!block) continue;
        adopt(database, block);
        if (block.state !== 'live') setHeldState(database, id, 'ended');
      }
    });
  }

  function take(database: WritableDatabase, answers: readonly UseAnswer[]): ReportedUses {
    for (const { documentId, outcome, code, message } of answers) settleHeldUse(database, { documentId, state: outcome === 'refused' ? 'refused' : 'recorded', code, message });
    const refused = answers.filter((answer) => answer.outcome === 'refused').length;
    return { recorded: answers.length - refused, refused };
  }

  async function reportUses(): Promise<ReportedUses> {
    const total = { recorded: 0, refused: 0 };
    for (let unsent = listUnsentUses(readable, usesAtOnce); unsent.length > 0; unsent = listUnsentUses(readable, usesAtOnce)) {
      const answers = await authority.record(unsent.map(leasedUse));
      if (answers.length === 0) break;
      const { recorded, refused } = unitOfWork.run('numbers.take-answers', (database) => take(database, answers));
      total.recorded += recorded;
      total.refused += refused;
    }
    await learnBlocks();
    return total;
  }

  async function returnBlock({ blockId, reason }: ReturnRequest): Promise<ReturnedBlock> {
    await authority.assertReached();
    const held = findHeldBlock(readable, blockId);
    const isHeldHere = held !== undefined && isOurs(held);
    // From here on no number of it is given at this desk, whatever becomes of the question.
    const uses = unitOfWork.run('numbers.end-here', (database) => {
      if (isHeldHere && held.state !== 'ended') setHeldState(database, blockId, 'returning');
      return isHeldHere ? listUnsentUsesOf(database, blockId) : [];
    });
    try {
      const { block, uses: answers, backToSeries, gaps } = await authority.return({ blockId, reason, isCertain: isHeldHere && held.isCertain && !hasRefusedUse(readable, blockId), uses: uses.map(leasedUse), requestId: newId() });
      unitOfWork.run('numbers.returned', (database) => {
        take(database, answers);
        if (isHeldHere) setHeldState(database, blockId, 'ended');
      });
      return { block: shown(block), backToSeries, gaps };
    } catch (error) {
      if (error instanceof NotFoundError && isHeldHere) unitOfWork.run('numbers.never-leased', (database) => setHeldState(database, blockId, 'ended'));
      throw error;
    }
  }

  /** A block as the shared database has it, with what this desk knows better. */
  function shown(block: NumberBlock): NumberBlock {
    const held = findHeldBlock(readable, block.id);
    if (!held || block.state !== 'live') return block;
    const used = Math.max(block.used, numbersUsedOf(readable, block.id).size);
    return { ...block, useUntil: Math.min(block.useUntil, held.numbers?.useUntil ?? block.useUntil), state: held.state === 'returning' || held.state === 'suspended' ? held.state : block.state, used, left: held.state === 'live' ? block.lastNumber - block.firstNumber + 1 - used : 0 };
  }

  function heldView(held: HeldBlock): NumberBlock {
    const { id, series, year, holder, desk: itsDesk, askedAt, numbers } = held;
    const used = numbersUsedOf(readable, id).size;
    const isUsable = held.state === 'live' && numbers !== null;
    return {
      id, series, year, firstNumber: numbers?.first ?? 0, lastNumber: numbers?.last ?? 0, holder, desk: itsDesk, isOfThisDesk: isOurs(held), leasedAt: askedAt, useUntil: numbers?.useUntil ?? askedAt, reportUntil: numbers?.reportUntil ?? askedAt,
      state: held.state === 'ended' ? 'returned' : held.state, used, left: isUsable && numbers.useUntil > clock.now() ? numbers.last - numbers.first + 1 - used : 0, endedAt: null, endedBy: null, endReason: null,
    };
  }

  async function overview(): Promise<NumbersOverview> {
    const openUses = (): OpenUse[] => listOpenUses(readable).map(openUse);
    try {
      await authority.assertReached();
      await learnBlocks();
      const { series, blocks } = await authority.standing();
      return { kind: 'shared', isOnline: true, series, blocks: blocks.map(shown), openUses: openUses() };
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return { kind: 'shared', isOnline: false, series: [], blocks: listOpenHeldBlocks(readable).map(heldView), openUses: openUses() };
    }
  }

  async function onlineOrHere<Result>(documentId: string, online: () => Promise<Result>, here: () => Promise<Result> | Result): Promise<Result> {
    try {
      await authority.assertReached();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (wasTried(readable, documentId)) throw outcomeUnknown(documentId);
      return here();
    }
    if (findHeldUse(readable, documentId)) return here(); // it has a number of this desk's
    unitOfWork.run('numbers.try', (database) => noteTry(database, documentId, clock.now()));
    try {
      const result = await online();
      unitOfWork.run('numbers.tried', (database) => forgetTry(database, documentId));
      return result;
    } catch (error) {
      if (isUnreachable(error)) throw outcomeUnknown(documentId, error);
      if (error instanceof DaybookError && error.kind !== 'invariant' && error.kind !== 'storage') unitOfWork.run('numbers.refused', (database) => forgetTry(database, documentId));
      throw error;
    }
  }

  return {
    kind: 'shared',
    allocate: async (request) => unitOfWork.run('numbers.allocate', (database) => allocateHere(database, request)),
    allocateHere,
    find(database, documentId) {
      const use = findHeldUse(database, documentId);
      return use ? numberOf(use) : null;
    },
    onlineOrHere, lease, return: returnBlock, reportUses, overview,
    gaps: (filter) => authority.gaps(filter),
  };
}

function leasedUse({ blockId, number, documentId, issueDate }: HeldUse): LeasedUse {
  return { blockId, number, documentId, issueDate: localDate(issueDate) };
}

function numberOf({ series, year, number, blockId }: HeldUse): DocumentNumber {
  return { text: documentNumberText(series, year, number), series, year, number, blockId };
}

function openUse(use: HeldUse): OpenUse {
  const { documentId, usedAt, refusalCode: code, refusalMessage: message } = use;
  return { number: numberOf(use), documentId, usedAt, refusal: code === null ? null : { code, message: message ?? '', nextStep: nextStepAfterRefusal[code] ?? 'Send today’s log.' } };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ProviderError && error.isRetryable;
}

function outcomeUnknown(documentId: string, cause?: unknown): StateError {
  return new StateError('number-outcome-unknown', 'The shared database was asked to finalise this document and its answer was lost: it may have a number there.', {
    data: { documentId }, cause, nextStep: 'Finalise it again when the shared database is reached: it then gets the number it has, and no second one.',
  });
}
