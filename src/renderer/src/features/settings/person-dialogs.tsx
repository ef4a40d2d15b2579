/** Letting somebody in, giving them another role or a new password, taking them away: each asked for and confirmed. */
import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { NewPasswordView, PersonView } from '../../../../shared/api/people.contract.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi, type Api } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { copyText } from '../../lib/copy-text.ts';
import { isPeopleRole, peopleRoles, roleWords, type PeopleRole } from './people-words.ts';

/** Nothing of it outlives the dialog: an answer may carry a password. */
function usePeopleAct<Input, Result>(act: (client: Api['client']['people'], input: Input, commandId: string) => Promise<Result>) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  return useMutation({ gcTime: 0, mutationFn: (input: Input) => act(api.client.people, input, commandId), onSettled: () => markStale(api, cache, 'settings') });
}

const isName = (name: string): boolean => /^[a-z][a-z0-9_]{1,39}$/.test(name) && !/^(pg_|daybook_)/.test(name);

export function AddPersonDialog({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState<PeopleRole>('viewer');
  const name = typed.trim();
  const adding = usePeopleAct((people, input: { name: string; role: PeopleRole }, commandId) => people.add({ ...input, commandId }));
  if (adding.data) return <PasswordDialog title={`${adding.data.name} may sign in`} shown={adding.data} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Add a person">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isName(name)) adding.mutate({ name, role }); }}>
        <TextInput label="Name" description="What they sign in with: small letters, digits and underscores, such as ada or ben_miller." required data-autofocus spellCheck={false} autoComplete="off" value={typed} error={name.length > 1 && !isName(name) ? 'Small letters, digits and underscores, a letter first.' : undefined} onChange={(event) => setTyped(event.currentTarget.value)} />
        <RolePicker value={role} onChange={setRole} />
        {role === 'admin' || role === 'accountant' ? <p className="quiet">An {role} can be the second person who approves. Who let them in is recorded.</p> : null}
        {adding.isError ? <ErrorNotice error={adding.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isName(name)} loading={adding.isPending}>Add</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}

function RolePicker({ value, onChange }: { value: PeopleRole; onChange: (role: PeopleRole) => void }) {
  return (
    <Radio.Group label="Role" value={value} onChange={(role) => onChange(role as PeopleRole)}>
      <div style={{ display: 'grid', gap: 8, marginTop: 4 }}>{peopleRoles.map(([role, may]) => <Radio key={role} value={role} label={roleWords[role]} description={may} />)}</div>
    </Radio.Group>
  );
}

export function RoleDialog({ person, onClose }: { person: PersonView; onClose: () => void }) {
  const now = person.roles.find(isPeopleRole) ?? 'viewer';
  const [role, setRole] = useState<PeopleRole>(now);
  const order = peopleRoles.map(([one]) => one);
  const shrinks = order.indexOf(role) < order.indexOf(now);
  const setting = usePeopleAct((people, input: { name: string; role: PeopleRole }, commandId) => people.setRole({ ...input, commandId }));
  return (
    <Modal opened onClose={onClose} title={`Role of ${person.name}`}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (role !== now) setting.mutate({ name: person.name, role }, { onSuccess: onClose }); }}>
        <RolePicker value={role} onChange={setRole} />
        <p className="quiet">{shrinks ? 'It holds at once in the shared database. What they may no longer read is taken off their desk at its next sync.' : 'It holds at once in the shared database; their desk follows at its next sync.'}</p>
        {setting.isError ? <ErrorNotice error={setting.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={role === now} loading={setting.isPending}>{role === now ? 'Change' : `Make them ${roleWords[role].toLowerCase()}`}</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}

export function NewPasswordDialog({ person, onClose }: { person: PersonView; onClose: () => void }) {
  const giving = usePeopleAct((people, input: { name: string }, commandId) => people.setPassword({ ...input, commandId }));
  if (giving.data) return <PasswordDialog title={`New password of ${person.name}`} shown={giving.data} onClose={onClose} />;
  return (
    <Confirmation title={`Give ${person.name} a new password?`} act="Give a new password" isPending={giving.isPending} error={giving.error} onAct={() => giving.mutate({ name: person.name })} onClose={onClose}>
      <p>The one they have stops to work; their desk cannot sync until they enter the new one. That you did it is recorded.</p>
    </Confirmation>
  );
}

export function RemovePersonDialog({ person, onClose }: { person: PersonView; onClose: () => void }) {
  const removing = usePeopleAct((people, input: { name: string }, commandId) => people.remove({ ...input, commandId }));
  return (
    <Confirmation title={`Remove ${person.name}?`} act="Remove" isDangerous isPending={removing.isPending} error={removing.error} onAct={() => removing.mutate({ name: person.name }, { onSuccess: onClose })} onClose={onClose}>
      <p>They can no longer sign in, and what they have open ends. What they did stays under their name.</p>
      <p className="quiet">Their desk keeps the copy it has until it is deleted there: take the machine back, or have its data folder deleted.</p>
    </Confirmation>
  );
}

interface ConfirmationProps {
  title: string;
  act: string;
  isDangerous?: boolean;
  isPending: boolean;
  error: unknown;
  onAct: () => void;
  onClose: () => void;
  children: ReactNode;
}

function Confirmation({ title, act, isDangerous = false, isPending, error, onAct, onClose, children }: ConfirmationProps) {
  return (
    <Modal opened onClose={onClose} title={title}>
      <div style={{ display: 'grid', gap: 12 }}>
        {children}
        {error ? <ErrorNotice error={error} /> : null}
        <div className="row-flex"><Button {...(isDangerous ? { color: 'red' } : {})} loading={isPending} onClick={onAct}>{act}</Button><Button variant="default" data-autofocus onClick={onClose}>Leave it</Button></div>
      </div>
    </Modal>
  );
}

/** The one moment at which a password is seen; a stray click or Escape does not end it. */
function PasswordDialog({ title, shown, onClose }: { title: string; shown: NewPasswordView; onClose: () => void }) {
  const whole = (): string => {
    const url = new URL(shown.address);
    url.password = shown.password;
    return url.toString();
  };
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      <div style={{ display: 'grid', gap: 12 }}>
        <p>This password is shown once and kept nowhere. Hand it over by a road you trust.</p>
        <Shown label="Password" text={shown.password} />
        <Shown label="Address" text={shown.address} />
        <p className="quiet">On their own machine they enter the address with the password in it in Settings, General, Shared database. If it is lost, give them a new one.</p>
        <div className="row-flex"><Button variant="default" data-autofocus onClick={() => void copyText(whole(), 'Address with password')}>Copy the address with the password</Button><Button onClick={onClose}>Done</Button></div>
      </div>
    </Modal>
  );
}

function Shown({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <div className="muted small">{label}</div>
      <div className="row-flex"><code className="control" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>{text}</code><button type="button" className="text-button" aria-label={`Copy the ${label.toLowerCase()}`} onClick={() => void copyText(text, label)}>Copy</button></div>
    </div>
  );
}
