/**
 * A desk that worked alone brings what it owns into an empty shared ledger of the same account and mode (domain.md §1, docs/adr/0019), before it takes that ledger on.
 *
 * All is staged page by page under an id that follows from what is brought, then taken over in one transaction: whatever stops it, the same desk goes on where it was, and
 * nobody ever sees half of it. Until it is taken over, this desk is what it was.
 */
import { createHash } from 'node:crypto';
import { joiningPartWords, joiningParts, wordsOfCounts, type JoiningPart } from '../../shared/api/joined-records.ts';
import { PermissionError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { JoiningCounts, JoiningManifest, SharedRecordJoins } from './record-joining.ports.ts';
import { countOwnRecords, countStayingBehind, ownRecordsOf, revaluesAtClose } from './record-upload.repository.ts';
import type { SharedLedgerIdentity } from './shared-ledger-source.ts';

export interface RecordJoining {
  /**
   * Stages all that this desk owns. null: it owns nothing, and any shared ledger will do.
   * @throws PermissionError `role-too-small`; StateError `join-not-carried`; as {@link SharedRecordJoins.begin}.
   */
  prepare(identity: SharedLedgerIdentity, control: WorkControl): Promise<PreparedJoin | null>;
}

export interface PreparedJoin {
  readonly counts: JoiningCounts;
  /** Hands it over for good; doing it again changes nothing. @throws as {@link SharedRecordJoins.finish}. */
  finish(): Promise<void>;
}

export interface RecordJoiningDependencies {
  readonly readable: ReadableDatabase;
  readonly shared: SharedRecordJoins;
  readonly desk: string;
  newId(): string;
  /** Rows in one message. */
  readonly pageSize?: number;
}

const total = (counts: JoiningCounts): number => joiningParts.reduce((sum, part) => sum + counts[part], 0);

/** @throws PermissionError `role-too-small`: contracts are an admin's. */
function assertMayBring(counts: JoiningCounts, { role }: SharedLedgerIdentity): void {
  if (role === 'admin') return;
  throw new PermissionError('role-too-small', `This desk has ${wordsOfCounts(counts)} of its own. Bringing them into the shared database needs the role admin. Nothing was uploaded.`, {
    data: { needed: 'admin', role }, nextStep: 'Sign in as an admin once to bring them in, or start a fresh data folder.',
  });
}

const stayingWords = {
  acts: ['payment, credit note or other act on invoices', 'payments, credit notes and other acts on invoices'], credits: ['credit of a customer', 'credits of customers'], editedDrafts: ['edited draft of an invoice', 'edited drafts of invoices'],
  openMails: ['e-mail that is not settled', 'e-mails that are not settled'],
} as const;

/**
 * An invoice that went without its payments would be open again in the shared ledger at the next act on it; so nothing goes where not everything can.
 * @throws StateError `join-not-carried`.
 */
function assertNothingStays(readable: ReadableDatabase): void {
  const staying = countStayingBehind(readable);
  const words = (['acts', 'credits', 'editedDrafts', 'openMails'] as const).filter((part) => staying[part] > 0).map((part) => `${staying[part].toLocaleString('en-US')} ${stayingWords[part][staying[part] === 1 ? 0 : 1]}`);
  if (words.length === 0) return;
  const isForGood = staying.acts + staying.credits > 0;
  throw new StateError('join-not-carried', `This desk has of its own what cannot be brought into a shared database: ${words.join(', ')}. Nothing was uploaded.`, {
    data: { ...staying }, nextStep: isForGood ? 'Keep this desk as it is, on its own, and start a fresh data folder for the shared ledger.' : 'Finalise or discard edited drafts, send or cancel e-mails, then sync again.',
  });
}

/**
 * What the first sync with a shared ledger will bring, without bringing it; '' where there is nothing.
 * @throws PermissionError `role-too-small`; StateError `join-not-carried`; ValidationError `shared-ledger-not-empty`.
 */
export async function foreseeJoining(readable: ReadableDatabase, identity: SharedLedgerIdentity, shared: Pick<SharedRecordJoins, 'isOpen'>): Promise<string> {
  assertNothingStays(readable);
  const counts = countOwnRecords(readable);
  if (total(counts) === 0) return '';
  assertMayBring(counts, identity);
  if (await shared.isOpen()) return wordsOfCounts(counts);
  throw new ValidationError('shared-ledger-not-empty', `This desk has ${wordsOfCounts(counts)} of its own, and the shared ledger holds records of its own too.`, { nextStep: 'Start a fresh data folder for that ledger, or have a new, empty shared database made.' });
}

const defaultPageSize = 500;

export function createRecordJoining({ readable, shared, desk, newId, pageSize = defaultPageSize }: RecordJoiningDependencies): RecordJoining {
  function* pagesOf(counts: JoiningCounts): Generator<{ readonly part: JoiningPart; readonly page: number }> {
    for (const part of joiningParts) for (let page = 0; page * pageSize < counts[part]; page += 1) yield { part, page };
  }

  /** Two reads of the same tables say the same: while an address of a shared database is set, nothing of them is written here. */
  function fingerprintOf(manifest: JoiningManifest): string {
    const hash = createHash('sha256').update(JSON.stringify([manifest.counts, manifest.settings]));
    for (const { part, page } of pagesOf(manifest.counts)) for (const row of ownRecordsOf(readable, part, page, pageSize)) hash.update(JSON.stringify(row));
    return hash.digest('hex');
  }

  return {
    async prepare(identity, control) {
      assertNothingStays(readable);
      const counts = countOwnRecords(readable);
      if (total(counts) === 0) return null;
      assertMayBring(counts, identity);
      const { gateway, gatewayAccount: account, mode, functionalCurrency: currency, reportingTimeZone: zone } = identity;
      const manifest: JoiningManifest = { identity: { gateway, account, mode, currency, zone }, counts, settings: { revaluesAtClose: revaluesAtClose(readable) }, pageSize };
      const joinId = idFromKey(`ledger-join/${identity.id}/${desk}/${fingerprintOf(manifest)}`);
      const begun = await shared.begin(joinId, manifest);
      let done = 0;
      for (const { part, page } of begun.isFinished ? [] : pagesOf(counts)) {
        control.signal.throwIfAborted();
        const rows = ownRecordsOf(readable, part, page, pageSize);
        if (!begun.has(part, page)) await shared.stage(joinId, part, page, rows);
        done += rows.length;
        control.report({ done, total: total(counts), note: `Bringing ${joiningPartWords[part][1]} into the shared database` });
      }
      return { counts, finish: () => (begun.isFinished ? Promise.resolve() : shared.finish(joinId, newId())) };
    },
  };
}
