/**
 * The people of a shared database: each with a login of their own and one role, so that the author of every change is who they are (architecture.md §12). Done by
 * an admin at a desk or with the owner's login (docs/adr/0019). A password leaves this process only as its SCRAM verifier: neither the server's logs nor its statistics ever see it.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { sharedRoles, type SharedRole } from '../../../shared/api/people.contract.ts';
import { ValidationError } from '../../../shared/errors/errors.ts';
import type { PostgresConnection } from './connection.ts';

/** Somebody who may sign in. What is null is not known: they were let in by hand, or before it was recorded. */
export interface SharedPerson {
  readonly name: string;
  /** The people's role first; service roles after it. Never empty. */
  readonly roles: readonly SharedRole[];
  /** Epoch milliseconds. */
  readonly addedAt: number | null;
  readonly addedBy: string | null;
  readonly roleGivenAt: number | null;
  readonly roleGivenBy: string | null;
  /** When a desk of theirs last synced, to five minutes. */
  readonly lastSeenAt: number | null;
  readonly isConnected: boolean;
  readonly isSelf: boolean;
  /** Why the session may not change their role or remove them: `own-role`, `last-admin`, `user-not-managed`, `role-kept-by-owner`, `people-kept-by-owner`; null: it may. */
  readonly keptCode: string | null;
}

/**
 * All of it is decided by the functions of migrations/postgres/0015, for admins and the owner alike. Each act carries the id of its request: sent again it is the same act.
 * Whoever is neither meets PermissionError `postgres-not-permitted` or `role-too-small`; an owner who lacks rights on the server `people-rights-missing`.
 */
export interface SharedPeople {
  list(): Promise<SharedPerson[]>;
  /**
   * @param password left out: one is made.
   * @returns the password, to be told to the person once; it is kept nowhere.
   * @throws ValidationError `user-name-invalid`, `user-password-weak`, `user-exists`, `role-kept-by-owner`, `people-kept-by-owner`.
   */
  add(name: string, role: SharedRole, requestId: string, password?: string): Promise<{ readonly password: string }>;
  /** The role they have from now on, in place of any other. @throws ValidationError `user-not-found`, `user-not-managed`, `own-role`, `last-admin`, `role-kept-by-owner`, `people-kept-by-owner`. */
  setRole(name: string, role: SharedRole, requestId: string): Promise<void>;
  /** A new password in place of one that was lost. Returns and throws as {@link add} and {@link setRole} do. */
  setPassword(name: string, requestId: string, password?: string): Promise<{ readonly password: string }>;
  /** Ends their sessions as well. What they did stays under their name. @throws as {@link setRole}. */
  remove(name: string, requestId: string): Promise<void>;
}

type PersonRow = { readonly [Column in 'name' | 'role' | 'added_at' | 'added_by' | 'role_given_at' | 'role_given_by' | 'last_seen_at' | 'kept_code']: string | null } & { readonly services: readonly string[]; readonly is_connected: boolean; readonly is_self: boolean };

const instant = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::bigint::text AS ${column}`;
const listQuery = `SELECT name, role, services, ${instant('added_at')}, added_by, ${instant('role_given_at')}, role_given_by, ${instant('last_seen_at')}, is_connected, is_self, kept_code FROM daybook.list_people()`;

/** @param postgres signed in as an admin or as the owner. */
export function createSharedPeople(postgres: Pick<PostgresConnection, 'query'>): SharedPeople {
  return {
    async list() {
      return (await postgres.query<PersonRow>(listQuery)).map(toPerson);
    },
    async add(name, role, requestId, given) {
      const { password, verifier } = passwordOf(given);
      await postgres.query('SELECT daybook.add_person($1, $2, $3, $4)', [name, role, verifier, requestId]);
      return { password };
    },
    async setRole(name, role, requestId) {
      await postgres.query('SELECT daybook.set_person_role($1, $2, $3)', [name, role, requestId]);
    },
    async setPassword(name, requestId, given) {
      const { password, verifier } = passwordOf(given);
      await postgres.query('SELECT daybook.set_person_password($1, $2, $3)', [name, verifier, requestId]);
      return { password };
    },
    async remove(name, requestId) {
      await postgres.query('SELECT daybook.remove_person($1, $2)', [name, requestId]);
    },
  };
}

/** The address of this desk's shared database as somebody else enters it: with their name, without a password or anything that lies on this machine alone. */
export function signInAddress(ownUrl: string, name: string): string {
  const url = new URL(ownUrl);
  url.username = name;
  url.password = '';
  for (const ours of ['user', 'password', 'sslcert', 'sslkey', 'sslpassword', 'application_name']) url.searchParams.delete(ours);
  return url.toString();
}

function toPerson(row: PersonRow): SharedPerson {
  const at = (value: string | null): number | null => (value === null ? null : Number(value));
  return {
    name: row.name ?? '', roles: sharedRoles.filter((role) => role === row.role || row.services.includes(role)), addedAt: at(row.added_at), addedBy: row.added_by, roleGivenAt: at(row.role_given_at), roleGivenBy: row.role_given_by,
    lastSeenAt: at(row.last_seen_at), isConnected: row.is_connected, isSelf: row.is_self, keptCode: row.kept_code,
  };
}

function passwordOf(given: string | undefined): { readonly password: string; readonly verifier: string } {
  const password = given ?? randomBytes(24).toString('base64url');
  assertPassword(password);
  return { password, verifier: scramVerifier(password, randomBytes(16)) };
}

/** Printable ASCII alone: for other signs clients differ in what they send. */
function assertPassword(password: string): void {
  if (/^[\x20-\x7e]{12,200}$/.test(password)) return;
  throw new ValidationError('user-password-weak', 'A password has at least 12 signs of plain ASCII.', { nextStep: 'Choose a longer one, or leave DAYBOOK_NEW_PASSWORD out and have one made.' });
}

const scramIterations = 4_096;

/** What PostgreSQL keeps of a password (RFC 5803); it takes it as it is and never sees the password itself. */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}
