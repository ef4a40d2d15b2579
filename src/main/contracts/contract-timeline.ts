/**
 * Which terms hold on which days: a contract's own from its first day on, each amendment's from its day on until the next one or the contract's end
 * (domain.md §4, docs/adr/0015). Pure.
 */
import type { PartnerContractRow } from './contract-terms.ts';

/** What an amendment says whole; everything else stays as the contract has it. */
export type AmendedTerms = Pick<
  PartnerContractRow,
  | 'pricingModel' | 'flatFeeMinor' | 'perDeedPrice' | 'per1000Price' | 'includedUnits' | 'minimumCommitmentMinor' | 'tiers' | 'discountBasisPoints' | 'taxRateBasisPoints' | 'withholdingRateBasisPoints' | 'paymentTermsDays'
  | 'purchaseOrderNumber'
>;

export interface AmendmentRow extends AmendedTerms {
  readonly id: string;
  readonly contractId: string;
  /** The first day of its terms. */
  readonly effectiveFrom: string;
  readonly version: number;
}

/** Terms and the days they hold: those of `row.effectiveFrom` to `row.effectiveTo`, exclusive, null while open-ended. */
export interface TermsSpan {
  readonly row: PartnerContractRow;
  /** Null where they are the contract's own. */
  readonly amendment: AmendmentRow | null;
}

/**
 * A contract's terms in the order of their days, without gap or overlap within its life. An amendment whose day lies before the contract begins holds from
 * its first day on; one whose day lies behind its end never holds. Of two from the same day the later id holds: stored data may have what an edit would refuse.
 */
export function timelineOf(row: PartnerContractRow, amendments: readonly AmendmentRow[]): TermsSpan[] {
  const ordered = [...amendments].sort((a, b) => compareText(a.effectiveFrom, b.effectiveFrom) || compareText(a.id, b.id));
  const starts: TermsSpan[] = [{ row, amendment: null }];
  for (const amendment of ordered) {
    const from = amendment.effectiveFrom > row.effectiveFrom ? amendment.effectiveFrom : row.effectiveFrom;
    if (row.effectiveTo !== null && from >= row.effectiveTo) continue;
    const span = { row: { ...amendedRow(row, amendment), effectiveFrom: from }, amendment };
    if (starts.at(-1)?.row.effectiveFrom === from) starts[starts.length - 1] = span;
    else starts.push(span);
  }
  return starts.map((span, index) => ({ ...span, row: { ...span.row, effectiveTo: starts[index + 1]?.row.effectiveFrom ?? row.effectiveTo } }));
}

/** The contract as the amendment has it from its day on. */
export function amendedRow(row: PartnerContractRow, amendment: AmendmentRow): PartnerContractRow {
  return { ...row, ...amendedTermsOf(amendment), effectiveFrom: amendment.effectiveFrom };
}

function amendedTermsOf(amendment: AmendmentRow): AmendedTerms {
  const { pricingModel, flatFeeMinor, perDeedPrice, per1000Price, includedUnits, minimumCommitmentMinor, tiers, discountBasisPoints, taxRateBasisPoints, withholdingRateBasisPoints, paymentTermsDays, purchaseOrderNumber } = amendment;
  return { pricingModel, flatFeeMinor, perDeedPrice, per1000Price, includedUnits, minimumCommitmentMinor, tiers, discountBasisPoints, taxRateBasisPoints, withholdingRateBasisPoints, paymentTermsDays, purchaseOrderNumber };
}

/** Spans that hold on at least one day of [start, end). */
export function spansWithin(timeline: readonly TermsSpan[], start: string, end: string): TermsSpan[] {
  return timeline.filter(({ row }) => row.effectiveFrom < end && (row.effectiveTo === null || row.effectiveTo > start));
}

/** The span that holds on a day: before the contract begins the first one, after its end the last one. */
export function spanOn(timeline: readonly TermsSpan[], day: string): TermsSpan | undefined {
  return timeline.findLast(({ row }) => row.effectiveFrom <= day) ?? timeline[0];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
