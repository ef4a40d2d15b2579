/**
 * The bank as other rooms ask for it, wired: lines as reporting reads them, payouts as banking knows them, by the rule of the bank level.
 */
import { findCandidate } from '../banking/bank-candidate.repository.ts';
import { readCoveredDays } from '../banking/bank-standing.repository.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { BankLines } from '../reconciliation/bank-lines.ports.ts';
import { isDueOnStatements } from '../reconciliation/bank-reconciliation.ts';
import { hasBankStatements, listLinesOf, readUnmatchedLines } from '../reporting/bank-lines.queries.ts';

export function composeBankLines(readable: ReadableDatabase): BankLines {
  return {
    hasStatements: () => hasBankStatements(readable),
    unmatched: (before) => readUnmatchedLines(readable, before),
    linesOf: (objectIds) => listLinesOf(readable, objectIds),
    payoutsWithoutLine(payoutIds) {
      const covered = readCoveredDays(readable);
      return payoutIds.filter((id) => {
        const payout = findCandidate(readable, 'payout', id); // one that is matched here is no candidate
        return payout !== undefined && !payout.isArrived && isDueOnStatements(covered, payout);
      });
    },
  };
}
