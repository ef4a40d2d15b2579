/** `ledger verify` against one bare pass: the same rows read, one hash of as much text for each entry. */
import { createHash } from 'node:crypto';
import { createStretchThread } from '../src/main/ledger/stretch-thread.ts';
import { createLedgerVerification, type LedgerVerification } from '../src/main/ledger/ledger-verification.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { fastest, type Measure } from './measure.ts';
import { benchEntries, postBenchEntries } from './posting.bench.ts';

/** Reads entries and postings in the order of the chain and hashes a text of their length. */
function readAndHash({ database }: TemporaryDatabase): void {
  const entries = database.connection.prepare('SELECT * FROM journal_entries ORDER BY ledger_sequence').all();
  const postings = database.connection.prepare('SELECT * FROM posting_lines ORDER BY ledger_sequence, line_number').all();
  const text = 'x'.repeat(900);
  for (let number = 0; number < entries.length; number += 1) createHash('sha256').update(text).digest('hex');
  if (postings.length < entries.length) throw new Error('There are fewer postings than entries.');
}

const longChain = 1_000_000;
const longestMs = 5_000;

async function ratioToBarePass(): Promise<Measure> {
  using ledger = openTemporaryDatabase();
  await ledger.database.durability.relaxWhile(() => Promise.resolve(postBenchEntries(ledger)));
  const verification = createLedgerVerification({ readable: ledger.database });
  const referenceMs = await fastest(3, () => readAndHash(ledger));
  const oursMs = await fastest(3, () => verifySound(verification));
  const ratio = referenceMs / oursMs;
  return { name: 'verifying the ledger', ours: (benchEntries * 1000) / oursMs, reference: (benchEntries * 1000) / referenceMs, ratio, goal: '≥ 0.3', holds: ratio >= 0.3, unit: 'entries/s', note: 'ids, hashes, chain, balances, accounts and periods; the reference reads the same rows and hashes as much text' };
}

async function ofAMillion(): Promise<Measure> {
  using ledger = openTemporaryDatabase();
  await ledger.database.durability.relaxWhile(() => Promise.resolve(postBenchEntries(ledger, longChain)));
  const verification = createLedgerVerification({ readable: ledger.database, onOtherThread: createStretchThread(ledger.file) });
  const oursMs = await fastest(2, () => verifySound(verification));
  return { name: 'verifying 1,000,000 entries', ours: oursMs, reference: longestMs, ratio: longestMs / oursMs, goal: '≤ 5,000 ms', holds: oursMs <= longestMs, unit: 'ms', note: 'three postings each, on two threads, as the app does it' };
}

async function verifySound(verification: LedgerVerification): Promise<void> {
  const result = await verification.verify(unattended);
  if (!result.isSound) throw new Error(`The bench ledger is not sound: ${result.firstFault?.code ?? 'unknown'}.`);
}

export async function measure(): Promise<Measure[]> {
  return [await ratioToBarePass(), await ofAMillion()];
}
