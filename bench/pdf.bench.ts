/**
 * PDFs of invoices. The reference of a batch is bare Typst, compiling and exporting the same documents one after the other in this process; ours are
 * rendered in child processes, written, synced and recorded.
 */
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { createInvoiceDocuments } from '../src/main/documents/invoice-documents.ts';
import { invoiceDocument } from '../src/main/documents/invoice-document.ts';
import { createPdfRenderer } from '../src/main/documents/pdf-renderer.ts';
import { createPdfCompiler } from '../src/main/documents/typst-compiler.ts';
import { resourcePath } from '../src/main/platform/resources.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { printByChromium } from './chromium-printing.ts';
import { measureBatch } from './document-batch.ts';
import { billedPeriod, openPartnerLedger } from './partner-ledger.ts';
import { timed, type Measure } from './measure.ts';

const batch = 300;
const firstGoalMs = 2_000;
const goalPerSecond = 150;
const printedByChromium = 60;
/** With it every invoice holds to EN 16931 and carries its XML. */
const company = { legalName: 'Meridian Deeds GmbH', vatId: 'DE123456789', registrationNumber: 'HRB 4711', postal: { line1: 'Kanalstraße 7', city: 'Bremen', postcode: '28195', country: 'DE' }, bank: { iban: 'DE02120300000000202051', bic: 'BYLADEM1001', bankName: null, holder: null } };

export async function measure(): Promise<Measure[]> {
  return [...(await measurePdfs()), ...(await measureBatch())];
}

async function measurePdfs(): Promise<Measure[]> {
  using ledger = openPartnerLedger(batch, batch * 100);
  ledger.database.connection.prepare("INSERT INTO ledger_settings (name, value, set_at) VALUES ('company_profile', ?, 0)").run(JSON.stringify(company));
  const run = await ledger.invoicing.run({ period: billedPeriod, finalise: true, actor: 'bench' });
  const invoices = run.succeeded.flatMap((outcome) => ledger.invoicing.find(outcome.invoiceId ?? '') ?? []);
  const renderer = createPdfRenderer();
  const documents = createInvoiceDocuments({ dataFolder: ledger.folder, readable: ledger.database, unitOfWork: ledger.database.unitOfWork, renderer, clock: fixedClock(0) });
  try {
    const [first] = invoices;
    const firstMs = first ? await timed(() => documents.open(first)) : Number.NaN;
    const compiler = createPdfCompiler(resourcePath());
    if (first) compiler.compile(invoiceDocument(first));
    const warmMs = await timed(() => documents.ensureStored(invoices.slice(0, 20), unattended));
    const rest = invoices.slice(20);
    const bareMs = await timed(() => {
      for (const invoice of rest) compiler.compile(invoiceDocument(invoice));
    });
    const oursMs = await timed(() => documents.ensureStored(rest, unattended));
    const perSecond = (rest.length * 1000) / oursMs;
    const printed = rest.slice(0, printedByChromium);
    const chromiumMs = ((await printByChromium(printed)) / printed.length) * rest.length;
    const withoutXml = invoices.filter((invoice) => documents.missingForEInvoice(invoice).length > 0).length;
    return [
      { name: 'the first PDF from a cold start', unit: 'ms', ours: firstMs, reference: firstGoalMs, ratio: firstMs / firstGoalMs, goal: '< 2 s', holds: firstMs < firstGoalMs, note: `20 more in ${Math.round(warmMs)} ms` },
      { name: `${rest.length} PDFs rendered, written, synced and recorded`, unit: 'ms', ours: oursMs, reference: bareMs, ratio: bareMs / oursMs, goal: '≥ 1 × bare Typst in one process', holds: bareMs / oursMs >= 1, note: `${Math.round(perSecond)} invoices/s` },
      { name: 'PDF/A-3 with XML, a second, on two processes', unit: '/s', ours: perSecond, reference: goalPerSecond, ratio: perSecond / goalPerSecond, goal: `≥ ${goalPerSecond}/s`, holds: perSecond >= goalPerSecond && withoutXml === 0, note: withoutXml === 0 ? 'each with its XML' : `${withoutXml} without XML` },
      { name: 'PDF/A-3 with XML against warm Chromium printing', unit: 'ms', ours: oursMs, reference: chromiumMs, ratio: chromiumMs / oursMs, goal: '≥ 2 × two pages of Chromium', holds: chromiumMs / oursMs >= 2, note: `Chromium printed ${printed.length} of them` },
    ];
  } finally {
    renderer.close();
  }
}
