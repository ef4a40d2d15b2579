/**
 * Heads of the ledger's logs that were written down outside its file: in each backup's manifest, in the shared database (domain.md §3, Sealing). A chain that
 * was cut short or written anew holds in itself; held against what others saw of it, it does not.
 */
import type { ReadableDatabase } from '../database/handles.ts';
import type { SettingSeen } from './ledger-surroundings.ts';
import { anchoredLogs, headOfLog, loggedHash, type AnchoredLog, type LogHead } from './anchors.repository.ts';

export { anchoredLogs, type AnchoredLog, type LogHead } from './anchors.repository.ts';

/** null: nothing was written into that log yet. */
export type LogHeads = Readonly<Record<AnchoredLog, LogHead | null>>;

export interface Anchor extends LogHead {
  readonly log: AnchoredLog;
  /** Who saw it, as it stands in a sentence: 'the backup of 18 November 2026, 06:00 UTC', 'the shared database'. */
  readonly where: string;
}

/** Port: whoever keeps anchors. One that cannot be asked now answers with what it knew last, or with none. */
export interface AnchorSource {
  known(signal: AbortSignal): Promise<readonly Anchor[]>;
  /** Settings of the ledger that never change, as they were seen. Left out by whoever keeps none. */
  settings?(): readonly SettingSeen[];
}

export interface AnchorFault {
  readonly code: string;
  readonly message: string;
  readonly subjectId: string;
}

/** How each log is spoken of, and the code for one that ends too early. */
const words: Readonly<Record<AnchoredLog, { readonly code: string; readonly log: string; readonly row: string }>> = {
  entries: { code: 'ledger-cut-short', log: 'ledger', row: 'Entry' },
  months: { code: 'period-log-cut-short', log: 'log of months', row: 'Row' },
  audit: { code: 'audit-log-cut-short', log: 'audit log', row: 'Row' },
};

/** Where each log of a ledger ends now. */
export function headsOfLogs(database: ReadableDatabase): LogHeads {
  return { entries: headOfLog(database, 'entries'), months: headOfLog(database, 'months'), audit: headOfLog(database, 'audit') };
}

/**
 * The first anchor, log by log and by sequence, that the ledger does not keep: `ledger-cut-short`, `period-log-cut-short` or `audit-log-cut-short` when
 * the log ends before the row, `anchor-differs` when it holds another one in its place.
 */
export function faultOfAnchors(database: ReadableDatabase, anchors: readonly Anchor[]): AnchorFault | undefined {
  const inOrder = anchors.toSorted((left, right) => anchoredLogs.indexOf(left.log) - anchoredLogs.indexOf(right.log) || left.sequence - right.sequence);
  for (const { log, sequence, hash, where } of inOrder) {
    const standing = loggedHash(database, log, sequence);
    const { code, log: name, row } = words[log];
    const ofLog = log === 'entries' ? '' : ` of the ${name}`;
    const subjectId = log === 'entries' ? String(sequence) : `${log}/${sequence}`;
    if (standing === undefined) {
      const end = headOfLog(database, log)?.sequence ?? 0;
      const ends = end === 0 ? 'is empty' : `ends with ${row.toLowerCase()} ${end}`;
      return { code, message: `The ${name} ${ends}, before ${row.toLowerCase()} ${sequence}, which ${where} has seen: what was after its end is missing.`, subjectId };
    }
    if (standing !== hash) return { code: 'anchor-differs', message: `${row} ${sequence}${ofLog} is not the one that ${where} has seen: the chain was written anew up to there.`, subjectId };
  }
  return undefined;
}

/** Whether a backup was put back into the file, or the file begun anew, since its audit log was told of: only that may set the log back. Both are audit rows of such acts, by their hashes. */
export const isRestoredSince = (told: string | null, newest: string | null): boolean => newest !== null && newest !== told;

/** Several keepers asked as one. */
export function joinAnchorSources(sources: readonly AnchorSource[]): AnchorSource {
  return { known: async (signal) => (await Promise.all(sources.map((source) => source.known(signal)))).flat(), settings: () => sources.flatMap((source) => source.settings?.() ?? []) };
}
