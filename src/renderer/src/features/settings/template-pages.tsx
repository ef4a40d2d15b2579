import { ErrorNotice } from '../../components/error-notice.tsx';
import { PdfPages, usePdf } from '../../components/pdf-pages.tsx';

/** The pages of a document that is not kept. */
export function TemplatePages({ bytes, label }: { bytes: Uint8Array | undefined; label: string }) {
  const { file, failure } = usePdf(bytes);
  if (failure) return <div className="section"><ErrorNotice error={failure} /></div>;
  return <PdfPages file={file} label={label} />;
}
