/** What printing the same invoices by a warm Chromium takes: two pages of one browser side by side, a plain document of the same text, no fonts to fetch, no attachment, no PDF/A. */
import type { PartnerInvoice } from '../src/main/billing/partner-invoice.ts';
import { launchTestBrowser } from '../src/main/testing/test-browser.ts';
import { timed } from './measure.ts';

const pagesSideBySide = 2;
const warmUps = 4;

function htmlOf(invoice: PartnerInvoice): string {
  const { customer, issuer } = invoice.snapshot;
  const money = (minor: number): string => (minor / 100).toFixed(2); // a reference prints figures, it keeps no books
  const rows = invoice.lines.map((line) => `<tr><td>${line.description}<br><small>${line.explanation ?? ''}</small></td><td>${line.quantity ?? ''}</td><td>${line.unitPrice ?? ''}</td><td>${money(line.amountMinor)}</td></tr>`).join('');
  return `<!doctype html><title>${invoice.number}</title><style>body{font:9pt sans-serif}table{width:100%;border-collapse:collapse}td{border-bottom:1px solid #ddd;padding:6pt}</style><h1>Invoice ${invoice.number}</h1><p>${issuer.name}</p><p>${customer.name}<br>${customer.address.join('<br>')}</p><table>${rows}</table><p>Subtotal ${money(invoice.subtotalMinor)}<br>Tax ${money(invoice.taxMinor)}<br>Total ${money(invoice.totalMinor)}</p>`;
}

/** Milliseconds for all of them, once the browser is warm. */
export async function printByChromium(invoices: readonly PartnerInvoice[]): Promise<number> {
  const browser = await launchTestBrowser();
  try {
    const waiting = invoices.values();
    const lanes = await Promise.all(Array.from({ length: pagesSideBySide }, async () => {
      const page = await browser.newPage();
      const print = async (invoice: PartnerInvoice): Promise<void> => {
        await page.setContent(htmlOf(invoice));
        await page.pdf({ format: 'A4' });
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
