import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Section } from '../../components/record-parts.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { CheckList } from './check-list.tsx';
import { KeyReportView } from './key-report.tsx';

const texts = {
  stripe: { title: 'Stripe', label: 'Restricted key', placeholder: 'rk_live_… or rk_test_…', help: 'Make a restricted key with read rights only; Daybook never writes to Stripe. The key is tested before it is kept and is not shown again.', set: 'A key is set', kept: 'The key is kept.', refused: 'The key was not kept: what stood before stands.' },
  postgres: { title: 'Shared database', label: 'Address', placeholder: 'postgres://user:password@host:5432/database', help: 'PostgreSQL, with the role your administrator gave you. It is tested before it is kept and is not shown again. Without it Daybook works as a single desk.', set: 'An address is set', kept: 'The address is kept.', refused: 'The address was not kept: what stood before stands.' },
} as const;

/** Takes a secret, has it tested, shows what came out and forgets it. */
export function ConnectionForm({ kind, isSet }: { kind: keyof typeof texts; isSet: boolean }) {
  const { client } = useApi();
  const cache = useQueryClient();
  const [value, setValue] = useState('');
  const text = texts[kind];
  const save = useMutation({
    async mutationFn(secret: string) {
      const commandId = crypto.randomUUID();
      if (kind === 'stripe') return client.settings.setStripeKey({ commandId, key: secret });
      return { ...(await client.settings.setPostgresUrl({ commandId, url: secret })), report: null };
    },
    // What was refused stays in the field: it may only be mistyped.
    onSuccess: ({ checks }) => { if (checks.every((check) => check.isFine)) setValue(''); },
    onSettled: () => void cache.invalidateQueries(),
  });
  const secret = value.trim();
  return (
    <Section title={text.title} aside={<span className={`badge ${isSet ? 'ok' : 'info'}`}>{isSet ? text.set : 'Not set'}</span>}>
      <form className="field-row" onSubmit={(event) => { event.preventDefault(); if (secret.length >= 8) save.mutate(secret); }}>
        <PasswordInput className="grow" style={{ maxWidth: 520 }} label={text.label} description={text.help} placeholder={text.placeholder} autoComplete="off" spellCheck={false} value={value} onChange={(event) => setValue(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }} />
        <Button type="submit" disabled={secret.length < 8} loading={save.isPending}>{isSet ? 'Test and replace' : 'Test and keep'}</Button>
      </form>
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      {save.data ? <p role="status" className={save.data.checks.every((check) => check.isFine) ? 'ok' : 'bad'}>{save.data.checks.every((check) => check.isFine) ? text.kept : text.refused}</p> : null}
      {save.data ? (save.data.report ? <KeyReportView report={save.data.report} /> : <CheckList checks={save.data.checks} />) : null}
    </Section>
  );
}
