/**
 * A stretch of the chain verified: every hash and link, ids, balances, accounts, periods, and that entries are of the Stripe account and in the currency that are set. Stretches can be verified side by side: each takes the hash
 * before it from the file and recomputes the hash at its end. It only reads.
 */
import type { ReadableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { createAccountTally, type AccountDaySum } from './account-totals.ts';
import type { JournalEntryRow } from './journal.repository.ts';
import { fixedSettings } from './ledger-surroundings.repository.ts';
import { entriesAfter, hashAt, knownAccounts, postingsBetween, type VerifiedPosting } from './ledger-verification.repository.ts';
import { chainStart, hashOfEntry } from './sealing.ts';

export interface LedgerFault {
  /** `ledger-sequence-gap`, `entry-id-wrong`, `chain-broken`, `entry-without-postings`, `posting-line-missing`, `account-unknown`, `entry-unbalanced`, `entry-functional-unbalanced`, `entry-hash-wrong`, `entry-in-closed-month`, `posting-without-entry`, `daily-totals-differ`, `account-totals-differ`, `guard-missing`, `guard-differs`, `guard-unknown`, `view-differs`, `schema-differs`, `account-differs`, `account-missing`, `period-log-broken`, `period-differs`, `audit-chain-broken`, `ledger-cut-short`, `anchor-differs`, `ledger-setting-differs`, `fact-without-entry`, `pending-entry-wrong`, `recognised-month-wrong`. */
  readonly code: string;
  readonly message: string;
  readonly subjectId: string;
}

/** Entries behind `after` up to `upTo`, by sequence. */
export interface StretchOrder {
  readonly after: number;
  readonly upTo: number;
}

/** What was found in a stretch; structured-cloneable, as it may come from another thread. */
export interface StretchResult {
  readonly fault: LedgerFault | null;
  /** The first entry that is of another Stripe account or mode than the ledger is set to: told where nothing is wrong with the chain, its ends and its ground. */
  readonly strange: LedgerFault | null;
  readonly postings: number;
  /** The last entry that was looked at. */
  readonly lastSequence: number;
  readonly lastHash: string;
  /** The sums of the stretch's postings, to be held against the kept ones. */
  readonly sums: readonly AccountDaySum[];
}

export interface StretchControl {
  readonly signal: AbortSignal;
  /** How many entries are done. */
  report(done: number): void;
}

const entriesAtATime = 1_000;

interface Grounds {
  readonly accounts: { has(code: string): boolean };
  /** As they are set; undefined in a ledger that has none yet. */
  readonly functionalCurrency: string | undefined;
  readonly account: string | undefined;
  readonly mode: string | undefined;
  /** What the keys of its entries begin with that were made from Stripe's facts; undefined where account or mode is. */
  readonly keysOfGateway: string | undefined;
}

type Fault = (code: string, message: string) => LedgerFault;

/** Lines without a gap, accounts of the chart, debits equal to credits. */
function faultOfPostings(entry: JournalEntryRow, postings: readonly VerifiedPosting[], grounds: Grounds, fault: Fault): LedgerFault | undefined {
  if (postings.length === 0) return fault('entry-without-postings', `Entry ${entry.ledger_sequence} has no postings.`);
  let lineNumber = 0;
  for (const posting of postings) {
    lineNumber += 1;
    if (posting.lineNumber !== lineNumber) return fault('posting-line-missing', `Entry ${entry.ledger_sequence} lacks its posting ${lineNumber}.`);
    if (!grounds.accounts.has(posting.accountCode)) return fault('account-unknown', `Entry ${entry.ledger_sequence} posts to ${posting.accountCode}, which is not in the chart.`);
  }
  const sums = new Map<string, number>();
  let functional = 0;
  for (const { currency, direction, amount, functionalAmount, rate } of postings) {
    // Functional currency has no rate. Where the exchange difference of a balance is booked, the least amount stands without one too.
    const isOwn = currency === grounds.functionalCurrency;
    if (grounds.functionalCurrency !== undefined && (isOwn ? rate !== null : rate === null && amount > 1)) return fault('ledger-setting-differs', `The ledger is set to ${grounds.functionalCurrency.toUpperCase()} as its functional currency; entry ${entry.ledger_sequence} was made in another one.`);
    sums.set(currency, (sums.get(currency) ?? 0) + (direction === 'debit' ? amount : -amount));
    functional += direction === 'debit' ? functionalAmount : -functionalAmount;
  }
  for (const [currency, difference] of sums) if (difference !== 0) return fault('entry-unbalanced', `Entry ${entry.ledger_sequence} is out of balance in ${currency.toUpperCase()}.`);
  return functional === 0 ? undefined : fault('entry-functional-unbalanced', `Entry ${entry.ledger_sequence} is out of balance in functional currency.`);
}

/** The key names the account and the mode that are set: others would post every fact a second time under another key. */
function faultOfKey(key: string, { account, mode, keysOfGateway }: Grounds): LedgerFault | undefined {
  const isUnset = keysOfGateway === undefined;
  if (!key.startsWith('stripe/') || (!isUnset && key.startsWith(keysOfGateway))) return undefined;
  const message = isUnset ? `The ledger does not say any more of which Stripe account and mode it is; the entry ${key} is of one.` : `The ledger is set to the Stripe account ${account} in ${mode} mode; the entry ${key} is of another one.`;
  return { code: 'ledger-setting-differs', message, subjectId: account === undefined || (!isUnset && !key.startsWith(`stripe/${account}/`)) ? 'gateway_account' : 'mode' };
}

function faultOfEntry(entry: JournalEntryRow, postings: readonly VerifiedPosting[], before: { readonly sequence: number; readonly hash: string }, grounds: Grounds): LedgerFault | undefined {
  const fault: Fault = (code, message) => ({ code, message, subjectId: entry.id });
  if (entry.ledger_sequence !== before.sequence + 1) return fault('ledger-sequence-gap', `After entry ${before.sequence} comes ${entry.ledger_sequence}: something is missing in between.`);
  if (entry.id !== idFromKey(entry.idempotency_key)) return fault('entry-id-wrong', `The id of entry ${entry.ledger_sequence} does not follow from its key.`);
  if (entry.previous_hash !== before.hash) return fault('chain-broken', `Entry ${entry.ledger_sequence} does not follow the entry before it.`);
  const ofPostings = faultOfPostings(entry, postings, grounds, fault);
  if (ofPostings) return ofPostings;
  if (entry.hash !== hashOfEntry(entry, postings)) return fault('entry-hash-wrong', `Entry ${entry.ledger_sequence} was changed after it was sealed.`);
  return undefined;
}

/** Reads the stretch a piece at a time and gives other work its turn between them. A signal that is aborted throws its reason. */
export async function verifyStretch(database: ReadableDatabase, { after, upTo }: StretchOrder, control: StretchControl): Promise<StretchResult> {
  const settings = fixedSettings(database);
  const [account, mode] = [settings.get('gateway_account'), settings.get('mode')];
  const grounds: Grounds = { accounts: knownAccounts(database), functionalCurrency: settings.get('functional_currency'), account, mode, keysOfGateway: account === undefined || mode === undefined ? undefined : `stripe/${account}/${mode}/` };
  const tally = createAccountTally();
  // Where the entry before is missing the first one of this stretch does not follow it.
  let before = { sequence: after, hash: after === 0 ? chainStart : (hashAt(database, after) ?? '') };
  let postingsSeen = 0;
  let strange: LedgerFault | undefined;
  const result = (fault: LedgerFault | undefined): StretchResult => ({ fault: fault ?? null, strange: strange ?? null, postings: postingsSeen, lastSequence: before.sequence, lastHash: before.hash, sums: tally.sums() });
  for (;;) {
    control.signal.throwIfAborted();
    const entries = entriesAfter(database, before.sequence, upTo, entriesAtATime);
    const last = entries.at(-1);
    if (!last) return result(undefined);
    const postings = postingsBetween(database, before.sequence, last.ledger_sequence);
    let at = 0;
    for (const entry of entries) {
      // What lies before belongs to no entry of the chain: it is counted by nobody, and so found.
      while ((postings[at]?.sequence ?? Number.POSITIVE_INFINITY) < entry.ledger_sequence) at += 1;
      const from = at;
      while (postings[at]?.sequence === entry.ledger_sequence) at += 1;
      const ofEntry = postings.slice(from, at);
      const fault = faultOfEntry(entry, ofEntry, before, grounds);
      tally.add(entry.entry_date, ofEntry);
      postingsSeen += ofEntry.length;
      if (fault) return result(fault);
      strange ??= faultOfKey(entry.idempotency_key, grounds);
      before = { sequence: entry.ledger_sequence, hash: entry.hash };
    }
    control.report(before.sequence - after);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
