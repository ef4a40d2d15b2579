import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PersonView } from '../../../../shared/api/people.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { keptWords, roleWords } from './people-words.ts';
import { AddPersonDialog, NewPasswordDialog, RemovePersonDialog, RoleDialog } from './person-dialogs.tsx';
import { SettingsNav } from './settings-nav.tsx';

type Asked = { readonly act: 'add' } | { readonly act: 'role' | 'password' | 'remove'; readonly person: PersonView };

/** Who may sign in to the shared database. For admins; the shared database decides each act itself. */
export function PeopleScreen() {
  const { queries } = useApi();
  const isAdmin = useCan('admin');
  const list = useQuery(queries.people.list.queryOptions({ input: {}, enabled: isAdmin }));
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = (): void => setAsked(null);
  const data = list.data;
  const isKept = data?.people.some((person) => person.keptCode === 'people-kept-by-owner') ?? false;
  return (
    <Screen title="Settings" part="People" controls={<SettingsNav />}>
      {isAdmin ? null : <EmptyState title="For admins">Who may sign in is seen and decided by admins of the shared database.</EmptyState>}
      {list.isError ? <ErrorNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {data && !data.isShared ? <AloneState /> : null}
      {data?.isShared ? (
        <>
          {isKept ? <div className="notice info"><strong>The owner keeps this to themselves</strong><span>Who may sign in is changed with the owner’s login: daybook postgres user add, role, password or remove.</span></div> : null}
          <Box title="People" note="who may sign in to the shared database; its owner is not among them" actions={isKept ? null : <Button onClick={() => setAsked({ act: 'add' })}>Add a person…</Button>}>
            <div className="scroll-x" tabIndex={0} role="group" aria-label="List of people"><PeopleTable people={data.people} onAsk={setAsked} /></div>
          </Box>
        </>
      ) : null}
      {asked?.act === 'add' ? <AddPersonDialog onClose={close} /> : null}
      {asked?.act === 'role' ? <RoleDialog person={asked.person} onClose={close} /> : null}
      {asked?.act === 'password' ? <NewPasswordDialog person={asked.person} onClose={close} /> : null}
      {asked?.act === 'remove' ? <RemovePersonDialog person={asked.person} onClose={close} /> : null}
    </Screen>
  );
}

function PeopleTable({ people, onAsk }: { people: readonly PersonView[]; onAsk: (asked: Asked) => void }) {
  return (
    <table className="plain">
      <thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Added</th><th scope="col">Last seen</th><th scope="col">Change</th></tr></thead>
      <tbody>
        {people.map((person) => (
          <tr key={person.name} style={{ whiteSpace: 'nowrap' }}>
            <th scope="row">{person.name}{person.isSelf ? <span className="muted"> (you)</span> : null}</th>
            <td>{person.roles.map((role) => roleWords[role]).join(', ')}{person.roleGivenAt === null || person.roleGivenAt === person.addedAt ? null : <span className="muted"> since <Moment at={person.roleGivenAt} by={person.roleGivenBy} /></span>}</td>
            <td><Moment at={person.addedAt} by={person.addedBy} /></td>
            <td>{person.isConnected ? <span className="ok">Now</span> : person.lastSeenAt === null ? <span className="muted">Not known</span> : <DateText instant={person.lastSeenAt} />}</td>
            <td><PersonActs person={person} onAsk={onAsk} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Moment({ at, by }: { at: number | null; by: string | null }) {
  if (at === null) return <span className="muted">Not known</span>;
  return <><DateText instant={at} />{by === null ? null : <span className="muted"> by {by}</span>}</>;
}

/** What may be done with somebody; what may not is said, not shown as clickable. */
function PersonActs({ person, onAsk }: { person: PersonView; onAsk: (asked: Asked) => void }) {
  const { keptCode, name } = person;
  const hasPassword = keptCode === null || keptCode === 'own-role' || keptCode === 'last-admin';
  const act = (word: string, which: 'role' | 'password' | 'remove', label: string) => <button type="button" className="text-button" aria-label={label} onClick={() => onAsk({ act: which, person })}>{word}</button>;
  return (
    <span className="row-flex" style={{ gap: 12, flexWrap: 'nowrap' }}>
      {keptCode === null ? act('Role…', 'role', `Change the role of ${name}`) : null}
      {hasPassword ? act('New password…', 'password', `Give ${name} a new password`) : null}
      {keptCode === null ? act('Remove…', 'remove', `Remove ${name}`) : null}
      {keptCode === null ? null : <span className="muted">{keptWords[keptCode] ?? ''}</span>}
    </span>
  );
}

function AloneState() {
  return (
    <EmptyState title="This desk works alone" action={<EntityLink to={links.settings}>Enter the address of a shared database</EntityLink>}>
      One person does everything here, and nobody else can approve. To work with others, whoever runs your PostgreSQL makes an empty database, prepares it with “daybook postgres migrate” and gives you a login with “daybook postgres user add”. What this desk owns is brought
      into it with the first sync: partners, contracts, edits, invoices and their numbers, and the books. After that people are let in here.
    </EmptyState>
  );
}
