import { ErrorNotice } from '../../components/error-notice.tsx';
import { PdfPages, usePdf } from '../../components/pdf-pages.tsx';
import { downloadBlob } from '../../lib/export-text.ts';

/** The pages as they will be printed, and the way to keep them. */
export function ReportPages({ fileName, bytes }: { fileName: string; bytes: Uint8Array }) {
  const { file, failure, forget } = usePdf(bytes);
  return (
    <>
      <div className="panel-foot" style={{ borderTop: 0, borderBottom: '1px solid var(--line2)', alignItems: 'center' }}>
        <span className="small quiet grow">{file ? `${file.numPages} ${file.numPages === 1 ? 'page' : 'pages'}, drawn from the figures as they stand` : 'Opening the PDF'}</span>
        <button type="button" className="control" onClick={() => downloadBlob(fileName, new Blob([bytes.slice()], { type: 'application/pdf' }))}>Save PDF</button>
      </div>
      {failure ? <div className="section"><ErrorNotice error={failure} onRetry={forget} /></div> : <PdfPages file={file} label="revenue report" />}
    </>
  );
}
