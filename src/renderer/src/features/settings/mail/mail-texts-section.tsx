import { Button, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MailTemplateView } from '../../../../../shared/api/mail.contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { useCan } from '../../../lib/preferences.tsx';

const languageWords: Readonly<Record<MailTemplateView['language'], string>> = { en: 'English', de: 'German' };

export function MailTextsSection({ templates, placeholders }: { templates: readonly MailTemplateView[]; placeholders: readonly { name: string; says: string }[] }) {
  const [language, setLanguage] = useState<MailTemplateView['language']>('en');
  const template = templates.find((each) => each.language === language);
  return (
    <Section title="What an invoice’s e-mail says" aside={<SegmentedControl size="xs" aria-label="Language" value={language} onChange={(value) => setLanguage(value as MailTemplateView['language'])} data={templates.map((each) => ({ value: each.language, label: languageWords[each.language] }))} />}>
      {template ? <TemplateEditor key={`${language} ${template.subject} ${template.body}`} template={template} placeholders={placeholders} /> : null}
    </Section>
  );
}

/** The text at the left, what it will say at the right, as it is typed. */
function TemplateEditor({ template, placeholders }: { template: MailTemplateView; placeholders: readonly { name: string; says: string }[] }) {
  const api = useApi();
  const cache = useQueryClient();
  const canEdit = useCan('accountant');
  const [subject, setSubject] = useState(template.subject);
  const [body, setBody] = useState(template.body);
  const { language } = template;
  const preview = useQuery(api.queries.mail.templates.preview.queryOptions({ input: { language, subject, body, invoiceId: null }, placeholderData: keepPreviousData }));
  const save = useMutation({ mutationFn: () => api.client.mail.templates.save({ commandId: crypto.randomUUID(), language, subject, body }), onSettled: () => markStale(api, cache, 'mail') });
  const standard = useMutation({
    mutationFn: () => api.client.mail.templates.standard({ language }),
    onSuccess: (texts) => { setSubject(texts.subject); setBody(texts.body); },
  });
  const isChanged = subject !== template.subject || body !== template.body;
  const problem = preview.data?.problem ?? null;
  return (
    <>
      <div className="mail-texts">
        <form style={{ display: 'grid', gap: 8, alignContent: 'start' }} onSubmit={(event) => { event.preventDefault(); if (isChanged && !problem) save.mutate(); }}>
          <TextInput label="Subject" readOnly={!canEdit} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />
          <Textarea label="Text" readOnly={!canEdit} autosize minRows={12} maxRows={24} value={body} onChange={(event) => setBody(event.currentTarget.value)} />
          {canEdit ? (
            <div className="row-flex">
              <Button type="submit" disabled={!isChanged || problem !== null} loading={save.isPending}>Save</Button>
              <Button variant="default" disabled={!isChanged} onClick={() => { setSubject(template.subject); setBody(template.body); }}>Undo</Button>
              {template.isDefault ? null : <Button variant="default" loading={standard.isPending} onClick={() => standard.mutate()}>Take Daybook’s text</Button>}
              <span className="muted small">{template.isDefault ? 'Daybook’s own text' : 'Your own text'}</span>
            </div>
          ) : null}
          {save.isError ? <ErrorNotice error={save.error} /> : null}
        </form>
        <section aria-label="Preview" aria-live="polite" className="mail-preview">
          {problem ? <ErrorNotice error={problem} /> : preview.data ? <><p><b>{preview.data.subject}</b></p><p className="mail-body">{preview.data.body}</p><p className="muted small">With the facts of an example; the PDF is attached.</p></> : <p className="muted">Filling in</p>}
        </section>
      </div>
      <p className="quiet" style={{ marginTop: 8 }}>Placeholders: {placeholders.map((each, index) => <span key={each.name}>{index > 0 ? ', ' : ''}<code>{`{${each.name}}`}</code> {each.says}</span>)}.</p>
    </>
  );
}
