import { expect, it } from 'vitest';
import { clashLabel } from '../contracts/change-views.ts';
import { sql } from '../database/handles.ts';
import { raiseReview } from '../ledger/review-items.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { readStatusFigures } from './status.queries.ts';
import { readToday } from './today.queries.ts';

it('says that the ledger is not sound until it was verified again', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const run = (id: string, startedAt: number, result: string | null) => database.run(sql('test.run', "INSERT INTO job_runs (id, job, period, trigger_kind, status, started_at, finished_at, result) VALUES (?, 'ledger-verify', ?, 'person', 'succeeded', ?, ?, ?)"), [id, id, startedAt, startedAt + 1, result]);
  const kinds = () => readToday(database, { limit: 50, now: 100, jobTitle: (job) => job }).items.map(({ kind, detail, link }) => [kind, detail, link]);
  run('a', 1, JSON.stringify({ isSound: true, firstFault: null }));
  expect(kinds()).toEqual([]);
  run('b', 2, JSON.stringify({ isSound: false, firstFault: { code: 'ledger-cut-short', message: 'The ledger ends before entry 5.', subjectId: '5' } }));
  run('c', 3, null); // cancelled: it says nothing
  expect(kinds()).toEqual([['ledger-unsound', 'The ledger ends before entry 5.', '/ledger/verify']]);
  expect(readStatusFigures(database).unsoundLedger).toBe(1);
  run('d', 4, JSON.stringify({ isSound: true, firstFault: null }));
  expect([kinds(), readStatusFigures(database).unsoundLedger]).toEqual([[], 0]);
});

it('names a job whose last run failed once, and the count agrees, also where two runs began in one moment', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const run = (id: string, status: string) => database.run(sql('test.run', "INSERT INTO job_runs (id, job, period, trigger_kind, status, started_at, finished_at, error_message) VALUES (?, 'bank-import', ?, 'person', ?, 7, 8, 'No such file.')"), [id, id, status]);
  const seen = () => [readToday(database, { limit: 50, now: 100, jobTitle: (job) => job }).items.length, readStatusFigures(database).failedJobs];
  run('a', 'failed');
  run('b', 'failed');
  expect(seen()).toEqual([1, 1]);
  run('c', 'succeeded');
  expect(seen()).toEqual([0, 0]);
});

it('names first the discrepancies of which a second person is asked, then the newest', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const find = (id: string, on: string, openRequest: string | null) =>
    database.run(sql('test.discrepancy', "INSERT INTO discrepancies (id, level, reason, object_id, status, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, open_request) VALUES (?, 'transactions', 'timing', ?, 'open', 'usd', 1, ?, '{}', 1, 1, ?)"), [id, id, on, openRequest]);
  find('a', '2026-10-01', null);
  find('b', '2026-09-01', 'step');
  find('c', '2026-11-01', null);
  expect(readToday(database, { limit: 50, now: 100, jobTitle: (job) => job }).items.map(({ detail }) => detail)).toEqual(['b · 2026-09-01 · waits for a second person', 'c · 2026-11-01', 'a · 2026-10-01']);
});

it('leads from what a person must look at to where it stands: its entries, or what has none', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const raise = (id: string, code: string, subjectType: string, subjectId: string) => raiseReview(database, { code, subjectType, subjectId, message: id, data: {} }, Number(id));
  raise('4', 'exchange-rate-odd', 'exchange-rates', 'eur');
  raise('3', 'customer-credit-differs', 'stripe-customer', 'cus_1');
  raise('2', 'invoice-without-finalisation', 'stripe-invoice', 'in_1');
  raise('1', 'invoice-does-not-tie', 'stripe-invoice', 'in_2');
  expect(readToday(database, { limit: 50, now: 100, jobTitle: (job) => job }).items.map(({ link }) => link)).toEqual(['/settings/rates', '/invoices/customers/cus_1', '/invoices/in_1', '/ledger/entries?sourceId=in_2']);
});

it('names a wish to open a month until somebody answers it', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const insert = (text: string) => database.run(sql('test.insert', text));
  insert(`INSERT INTO period_log (sequence, month, action, actor, reason, at, four_eyes, head_sequence, head_hash, evidence, previous_hash, hash) VALUES
      (1, '2026-09', 'close', 'ana', NULL, 10, 'on', 0, '', '{}', '', 'a'), (2, '2026-09', 'request-reopen', 'ana', 'Too early.', 11, 'on', 0, '', '{}', 'a', 'b'), (3, '2026-09', 'decline-reopen', 'ben', 'No.', 12, 'on', 0, '', '{}', 'b', 'c')`);
  expect(readToday(database, { limit: 50, now: 100, jobTitle: (job) => job }).counts).toEqual([]);
  insert(`INSERT INTO period_log (sequence, month, action, actor, reason, at, four_eyes, head_sequence, head_hash, evidence, previous_hash, hash) VALUES (4, '2026-09', 'request-reopen', 'ana', 'A late credit note.', 13, 'on', 0, '', '{}', 'c', 'd')`);
  const { counts, items } = readToday(database, { limit: 50, now: 100, jobTitle: (job) => job });
  expect(counts).toEqual([{ kind: 'reopen-request', count: 1 }]);
  expect(items.map(({ title, detail, link }) => [title, detail, link])).toEqual([['Reopening 2026-09 is asked for', 'ana: A late credit note.', '/ledger/periods/2026-09']]);
  expect(readStatusFigures(database).reopenRequests).toBe(1);
});

it('names e-mails that were not sent or of which nobody knows, until a later one takes their place, and documents that do not get into the archive', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const mail = (id: string, invoice: string, sequence: number, state: string) =>
    database.run(
      sql('test.mail', "INSERT INTO mail_outbox (id, invoice_id, invoice_number, sequence, state, recipients, subject, body, language, attachment_name, totals_fingerprint, message_id, error_code, error_message, queued_by, queued_at, events, version) VALUES (?, ?, ?, ?, ?, '[]', '', '', 'en', '', '', '', 'mail-refused', 'No such user', 'ana', ?, '[]', 1)"),
      [id, invoice, `INV-${invoice}`, sequence, state, sequence],
    );
  const items = (role: string) => readToday(database, { limit: 50, now: 100, jobTitle: (job) => job, user: 'ana', role }).items.map(({ kind, title, detail, link }) => [kind, title, detail, link]);
  mail('a', '1', 1, 'failed');
  mail('b', '2', 2, 'in-doubt');
  mail('c', '3', 3, 'sent');
  mail('d', '4', 1, 'failed');
  mail('e', '4', 2, 'waiting');
  for (const [id, state] of [['x', 'failed'], ['y', 'failed'], ['z', 'waiting']] as const) database.run(sql('test.archived', "INSERT INTO archived_documents (subject_type, subject_id, destination, document_number, state, attempts, next_attempt_at, error_code, error_message, queued_at) VALUES ('invoice', ?, 'folder:/a', ?, ?, 3, 5, 'document-altered', 'It was altered.', 1)"), [id, id, state]);
  expect(items('accountant')).toEqual([
    ['mail-trouble', 'Nobody knows whether INV-2 was sent', 'No such user', '/invoices/mail/b'], ['mail-trouble', 'INV-1 was not sent', 'No such user', '/invoices/mail/a'],
    ['archive-trouble', '2 documents are not in the archive', 'It was altered.', '/settings/archive?state=failed'],
  ]);
  expect(items('viewer')).toEqual([]);
});

it('says the fields of a clash as their editor labels them, in the order in which they clash', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const clash = (id: string, entity: string, columns: readonly string[], raisedAt: number) =>
    database.run(sql('test.conflict', "INSERT INTO change_conflicts (id, change_id, entity, entity_id, fields, their_version, their_author, raised_at, state) VALUES (?, ?, ?, 'x', ?, 2, 'ben', ?, 'open')"), [id, id, entity, JSON.stringify(columns.map((column) => ({ column, base: null, mine: null, theirs: null }))), raisedAt]);
  clash('a', 'contract', ['minimum_commitment_minor', 'per_1000_price'], 2);
  clash('b', 'partner', ['deleted'], 1);
  const details = readToday(database, { limit: 50, now: 100, jobTitle: (job) => job, clashLabel, user: 'ana', role: 'admin' }).items.map(({ title, detail }) => [title, detail]);
  expect(details).toEqual([['Two edits of a new contract clash', 'somebody and ben: Minimum commitment, Price per 1,000 requests'], ['Two edits of a new partner clash', 'somebody and ben: Deleted']]);
});
