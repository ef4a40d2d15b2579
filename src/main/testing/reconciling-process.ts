/**
 * A morning at the reconciliation, to be killed: imports a statement, matches its lines, takes some matches back and makes them again, adjusts differences, takes that back and adjusts them anew,
 * signs a month and signs it again. Each act looks at what is there first: run again it goes on where it was. Says after each how far the chain goes: `<sequence> <hash>`.
 * `node reconciling-process.ts <ledger file> <statement file>`
 */
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createReconciliationClose } from '../reconciliation/reconciliation-close.ts';
import { openBankDesk } from './bank-desk.ts';
import { openWorkbench, workbenchNow } from './workbench-world.ts';
import { factsOfFineMonth } from './fine-month.ts';

const head = sql('testing.head', 'SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');
const openFees = sql('testing.open-fees', "SELECT id FROM bank_lines WHERE match_id IS NULL AND description LIKE 'Fee%' ORDER BY id");
/** Matches of payouts that stand, whose line was matched once so far; every second payout. */
const firstMatches = sql(
  'testing.first-matches',
  `SELECT m.id FROM bank_matches AS m JOIN bank_match_parts AS p ON p.match_id = m.id AND p.kind = 'payout' JOIN bank_match_lines AS l ON l.match_id = m.id
    WHERE m.unmatched_at IS NULL AND p.object_id LIKE 'po_again%' AND (SELECT count(*) FROM bank_match_lines AS o WHERE o.line_id = l.line_id) = 1 ORDER BY p.object_id`,
);
const differences = sql('testing.differences', "SELECT d.id, (SELECT count(*) FROM discrepancy_steps AS s WHERE s.discrepancy_id = d.id) AS steps FROM discrepancies AS d WHERE d.level = 'transactions' ORDER BY d.id");

const [file = '', statement = ''] = process.argv.slice(2);
const database = openDatabase({ file, logger: silentLogger });
const ledger = { database, file, folder: dirname(file), [Symbol.dispose]: () => database.close() };
const bank = openBankDesk([], ledger);
const { matching, imports } = bank.banking;
const { settlement } = openWorkbench({ ledger });
const clock = fixedClock(workbenchNow);
const close = createReconciliationClose({ readable: database, unitOfWork: database.unitOfWork, clock, auditLog: createAuditLog({ clock }), facts: factsOfFineMonth });
const act = () => ({ actor: 'amara', requestId: newId() });

function tell(): void {
  const reached = database.get<{ sequence: number; hash: string }>(head);
  writeSync(1, `${reached?.sequence} ${reached?.hash}\n`);
}

// As the sync of every two minutes does: what a kill left recorded and not posted is posted.
bank.billing.receivables.postMissing();
await imports.importFile({ file: statement, fileName: 'statement.xml' }, 'amara', unattended);
tell();
const matchAll = async (): Promise<void> => {
  const { failed } = await matching.matchAutomatically('amara', { ...unattended, report: tell });
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
};
await matchAll();
for (const { id } of database.all<{ id: string }>(firstMatches)) {
  await matching.unmatch(id, 'Looked at again', act());
  tell();
}
await matchAll();
for (const { id } of database.all<{ id: string }>(openFees)) {
  await matching.match({ lineIds: [id], parts: [], residualAccount: '5000-payment-fees' }, act());
  tell();
}
// Adjusted, taken back, adjusted: three steps of each difference.
for (const { id, steps } of database.all<{ id: string; steps: number }>(differences)) {
  for (let step = steps; step < 3; step += 1) {
    if (step === 1) await settlement.undo({ ...act(), id });
    else await settlement.adjust({ ...act(), id, order: { amountMinor: 1_000, currency: 'usd', debitAccount: '9900-suspense', creditAccount: '1100-stripe-clearing' }, reason: 'Found on paper' });
    tell();
  }
}
for (let step = close.read('2026-10').history.length; step < 3; step += 1) {
  if (step === 1) close.withdraw('2026-10', 'A payout came late', act());
  else close.signOff('2026-10', null, {}, act());
  tell();
}
bank[Symbol.dispose]();
