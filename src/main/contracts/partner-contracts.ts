/**
 * Partners' contracts as this desk knows them, ready to be billed: the terms of each part of a month, or why there are none.
 */
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { spansWithin, timelineOf } from './contract-timeline.ts';
import { parseContractTerms, type ContractProblem, type ContractTerms, type PartnerContractRow } from './contract-terms.ts';
import { listAmendmentsByContract, listContractsInForce } from './partner-contract.repository.ts';

export type BillableTerms =
  | { readonly isFine: true; /** All that hold on a day of the month, in their order. */ readonly parts: readonly ContractTerms[] }
  | { readonly isFine: false; readonly problem: ContractProblem | { readonly code: 'prefix-claimed-twice'; readonly message: string } };

export interface PartnerContract {
  /** With the terms that hold at the end of the month, or of the contract. */
  readonly row: PartnerContractRow;
  readonly parsed: BillableTerms;
}

export interface PartnerContracts {
  /** Contracts in force on at least one day of the month; a prefix that two of them claim makes both unbillable, since its usage would be billed twice. */
  listInForce(month: Month): PartnerContract[];
}

export function createPartnerContracts(dependencies: { readonly readable: ReadableDatabase }): PartnerContracts {
  return {
    listInForce(month) {
      const rows = listContractsInForce(dependencies.readable, firstDayOf(month), endOf(month));
      const amendments = listAmendmentsByContract(dependencies.readable);
      const claims = new Map<string, number>();
      for (const row of rows) {
        for (const prefix of new Set([row.apiKeyPrefix, ...row.furtherPrefixes])) claims.set(prefix, (claims.get(prefix) ?? 0) + 1);
      }
      return rows.map((row) => {
        const parts = spansWithin(timelineOf(row, amendments.get(row.id) ?? []), firstDayOf(month), endOf(month)).map((span) => span.row);
        const last = parts.at(-1) ?? row;
        const shared = [row.apiKeyPrefix, ...row.furtherPrefixes].find((prefix) => (claims.get(prefix) ?? 0) > 1);
        if (shared === undefined) return { row: last, parsed: parseParts(parts) };
        return { row: last, parsed: { isFine: false, problem: { code: 'prefix-claimed-twice', message: `The API key prefix ${shared} is named by two contracts in force in ${month}.` } } };
      });
    },
  };
}

/** One part that cannot be rated makes the month unbillable: the others alone would be too little. */
export function parseParts(rows: readonly PartnerContractRow[]): { readonly isFine: true; readonly parts: readonly ContractTerms[] } | { readonly isFine: false; readonly problem: ContractProblem } {
  const parts: ContractTerms[] = [];
  for (const row of rows) {
    const parsed = parseContractTerms(row);
    if (!parsed.isFine) return parsed;
    parts.push(parsed.terms);
  }
  return { isFine: true, parts };
}

export type { ContractProblem };
