/**
 * A report as it is read: cards, charts and tables in their order, each figure written out. Whoever makes one knows the figures, whoever sets it knows
 * paper; neither needs the other.
 */

export interface ReportCard {
  readonly label: string;
  readonly value: string;
  /** The change against what it is compared with, in words; at most two lines. */
  readonly notes: readonly string[];
}

/** One per label; whole minor units, or whole numbers where the chart has no currency. */
export interface ReportSeries {
  readonly label: string;
  /** Of the report's palette: 0 the accent. */
  readonly colour: number;
  readonly values: readonly number[];
}

export interface ReportStep {
  readonly label: string;
  /** A total stands on zero, a change on what came before it. */
  readonly kind: 'total' | 'change';
  readonly value: number;
}

export interface ReportColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export interface ReportRow {
  readonly cells: readonly string[];
  readonly isSum?: boolean;
}

export type ReportBlock =
  | { readonly kind: 'cards'; readonly cards: readonly ReportCard[] }
  | { readonly kind: 'bars'; readonly title: string; readonly note: string; readonly currency: string; readonly isStacked: boolean; readonly labels: readonly string[]; readonly series: readonly ReportSeries[] }
  | { readonly kind: 'waterfall'; readonly title: string; readonly note: string; readonly currency: string; readonly steps: readonly ReportStep[] }
  | { readonly kind: 'table'; readonly title: string; readonly note: string; readonly columns: readonly ReportColumn[]; readonly rows: readonly ReportRow[]; /** In place of rows, where there are none. */ readonly empty: string }
  /** Shares in basis points of what each row began with; null: not reached yet. */
  | { readonly kind: 'heat'; readonly title: string; readonly note: string; readonly head: readonly string[]; readonly rows: readonly { readonly label: string; readonly size: string; readonly shares: readonly (number | null)[] }[] }
  | { readonly kind: 'facts'; readonly title: string; readonly facts: readonly { readonly name: string; readonly value: string }[] };

export interface ReportDocument {
  readonly title: string;
  /** What it is of: 'October 2026'. */
  readonly subject: string;
  readonly company: string;
  /** Said under the title: as of when, in which zone, by which rules. */
  readonly lead: string;
  /** What the reader must know before the figures: a running month, what is incomplete. */
  readonly cautions: readonly string[];
  readonly blocks: readonly ReportBlock[];
  /** The moment the figures were true: the document's own date, epoch milliseconds. */
  readonly asOf: number;
}
