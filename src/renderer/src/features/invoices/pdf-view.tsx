import { useQuery } from '@tanstack/react-query';
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { PdfPages, renderPage, usePdf } from '../../components/pdf-pages.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { downloadBlob } from '../../lib/export-text.ts';

/** Dots per CSS pixel when printing: about 200 dpi on A4. */
const printScale = 2.8;

/** The stored PDF, drawn here: the same bytes that are sent, verified when opened. */
export function PdfView({ id, label }: { id: string; label: string }) {
  const { queries } = useApi();
  const pdf = useQuery(queries.invoices.pdf.queryOptions({ input: { id }, staleTime: 60_000 }));
  const { file, failure, forget } = usePdf(pdf.data?.bytes);
  const [isPrinting, setPrinting] = useState(false);
  if (pdf.isError || failure) return <div className="section"><ErrorNotice error={pdf.error ?? failure} onRetry={() => { forget(); void pdf.refetch(); }} /></div>;
  return (
    <section aria-label={`PDF of ${label}`}>
      <div className="panel-foot" style={{ borderTop: 0, borderBottom: '1px solid var(--line2)' }}>
        <span className="small quiet grow">{pdf.data ? `${pdf.data.fileName}${pdf.data.isVerified ? ', verified against its fingerprint' : ', draft'}` : 'Opening the PDF'}</span>
        <button type="button" className="text-button" disabled={!file} onClick={() => setPrinting(true)}>Print</button>
        <button type="button" className="text-button" disabled={!pdf.data} onClick={() => { if (pdf.data) downloadBlob(pdf.data.fileName, new Blob([pdf.data.bytes.slice()], { type: 'application/pdf' })); }}>Save</button>
      </div>
      <PdfPages file={file} label={label} />
      {isPrinting && file ? <PrintSheet file={file} onDone={() => setPrinting(false)} /> : null}
    </section>
  );
}

/** The pages at printing size on a sheet of their own; the window's print dialog takes them. */
function PrintSheet({ file, onDone }: { file: PDFDocumentProxy; onDone: () => void }) {
  const sheet = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const drawAll = async () => {
      const element = sheet.current;
      if (!element) return;
      for (let number = 1; number <= file.numPages; number += 1) {
        const canvas = document.createElement('canvas');
        element.append(canvas);
        await renderPage(file, number, canvas, { scale: printScale });
      }
      window.print();
    };
    drawAll().finally(onDone);
  }, [file, onDone]);
  return createPortal(<div ref={sheet} className="print-only" aria-hidden="true" />, document.body);
}
