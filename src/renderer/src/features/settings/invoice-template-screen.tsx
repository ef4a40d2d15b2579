import { Button, SegmentedControl } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { InvoiceTemplateView } from '../../../../shared/api/documents.contract.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { useCan } from '../../lib/preferences.tsx';
import { BankSection, CompanySection, LookSection } from './invoice-template-form.tsx';
import { PartnerLanguages } from './partner-languages.tsx';
import { SettingsNav } from './settings-nav.tsx';

/** pdf.js is large: it comes with the first preview. */
const TemplatePages = lazy(async () => ({ default: (await import('./template-pages.tsx')).TemplatePages }));
/** While a person types, the preview waits until they pause. */
const pauseMs = 500;

/** What the company says of itself on its invoices and how they look, with the page itself beside it. */
export function InvoiceTemplateScreen() {
  const { queries } = useApi();
  const template = useQuery(queries.documents.template.queryOptions({ input: {} }));
  return (
    <Screen title="Settings" part="Invoice template" controls={<SettingsNav />}>
      {template.isError ? <ErrorNotice error={template.error} onRetry={() => void template.refetch()} /> : null}
      {template.data ? <TemplateWork saved={template.data} companyName={template.data.companyName} /> : null}
      {template.data ? <PartnerLanguages partners={template.data.partners} standard={template.data.language} /> : null}
    </Screen>
  );
}

function TemplateWork({ saved, companyName }: { saved: InvoiceTemplateView; companyName: string }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const canSet = useCan('accountant');
  const [draft, setDraft] = useState<InvoiceTemplateView>({ company: saved.company, look: saved.look, language: saved.language });
  const [kind, setKind] = useState<'invoice' | 'credit-note'>('invoice');
  const save = useMutation({
    mutationFn: () => client.documents.saveTemplate({ commandId: crypto.randomUUID(), template: draft }),
    onSuccess: (kept) => { setDraft(kept); void cache.invalidateQueries({ queryKey: queries.documents.key() }); },
  });
  const change = (part: Partial<InvoiceTemplateView>): void => { save.reset(); setDraft((before) => ({ ...before, ...part })); };
  return (
    <div className="template-work">
      <Box title="Invoice template" note="holds from the next draft on; what is finalised stays as it was made">
        <form onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
          <fieldset disabled={!canSet} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
            <CompanySection company={draft.company} companyName={companyName} onChange={(company) => change({ company })} />
            <BankSection company={draft.company} onChange={(company) => change({ company })} />
            <LookSection template={draft} onChange={change} />
          </fieldset>
          <div className="section" style={{ display: 'grid', gap: 8 }}>
            {save.isError ? <ErrorNotice error={save.error} /> : null}
            {canSet ? <div className="row-flex"><Button type="submit" loading={save.isPending}>Save the template</Button>{save.isSuccess ? <span role="status" className="ok">Saved</span> : null}</div> : <p className="quiet">An accountant may change it.</p>}
          </div>
        </form>
      </Box>
      <div className="preview-box">
        <Box title="Preview" actions={<SegmentedControl size="xs" aria-label="Preview of" value={kind} onChange={(value) => setKind(value === 'credit-note' ? 'credit-note' : 'invoice')} data={[{ value: 'invoice', label: 'Invoice' }, { value: 'credit-note', label: 'Credit note' }]} />}>
          <Preview template={draft} kind={kind} />
        </Box>
      </div>
    </div>
  );
}

function Preview({ template, kind }: { template: InvoiceTemplateView; kind: 'invoice' | 'credit-note' }) {
  const { queries } = useApi();
  const [settled] = useDebouncedValue(template, pauseMs);
  const preview = useQuery(queries.documents.previewTemplate.queryOptions({ input: { template: settled, kind }, placeholderData: keepPreviousData, gcTime: 0, retry: false }));
  // Half a number is no number yet: the page stays as it was, and a line says why.
  const [shown, setShown] = useState(preview.data?.bytes);
  const latest = preview.data?.bytes;
  if (latest !== undefined && latest !== shown) setShown(latest);
  return (
    <>
      {preview.isError ? <p role="status" className="section muted small">Not shown yet: {preview.error.message}</p> : null}
      <Suspense fallback={<div className="section muted">Opening the preview</div>}><TemplatePages bytes={latest ?? shown} label={kind === 'invoice' ? 'sample invoice' : 'sample credit note'} /></Suspense>
    </>
  );
}
