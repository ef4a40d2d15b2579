/** A PDF drawn in the window, page by page. Large because of pdf.js: to be loaded when it is asked for. */
import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { useEffect, useRef, useState } from 'react';

GlobalWorkerOptions.workerSrc = workerUrl;

/** @param scale of the pages in points; null: as wide as asked for in CSS pixels. */
export async function renderPage(file: PDFDocumentProxy, number: number, canvas: HTMLCanvasElement, size: { readonly scale: number } | { readonly widthPx: number }): Promise<void> {
  const page = await file.getPage(number);
  const natural = page.getViewport({ scale: 1 });
  const viewport = page.getViewport({ scale: 'scale' in size ? size.scale : (size.widthPx / natural.width) * Math.max(1, window.devicePixelRatio) });
  canvas.width = Math.round(viewport.width);
  canvas.height = Math.round(viewport.height);
  await page.render({ canvas, viewport }).promise;
}

/** The document in the bytes; null while it is read. */
export function usePdf(bytes: Uint8Array | undefined): { file: PDFDocumentProxy | null; failure: unknown; forget: () => void } {
  const [file, setFile] = useState<PDFDocumentProxy | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    if (!bytes) return undefined;
    let isGone = false;
    // pdf.js takes the buffer for itself: it gets its own copy.
    const task = getDocument({ data: bytes.slice() });
    task.promise.then((loaded) => { if (!isGone) setFile(loaded); }, (error: unknown) => { if (!isGone) setFailure({ code: 'pdf-unreadable', message: 'This PDF cannot be drawn here.', cause: error }); });
    return () => { isGone = true; setFile(null); void task.destroy(); };
  }, [bytes]);
  return { file, failure, forget: () => setFailure(null) };
}

export function PdfPages({ file, label }: { file: PDFDocumentProxy | null; label: string }) {
  const pages = file ? Array.from({ length: file.numPages }, (_, index) => index + 1) : [];
  return <div className="pdf-pages">{file ? pages.map((number) => <PdfPage key={number} file={file} number={number} label={`Page ${number} of ${file.numPages}, ${label}`} />) : <div style={{ height: 320 }} />}</div>;
}

function PdfPage({ file, number, label }: { file: PDFDocumentProxy; number: number; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    const element = canvas.current;
    if (element) renderPage(file, number, element, { widthPx: element.parentElement?.clientWidth ?? 480 }).then(() => setDrawn(true), () => setDrawn(false));
  }, [file, number]);
  return <canvas ref={canvas} role="img" aria-label={label} data-drawn={isDrawn} />;
}
