/** One batch of PDFs in a process of its own: cancelled after a tenth, then made to its end. Says {@link BatchFigures} as JSON. `node document-batch-run.ts <how many>` */
import { readdirSync, readFileSync } from 'node:fs';
import { createInvoiceDocuments } from '../src/main/documents/invoice-documents.ts';
import { createPdfRenderer } from '../src/main/documents/pdf-renderer.ts';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import type { BatchFigures } from './document-batch.ts';
import { billedPeriod, openPartnerLedger } from './partner-ledger.ts';
import { timed } from './measure.ts';

const batch = Number(process.argv[2] ?? 600);
const sampleEvery = 50;

/** The largest each child of this process ever was, together, in MB; null where there is no /proc. */
function childrenMb(): number | null {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const statuses = pids.flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/status`, 'utf8')];
      } catch {
        return []; // it ended meanwhile
      }
    });
    const own = statuses.filter((status) => new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(status));
    return own.reduce((sum, status) => sum + Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0), 0) / 1024;
  } catch {
    return null;
  }
}

using ledger = openPartnerLedger(batch, 0);
const run = await ledger.invoicing.run({ period: billedPeriod, finalise: true, actor: 'bench' });
const invoices = run.succeeded.flatMap((outcome) => ledger.invoicing.find(outcome.invoiceId ?? '') ?? []);
const renderer = createPdfRenderer();
const documents = createInvoiceDocuments({ dataFolder: ledger.folder, readable: ledger.database, unitOfWork: ledger.database.unitOfWork, renderer, clock: fixedClock(0) });
const controller = new AbortController();
const cancelAfter = Math.floor(batch / 10);
let stopMs = Number.NaN;
let cancelledAt = 0;
await documents.ensureStored(invoices, { signal: controller.signal, report({ done }) {
  if (done < cancelAfter || controller.signal.aborted) return;
  cancelledAt = performance.now();
  controller.abort();
} }).catch(() => {
  stopMs = performance.now() - cancelledAt;
});
let peak = process.memoryUsage().rss;
let renderersMb: number | null = null;
const ms = await timed(() => documents.ensureStored(invoices, { signal: new AbortController().signal, report({ done }) {
  if (done % sampleEvery !== 0) return;
  peak = Math.max(peak, process.memoryUsage().rss);
  if (done % (sampleEvery * 10) === 0 || done === batch) renderersMb = childrenMb();
} }));
renderer.close();
process.stdout.write(JSON.stringify({ backendMb: peak / 1_048_576, renderersMb, stopMs, ms } satisfies BatchFigures));
