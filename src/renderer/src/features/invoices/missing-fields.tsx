import { useQuery } from '@tanstack/react-query';
import type { MissingFieldView } from '../../../../shared/api/documents.contract.ts';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';

const rows = (missing: readonly MissingFieldView[]) => missing.map((field) => <li key={field.message}>{field.message} <span className="muted small">{field.rule}</span></li>);

/** What the company itself lacks, once, and then what each invoice does: before numbers are given, for they cannot be filled in afterwards. */
export function MissingFields({ ids }: { ids: readonly string[] }) {
  const { queries } = useApi();
  const checked = useQuery(queries.documents.missingFields.queryOptions({ input: { ids: [...ids] }, gcTime: 0 }));
  if (checked.isError) return <ErrorNotice error={checked.error} onRetry={() => void checked.refetch()} />;
  if (!checked.data) return <p className="muted small">Checking the electronic invoices</p>;
  const lacking = checked.data.filter((each) => each.missing.length > 0);
  if (lacking.length === 0) return <p className="quiet">{ids.length === 1 ? 'Its PDF carries' : 'Their PDFs carry'} the electronic invoice (EN 16931, Factur-X).</p>;
  const ofCompany = [...new Map(lacking.flatMap((each) => each.missing).filter((field) => field.where === 'company').map((field) => [field.message, field])).values()];
  const ofInvoices = lacking.map((each) => ({ ...each, missing: each.missing.filter((field) => field.where !== 'company') })).filter((each) => each.missing.length > 0);
  return (
    <section aria-label="Missing for the electronic invoice">
      <p><b>{ids.length === 1 ? 'It will carry no electronic invoice' : `${lacking.length} of ${ids.length} will carry no electronic invoice`}</b> (EN 16931). It can still be finalised; what is missing then cannot be added to it.</p>
      {ofCompany.length > 0 ? <><p className="small">Your company lacks, in <EntityLink to={links.invoiceTemplate}>Invoice template</EntityLink>; once filled in, bill the month again and the draft takes it up:</p><ul className="plain-list">{rows(ofCompany)}</ul></> : null}
      {ofInvoices.map((each) => <div key={each.id}><p className="small">{each.name}:</p><ul className="plain-list">{rows(each.missing)}</ul></div>)}
    </section>
  );
}

/** Whether an invoice's PDF carries its electronic form, and why not. */
export function ElectronicForm({ id, isDraft }: { id: string; isDraft: boolean }) {
  const { queries } = useApi();
  const checked = useQuery(queries.documents.missingFields.queryOptions({ input: { ids: [id] } }));
  const missing = checked.data?.find((each) => each.id === id)?.missing;
  if (!missing) return <span className="muted">{checked.isError ? 'Could not be checked' : 'Checking'}</span>;
  if (missing.length === 0) return <span>{isDraft ? 'Nothing is missing for it' : 'In the PDF: EN 16931, Factur-X'}</span>;
  return <span>None: {missing.map((field) => `${field.message.replace(/\.$/, '')} (${field.rule})`).join('; ')}</span>;
}
