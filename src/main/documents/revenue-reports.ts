/**
 * The revenue report as a PDF: drawn from the figures each time it is asked for, never kept unless it is sent. The same figures give the same bytes.
 */
import type { ReportDocument } from '../../shared/documents/report-document.ts';
import { resourcePath } from '../platform/resources.ts';
import { readFontCoverage } from './font-coverage.ts';
import type { PdfRenderer } from './pdf-renderer.ts';
import { mapTexts, printableText, type Letters } from './printable-text.ts';
import { reportRequest } from './report-pages.ts';

export interface MadeReport {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** When the figures were true, epoch milliseconds. */
  readonly asOf: number;
  readonly report: ReportDocument;
}

export interface RevenueReports {
  /** @throws as the figures of the month do: `month-in-future`, `mrr-not-rebuilt`; as the renderer does: `document-renderer-failed`. */
  make(month: string): Promise<MadeReport>;
}

export interface RevenueReportsDependencies {
  readonly read: (month: string) => ReportDocument;
  readonly renderer: Pick<PdfRenderer, 'render'>;
  /** Left out: the fonts in resources. */
  readonly letters?: Letters;
}

export function createRevenueReports({ read, renderer, letters }: RevenueReportsDependencies): RevenueReports {
  let known = letters;
  return {
    async make(month) {
      const report = read(month);
      const coverage = (known ??= readFontCoverage(resourcePath('fonts')));
      const request = reportRequest(report);
      const bytes = await renderer.render({ ...request, data: mapTexts(request.data, (text) => printableText(text, coverage)) });
      return { fileName: `revenue-report-${month}.pdf`, bytes, asOf: report.asOf, report };
    },
  };
}
