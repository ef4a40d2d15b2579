import { Button, Checkbox, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MailServerView, MailSettingsView } from '../../../../../shared/api/mail.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { CheckList } from '../check-list.tsx';

type Security = MailServerView['security'];
const securityWords: Readonly<Record<Security, string>> = { starttls: 'STARTTLS', tls: 'TLS from the start', none: 'None: readable on its way' };
const usualPort: Readonly<Record<Security, number>> = { starttls: 587, tls: 465, none: 25 };
const empty: MailServerView = { host: '', port: 587, security: 'starttls', user: null, authorityFile: null, fromName: '', fromAddress: '', replyTo: null, allowsPlaintext: false };
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
const orNull = (text: string): string | null => text.trim() || null;

/** The mail server: what is set, and a form for who may set it. */
export function MailServerSection({ settings }: { settings: MailSettingsView }) {
  const isAdmin = useCan('admin');
  const { server, pause } = settings;
  return (
    <>
      {pause ? <Section title="Paused" aside={<span className="badge attention">Tried again <DateText instant={pause.until} /></span>}><p>{pause.message} <span className="mono muted">{pause.code}</span></p><p className="quiet">E-mails wait; nothing is lost. Saving the settings ends the pause.</p></Section> : null}
      <Section title="Mail server" aside={<span className={`badge ${server ? 'ok' : 'info'}`}>{server ? 'Set up' : 'Not set up'}</span>}>
        {isAdmin ? <MailServerForm key={JSON.stringify(server)} settings={settings} /> : server ? (
          <Facts rows={[['Server', <span key="server" className="mono">{server.host}:{server.port}</span>], ['Encryption', securityWords[server.security]], ['Sender', `${server.fromName} <${server.fromAddress}>`]]} />
        ) : <p className="quiet">An admin sets it up.</p>}
      </Section>
    </>
  );
}

function MailServerForm({ settings }: { settings: MailSettingsView }) {
  const api = useApi();
  const cache = useQueryClient();
  const [typed, setTyped] = useState<MailServerView>(settings.server ?? empty);
  const [password, setPassword] = useState('');
  const [to, setTo] = useState('');
  const change = (changes: Partial<MailServerView>) => setTyped((before) => ({ ...before, ...changes }));
  const hasSameDoor = settings.server !== null && settings.server.host === typed.host && settings.server.port === typed.port && settings.server.user === typed.user;
  const hasPassword = settings.hasPassword && hasSameDoor;
  const isReady = typed.host !== '' && typed.port > 0 && typed.port <= 65_535 && typed.fromName !== '' && typed.fromAddress !== '';
  const test = useMutation({ mutationFn: () => api.client.mail.settings.test({ server: typed, password: orNull(password), to: orNull(to) }) });
  const save = useMutation({
    async mutationFn() {
      await api.client.mail.settings.save({ commandId: crypto.randomUUID(), ...typed });
      if (password !== '' && typed.user !== null) await api.client.mail.settings.setPassword({ commandId: crypto.randomUUID(), password });
    },
    onSuccess: () => setPassword(''),
    onSettled: () => markStale(api, cache, 'mail'),
  });
  return (
    <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) save.mutate(); }}>
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Server" placeholder="smtp.example.com" spellCheck={false} autoComplete="off" value={typed.host} onChange={(event) => change({ host: event.currentTarget.value.trim() })} />
        <Select w={220} label="Encryption" allowDeselect={false} value={typed.security} data={(['starttls', 'tls', 'none'] as const).map((value) => ({ value, label: securityWords[value] }))} onChange={(value) => { if (value) change({ security: value as Security, port: usualPort[value as Security] }); }} />
        <TextInput w={100} label="Port" inputMode="numeric" value={typed.port === 0 ? '' : String(typed.port)} onChange={(event) => change({ port: Number(event.currentTarget.value.replace(/\D/g, '').slice(0, 5)) })} />
      </div>
      {typed.security === 'none' && typed.host !== '' && !isLoopback(typed.host) ? (
        <Checkbox label="Passwords and invoices may be read by whoever is on the way to this server. I know, and the network is trusted." checked={typed.allowsPlaintext} onChange={(event) => change({ allowsPlaintext: event.currentTarget.checked })} />
      ) : null}
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Login" description="Empty where the server wants none." spellCheck={false} autoComplete="off" value={typed.user ?? ''} onChange={(event) => change({ user: event.currentTarget.value || null })} />
        <PasswordInput className="grow" style={{ maxWidth: 320 }} label="Password" description={hasPassword ? 'One is kept. Type another to replace it.' : 'For this server and login only.'} disabled={typed.user === null} autoComplete="off" value={password} onChange={(event) => setPassword(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }} />
      </div>
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Sender’s name" placeholder="As customers know you" value={typed.fromName} onChange={(event) => change({ fromName: event.currentTarget.value })} />
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Sender’s address" placeholder="billing@example.com" spellCheck={false} value={typed.fromAddress} onChange={(event) => change({ fromAddress: event.currentTarget.value.trim() })} />
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Answers go to" placeholder="The sender" spellCheck={false} value={typed.replyTo ?? ''} onChange={(event) => change({ replyTo: orNull(event.currentTarget.value) })} />
      </div>
      {typed.security === 'none' ? null : (
        <TextInput style={{ maxWidth: 648 }} label="Certificate authority" description="Only for a server of your own: the file, as PEM, with the authority that signed its certificate." spellCheck={false} value={typed.authorityFile ?? ''} onChange={(event) => change({ authorityFile: orNull(event.currentTarget.value) })} />
      )}
      <div className="field-row">
        <TextInput className="grow" style={{ maxWidth: 320 }} label="Send a test to" placeholder="Nobody: only connect and log in" spellCheck={false} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
        <Button variant="default" disabled={!isReady} loading={test.isPending} onClick={() => test.mutate()}>Test</Button>
        <Button type="submit" disabled={!isReady} loading={save.isPending}>Save</Button>
      </div>
      {test.isError ? <ErrorNotice error={test.error} /> : null}
      {test.data ? <CheckList checks={test.data.checks} /> : null}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </form>
  );
}
