import type { PersonView } from '../../../../shared/api/people.contract.ts';

export type AnyRole = PersonView['roles'][number];
export type PeopleRole = Exclude<AnyRole, 'relay' | 'company-backend'>;

export const roleWords: Readonly<Record<AnyRole, string>> = { viewer: 'Viewer', finance: 'Finance', accountant: 'Accountant', admin: 'Admin', relay: 'Relay', 'company-backend': 'Company’s back end' };

/** What each role may, the smallest first; each includes the ones before it. */
export const peopleRoles: readonly (readonly [PeopleRole, string])[] = [
  ['viewer', 'Reads the figures and the books.'],
  ['finance', 'Syncs, reconciles, works on differences; reads partners and contracts.'],
  ['accountant', 'Bills, closes months, and approves what others changed.'],
  ['admin', 'Edits partners and contracts, sets keys, and lets people in.'],
];

/** Why somebody's role stays as it is, in a word for their row. */
export const keptWords: Readonly<Record<string, string>> = {
  'own-role': 'You: another admin changes this',
  'last-admin': 'The last admin',
  'user-not-managed': 'Has other rights on the server',
  'role-kept-by-owner': 'Kept by the owner',
};

export function isPeopleRole(role: AnyRole): role is PeopleRole {
  return role !== 'relay' && role !== 'company-backend';
}
