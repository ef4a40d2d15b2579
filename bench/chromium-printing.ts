/**
 * What printing the same invoices by a warm Chromium takes: two pages of one browser side by side, each of them the words and figures our template prints in the same order, its mark, a foot with
 * “page x of y” on each page, tagged as ours are; no attachment, no PDF/A, and a font of the system's.
 */
import { invoiceDocument } from '../src/main/documents/invoice-document.ts';
import type { PartnerInvoice } from '../src/main/billing/partner-invoice.ts';
import { launchTestBrowser } from '../src/main/testing/test-browser.ts';
import { timed } from './measure.ts';

const pagesSideBySide = 2;
const warmUps = 4;

/** What of the template's data is printed. */
interface Printed {
  readonly title: string;
  readonly heading: string;
  readonly number: string;
  readonly currency: string;
  readonly issuer: { readonly name: string; readonly lines: readonly string[] };
  readonly customer: { readonly name: string; readonly lines: readonly string[] };
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly due: { readonly label: string; readonly amount: string; readonly note: string };
  readonly words: Readonly<Record<'billTo' | 'description' | 'quantity' | 'unitPrice' | 'amount' | 'page' | 'pageOf', string>>;
  readonly lines: readonly { readonly description: string; readonly explanation: string; readonly quantity: string; readonly unitPrice: string; readonly amount: string }[];
  readonly totals: readonly { readonly label: string; readonly note: string | null; readonly amount: string }[];
  readonly notes: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly footer: { readonly note: string; readonly issuer: string; readonly fingerprint: string };
}

const mark = '<svg width="36" height="36" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" fill="#1f5eff"/><path d="M10 9h16v18H10z" fill="#fff"/></svg>';
const style = 'body{font:9pt sans-serif;color:#16191d;margin:0}table{width:100%;border-collapse:collapse}td,th{padding:6pt 0;text-align:right;vertical-align:top;font-weight:400}td:first-child,th:first-child{text-align:left}.lines td,.lines th{border-bottom:.75pt solid #d9dee4}small{font-size:8pt;color:#5b6570}.row{display:flex;justify-content:space-between;margin-bottom:24pt}.due{background:#f3f5f8;border-radius:4pt;padding:12pt}h1,.due b{font-size:20pt}.totals{width:258pt;margin:12pt 0 24pt auto}';

function htmlOf(d: Printed): string {
  const small = (lines: readonly string[]): string => lines.map((line) => `<br><small>${line}</small>`).join('');
  return `<!doctype html><html lang="en"><title>${d.title}</title><style>${style}</style>
<div class="row"><div>${mark}<b>${d.issuer.name}</b>${small(d.issuer.lines)}</div><div><h1>${d.heading}</h1>${d.number}</div></div>
<div class="row"><div><small>${d.words.billTo}</small><br><b>${d.customer.name}</b>${d.customer.lines.map((line) => `<br>${line}`).join('')}</div><div><table>${d.facts.map(({ label, value }) => `<tr><td><small>${label}</small><td>${value}`).join('')}</table></div></div>
<div class="row due"><div>${d.due.label}${small([d.due.note])}</div><div><b>${d.due.amount}</b> ${d.currency}</div></div>
<table class="lines"><thead><tr><th>${d.words.description}<th>${d.words.quantity}<th>${d.words.unitPrice}, ${d.currency}<th>${d.words.amount}, ${d.currency}</thead>${d.lines.map((line) => `<tr><td><b>${line.description}</b>${small([line.explanation])}<td>${line.quantity}<td>${line.unitPrice}<td>${line.amount}`).join('')}</table>
<table class="totals">${d.totals.map(({ label, note, amount }) => `<tr><td>${label}<small>${note ?? ''}</small><td>${amount}`).join('')}</table>
<div class="row">${d.notes.map(({ title, lines }) => `<div><b>${title}</b>${small(lines)}</div>`).join('')}</div>`;
}

function footOf({ footer, words }: Printed): string {
  return `<div style="font-size:8pt;width:100%;margin:0 60pt;border-top:.75pt solid #d9dee4"><div style="display:flex;justify-content:space-between"><span>${footer.issuer}</span><span>${words.page} <span class="pageNumber"></span> ${words.pageOf} <span class="totalPages"></span></span></div><div style="display:flex;justify-content:space-between"><span>${footer.fingerprint}</span><span>${footer.note}</span></div></div>`;
}

/** Milliseconds for all of them, once the browser is warm. */
export async function printByChromium(invoices: readonly PartnerInvoice[]): Promise<number> {
  const browser = await launchTestBrowser();
  try {
    const waiting = invoices.values();
    const lanes = await Promise.all(Array.from({ length: pagesSideBySide }, async () => {
      const page = await browser.newPage();
      const print = async (invoice: PartnerInvoice): Promise<void> => {
        const printed = invoiceDocument(invoice).data as Printed;
        await page.setContent(htmlOf(printed));
        await page.pdf({ format: 'A4', tagged: true, displayHeaderFooter: true, headerTemplate: '<span></span>', footerTemplate: footOf(printed), margin: { left: '80px', right: '80px', top: '80px', bottom: '112px' } });
      };
      const [first] = invoices;
      for (let count = 0; first && count < warmUps; count += 1) await print(first);
      return async () => {
        for (const invoice of waiting) await print(invoice);
      };
    }));
    return await timed(() => Promise.all(lanes.map((lane) => lane())));
  } finally {
    await browser.close();
  }
}
