/**
 * How statements and books stand to each other now: what the bank level of reconciliation looks at.
 */
import { addDays } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { listCandidates } from './bank-candidate.repository.ts';
import { listOpenLines, type KnownLine } from './bank-match.repository.ts';
import { countMatchedLines, findPayoutTransaction, listSuspended, readCoveredDays, readStandingSums } from './bank-standing.repository.ts';
import type { MatchProposal } from './match-candidate.ts';

/** So many open lines become differences; more are seen once these are worked. */
const mostLines = 20_000;

/** @param proposals of all open lines. A line that names something with another amount is told together with it. */
export function readBankStanding(readable: ReadableDatabase, proposals: readonly MatchProposal[]) {
  const covered = readCoveredDays(readable);
  const days = [...covered.values()];
  const lines = listOpenLines(readable, { accountId: null, from: '0000-01-01', limit: mostLines });
  const byId = new Map<string, KnownLine>(lines.map((line) => [line.id, line]));
  const [from, to] = [days.map((day) => day.from).toSorted()[0], days.map((day) => day.to).toSorted().at(-1)];
  const payouts = from === undefined || to === undefined ? [] : listCandidates(readable, { from, to: addDays(to, 1) }).filter((candidate) => candidate.kind === 'payout' && !candidate.isArrived);
  const differing = proposals.flatMap((proposal) => {
    const [candidate, ...others] = proposal.candidates;
    const line = byId.get(proposal.lineIds[0] ?? '');
    if (proposal.rule !== 'exact-reference' || proposal.residualMinor === 0 || !candidate || candidate.isArrived || others.length > 0 || !line) return [];
    return [{ line, objectId: candidate.id, payoutId: candidate.kind === 'payout' ? candidate.id : null, amountMinor: candidate.amountMinor, label: candidate.label }];
  });
  return {
    covered, lines, differing, matchedLines: countMatchedLines(readable), residuals: listSuspended(readable), sums: readStandingSums(readable, covered),
    payouts: payouts.map(({ id, amountMinor, currency, expectedOn }) => ({ id, amountMinor, currency, expectedOn, balanceTransactionId: findPayoutTransaction(readable, id) })),
  };
}
