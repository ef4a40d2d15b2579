/** Imports the statement file named on the command line into a ledger of its own, and says how long it took and how much memory the process had at most. For bank.bench.ts. */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { createAuditLog } from '../src/main/audit/audit-log.ts';
import { createStatementImport } from '../src/main/banking/statement-import.ts';
import { bulkTurn, createWriteTurns } from '../src/main/database/write-turns.ts';
import { readChartOfAccounts } from '../src/main/ledger/chart-of-accounts.ts';
import { ensureAccounts } from '../src/main/ledger/journal.repository.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';

const file = process.argv[2] ?? '';
// As the application's job writes: in turns with whoever else would.
using ledger = openTemporaryDatabase(bulkTurn(createWriteTurns()));
const { database } = ledger;
const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
database.unitOfWork.run('bench.chart', (writable) => ensureAccounts(writable, readChartOfAccounts()));
const imports = createStatementImport({ readable: database, unitOfWork: database.unitOfWork, durability: database.durability, audit: createAuditLog({ clock }), clock, bankLedgerAccount: '1000-bank' });
const startedMs = performance.now();
const { added } = await imports.importFile({ file, fileName: 'statement.xml' }, 'bench', unattended);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ added, ms: performance.now() - startedMs, cpuMs: (user + system) / 1_000, mostMegabytes: process.resourceUsage().maxRSS / 1024 }));
