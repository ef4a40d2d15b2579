/**
 * The revenue report as a PDF: drawn from the figures each time it is asked for, never kept unless it is sent. The same figures give the same bytes.
 */
import type { z } from 'zod';
import type { presentmentRowSchema } from '../../shared/api/revenue.contract.ts';
import type { ReportDocument } from '../../shared/documents/report-document.ts';
import { resourcePath } from '../platform/resources.ts';
import { readFontCoverage } from './font-coverage.ts';
import type { PdfRenderer } from './pdf-renderer.ts';
import { mapTexts, printableText, type Letters } from './printable-text.ts';
import { reportRequest } from './report-pages.ts';

type PresentmentRow = z.infer<typeof presentmentRowSchema>;

export interface MadeReport {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** When the figures were true, epoch milliseconds. */
  readonly asOf: number;
  readonly report: ReportDocument;
}

export interface RevenueReports {
  /**
   * @param presented what customers paid in the month, where that was read elsewhere; left out: it is read with the rest, which holds this thread as long as every balance transaction of the month takes.
   * @throws as the figures of the month do: `month-in-future`, `mrr-not-rebuilt`; as the renderer does: `document-renderer-failed`.
   */
  make(month: string, presented?: readonly PresentmentRow[]): Promise<MadeReport>;
}

export interface RevenueReportsDependencies {
  readonly read: (month: string, presented?: readonly PresentmentRow[]) => ReportDocument;
  readonly renderer: Pick<PdfRenderer, 'render'>;
  /** Left out: the fonts in resources. */
  readonly letters?: Letters;
}

export function createRevenueReports({ read, renderer, letters }: RevenueReportsDependencies): RevenueReports {
  let known = letters;
  return {
    async make(month, presented) {
      const report = read(month, presented);
      const coverage = (known ??= readFontCoverage(resourcePath('fonts')));
      const request = reportRequest(report);
      const bytes = await renderer.render({ ...request, data: mapTexts(request.data, (text) => printableText(text, coverage)) });
      return { fileName: `revenue-report-${month}.pdf`, bytes, asOf: report.asOf, report };
    },
  };
}
