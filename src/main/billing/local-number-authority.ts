/**
 * The local twin of migrations/postgres/0014: the allocator of a desk without a shared database, and blocks, uses and gaps by the same rules and codes, in SQLite.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ConflictError, NotFoundError, PermissionError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { BlockReturn, BroughtNumbers, BlockReturned, LeasedUse, NumberAuthority, UseAnswer } from './document-number-authority.ports.ts';
import { assertDocumentId, assertLeasable, assertReturnReason, assertRoomFor, documentNumberText, leaseEnds, planBlockEnd, yearOfIssue } from './document-number-rules.ts';
import type { DocumentNumber, LeaseRequest, NumberBlock, NumberGap, NumberRequest, SeriesStanding } from './document-numbers.ports.ts';
import { claimGap, endBlock, findBlock, findUse, findUseOfNumber, insertBlock, insertGap, insertUse, listAllGaps, listBlocks, listDueBlocks, listGaps, listGapsOfBlock, listLiveBlocks, listSeriesCounts, listUses, nextNumber, setNextNumber, usedNumbersOf, type BlockRow, type GapRow, type UseRow } from './document-numbers.repository.ts';
import type { AuditPort } from './partner-invoicing.ports.ts';

export interface LocalNumberAuthorityDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  /** Who asks: the person, and the desk they sit at. */
  readonly user: string;
  readonly desk: string;
  /** Whether the person may take blocks away from other people's desks. */
  readonly isAdmin: boolean;
}

export interface LocalNumberAuthority extends NumberAuthority {
  /** The number a document has, else the lowest of this desk's live blocks, else the series' next one. In the caller's transaction. */
  number(database: WritableDatabase, request: NumberRequest): DocumentNumber;
  find(database: ReadableDatabase, documentId: string): DocumentNumber | null;
  /** Ends the desk's own blocks, then says everything it gave: what it brings into a shared ledger. */
  windUp(): BroughtNumbers;
}

export function createLocalNumberAuthority({ readable, unitOfWork, audit, clock, timeZone, user, desk, isAdmin }: LocalNumberAuthorityDependencies): LocalNumberAuthority {
  function viewOf(database: ReadableDatabase, block: BlockRow): NumberBlock {
    const used = usedNumbersOf(database, block.id).size;
    const { backFrom: _, ...shown } = block;
    return { ...shown, isOfThisDesk: block.holder === user && block.desk === desk, used, left: block.state === 'live' ? block.lastNumber - block.firstNumber + 1 - used : 0 };
  }

  function end(database: WritableDatabase, block: BlockRow, state: BlockRow['state'], reason: string, goesBack: boolean, requestId?: string): void {
    const { series, year, firstNumber, lastNumber } = block;
    const { backFrom, gaps } = planBlockEnd(block, usedNumbersOf(database, block.id), nextNumber(database, series, year), goesBack);
    const [by, at] = [state === 'expired' ? 'daybook' : user, clock.now()];
    if (backFrom !== null) setNextNumber(database, series, year, backFrom);
    for (const number of gaps) insertGap(database, { text: documentNumberText(series, year, number), series, year, number, reason, blockId: block.id, recordedBy: by, recordedAt: at });
    endBlock(database, { id: block.id, state, endedAt: at, endedBy: by, endReason: reason, backFrom });
    audit.append(database, {
      entity: 'document-number-block', entityId: block.id, action: state, actor: by, requestId,
      diff: { first: documentNumberText(series, year, firstNumber), last: documentNumberText(series, year, lastNumber), holder: block.holder, desk: block.desk, reason, gaps: gaps.length, backToSeries: backFrom === null ? 0 : lastNumber - backFrom + 1 },
    });
  }

  function expireDue(database: WritableDatabase): void {
    for (const block of listDueBlocks(database, clock.now())) end(database, block, 'expired', 'The lease ended and its desk reported no use.', false);
  }

  function lease(database: WritableDatabase, { blockId: id, series, year, count, days, requestId }: LeaseRequest & { readonly requestId: string }): NumberBlock {
    const standing = findBlock(database, id);
    if (standing) {
      const isSame = standing.holder === user && standing.desk === desk && standing.series === series && standing.year === year && standing.lastNumber - standing.firstNumber + 1 === count;
      if (!isSame) throw new ConflictError('number-block-reused', 'Another block was leased under this id.', { data: { id }, nextStep: 'Lease again.' });
      return viewOf(database, standing);
    }
    const leasedAt = clock.now();
    assertLeasable({ year, count, days }, timeZone.dateOf(leasedAt));
    expireDue(database);
    const own = listLiveBlocks(database, series, year).filter((block) => block.holder === user && block.desk === desk);
    assertRoomFor(count, own.reduce((held, block) => held + viewOf(database, block).left, 0));
    const firstNumber = nextNumber(database, series, year);
    setNextNumber(database, series, year, firstNumber + count);
    const block = { id, series, year, firstNumber, lastNumber: firstNumber + count - 1, holder: user, desk, leasedAt, ...leaseEnds(leasedAt, days) };
    insertBlock(database, block);
    audit.append(database, { entity: 'document-number-block', entityId: id, action: 'lease', actor: user, requestId, diff: { first: documentNumberText(series, year, firstNumber), last: documentNumberText(series, year, block.lastNumber), desk, useUntil: block.useUntil } });
    return viewOf(database, mustFind(database, id));
  }

  /** As `daybook.take_document_use`. */
  function takeUse(database: WritableDatabase, { blockId, number, documentId, issueDate }: LeasedUse): Pick<UseAnswer, 'outcome' | 'code' | 'message'> {
    const refused = (code: string, message: string): Pick<UseAnswer, 'outcome' | 'code' | 'message'> => ({ outcome: 'refused', code, message });
    const block = findBlock(database, blockId);
    if (!block || block.holder !== user || block.desk !== desk) return refused('number-block-not-yours', 'The block this number is from is not leased to you at this desk.');
    const { series, year } = block;
    if (number < block.firstNumber || number > block.lastNumber) return refused('number-not-in-block', 'The number is not in the block it is said to be from.');
    const text = documentNumberText(series, year, number);
    const use = findUseOfNumber(database, series, year, number);
    if (use?.documentId === documentId && use.blockId === blockId) return { outcome: 'unchanged', code: null, message: null };
    if (block.state !== 'live' && block.state !== 'used-up') {
      if (claimGap(database, { blockId, number, documentId, at: clock.now(), by: user })) audit.append(database, { entity: 'document-number', entityId: text, action: 'claim-refused', actor: user, diff: { documentId, blockId, desk } });
      return refused('number-lease-ended', `The lease of ${text} had ended when its use was reported.`);
    }
    if (use) return refused('number-taken', `${text} is another document’s.`);
    if (yearOfIssue(issueDate) !== year) return refused('number-year-mismatch', 'The document was issued in another year than its number’s.');
    const other = findUse(database, documentId);
    if (other) return refused('document-numbered-already', `This document has the number ${documentNumberText(other.series, other.year, other.number)} already.`);
    insertUse(database, { documentId, series, year, number, blockId, issueDate, recordedBy: user, recordedAt: clock.now() });
    if (usedNumbersOf(database, blockId).size === block.lastNumber - block.firstNumber + 1) endBlock(database, { id: blockId, state: 'used-up', endedAt: clock.now(), endedBy: user, endReason: 'All of its numbers are used.', backFrom: null });
    return { outcome: 'recorded', code: null, message: null };
  }

  function record(database: WritableDatabase, uses: readonly LeasedUse[]): UseAnswer[] {
    expireDue(database);
    return uses.map((use) => ({ blockId: use.blockId, number: use.number, documentId: use.documentId, ...takeUse(database, use) }));
  }

  function returnBlock(database: WritableDatabase, { blockId, isCertain, uses, reason, requestId }: BlockReturn): BlockReturned {
    assertReturnReason(reason);
    const { holder, desk: itsDesk } = mustFind(database, blockId);
    if (holder !== user && !isAdmin) throw new PermissionError('number-block-not-yours', 'The block is another person’s.', { nextStep: 'Ask them to return it, or an admin to take it away.' });
    const isOwn = holder === user && itsDesk === desk;
    expireDue(database);
    const answers = isOwn ? record(database, uses) : [];
    const block = mustFind(database, blockId);
    if (block.state === 'live') end(database, block, isOwn ? 'returned' : 'revoked', reason.trim(), isOwn && isCertain && answers.every((answer) => answer.outcome !== 'refused'), requestId);
    const ended = mustFind(database, blockId);
    return { block: viewOf(database, ended), uses: answers, backToSeries: ended.backFrom === null ? 0 : ended.lastNumber - ended.backFrom + 1, gaps: listGapsOfBlock(database, blockId) };
  }

  function number(database: WritableDatabase, { series, issueDate, documentId }: NumberRequest): DocumentNumber {
    assertDocumentId(documentId);
    const year = yearOfIssue(issueDate);
    const standing = findUse(database, documentId);
    if (standing) {
      if (standing.series !== series || standing.year !== year) throw new ConflictError('document-numbered-already', `This document has the number ${documentNumberText(standing.series, standing.year, standing.number)} already.`, { nextStep: 'Look at the document again.' });
      return numberOf(standing);
    }
    const now = clock.now();
    const block = listLiveBlocks(database, series, year).find((one) => one.holder === user && one.desk === desk && one.useUntil > now);
    if (block) {
      const used = usedNumbersOf(database, block.id);
      for (let free = block.firstNumber; free <= block.lastNumber; free += 1) {
        if (used.has(free)) continue;
        takeUse(database, { blockId: block.id, number: free, documentId, issueDate });
        return { text: documentNumberText(series, year, free), series, year, number: free, blockId: block.id };
      }
    }
    const next = nextNumber(database, series, year);
    setNextNumber(database, series, year, next + 1);
    insertUse(database, { documentId, series, year, number: next, blockId: null, issueDate, recordedBy: user, recordedAt: now });
    return { text: documentNumberText(series, year, next), series, year, number: next, blockId: null };
  }

  function windUp(database: WritableDatabase): BroughtNumbers {
    expireDue(database);
    for (const block of listBlocks(database)) if (block.state === 'live') end(database, block, 'returned', 'The desk joins a shared ledger.', true);
    return {
      series: listSeriesCounts(database).map(({ series, year, next }) => ({ series, year, next })),
      uses: listUses(database).map(({ series, year, number: used, documentId, issueDate }) => ({ series, year, number: used, documentId, issueDate })),
      gaps: listAllGaps(database).map(({ series, year, number: gap, reason }) => ({ series, year, number: gap, reason })),
    };
  }

  return {
    windUp: () => unitOfWork.run('numbers.wind-up', windUp),
    number,
    find(database, documentId) {
      const use = findUse(database, documentId);
      return use ? numberOf(use) : null;
    },
    assertReached: async () => undefined,
    lease: async (request) => unitOfWork.run('numbers.lease', (database) => lease(database, request)),
    record: async (uses) => unitOfWork.run('numbers.record', (database) => record(database, uses)),
    return: async (request) => unitOfWork.run('numbers.return', (database) => returnBlock(database, request)),
    async standing() {
      if (listDueBlocks(readable, clock.now()).length > 0) unitOfWork.run('numbers.settle', expireDue);
      const series: SeriesStanding[] = listSeriesCounts(readable).map(({ next, ...counts }) => ({ ...counts, next: documentNumberText(counts.series, counts.year, next), unaccounted: next - 1 - counts.used - counts.inBlocks - counts.gaps }));
      return { series, blocks: listBlocks(readable).map((block) => viewOf(readable, block)) };
    },
    blocks: async (ids) => ids.map((id) => findBlock(readable, id)).filter((block) => block !== undefined).map((block) => viewOf(readable, block)),
    gaps: async (filter) => listGaps(readable, filter).map(gapOf),
  };
}

function mustFind(database: ReadableDatabase, id: string): BlockRow {
  const block = findBlock(database, id);
  if (!block) throw new NotFoundError('number-block-not-found', 'There is no such block of numbers.', { data: { id }, nextStep: 'See daybook numbers list.' });
  return block;
}

function numberOf({ series, year, number, blockId }: UseRow): DocumentNumber {
  return { text: documentNumberText(series, year, number), series, year, number, blockId };
}

function gapOf({ claimedByDocument, claimedAt, claimedBy, ...gap }: GapRow): NumberGap {
  return { ...gap, claimedBy: claimedByDocument === null || claimedAt === null || claimedBy === null ? null : { documentId: claimedByDocument, at: claimedAt, holder: claimedBy } };
}
