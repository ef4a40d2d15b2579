/** Who may sign in to the shared database, for admins (docs/adr/0019). */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, instantSchema } from './primitives.ts';

/** What an admin may give; logins of services are the owner's. */
/** All logins of the shared database: of people, and of the relay and the company's back end. */
export const sharedRoles = ['viewer', 'finance', 'accountant', 'admin', 'relay', 'company-backend'] as const;
export type SharedRole = (typeof sharedRoles)[number];

export const peopleRoleSchema = z.enum(['viewer', 'finance', 'accountant', 'admin']);
const anyRoleSchema = z.enum([...peopleRoleSchema.options, 'relay', 'company-backend']);
const nameSchema = z.string().min(1).max(63);

export const personSchema = z.object({
  name: z.string(), roles: z.array(anyRoleSchema).min(1),
  /** null: let in by hand, or before it was recorded. */
  addedAt: instantSchema.nullable(), addedBy: z.string().nullable(), roleGivenAt: instantSchema.nullable(), roleGivenBy: z.string().nullable(),
  /** When a desk of theirs last synced, to five minutes. */
  lastSeenAt: instantSchema.nullable(), isConnected: z.boolean(), isSelf: z.boolean(),
  /** Why nobody here may change their role or remove them; null: it may be done. */
  keptCode: z.string().nullable(),
});
export type PersonView = z.infer<typeof personSchema>;

/** Shown once; neither the command nor its answer is kept anywhere. */
const passwordOutput = z.object({ name: z.string(), password: z.string(), /** Where they sign in: the address for Settings, without the password. */ address: z.string() });
export type NewPasswordView = z.infer<typeof passwordOutput>;

export const peopleContract = {
  /** `isShared` false: a desk of its own, where one person does everything. */
  list: oc.input(z.object({})).output(z.object({ isShared: z.boolean(), people: z.array(personSchema) })),
  /** Sent again it is the same person, with a new password. */
  add: oc.input(z.object({ commandId: commandIdSchema, name: nameSchema, role: peopleRoleSchema })).output(passwordOutput),
  setRole: oc.input(z.object({ commandId: commandIdSchema, name: nameSchema, role: peopleRoleSchema })).output(z.object({ name: z.string(), role: peopleRoleSchema })),
  setPassword: oc.input(z.object({ commandId: commandIdSchema, name: nameSchema })).output(passwordOutput),
  /** Ends their sessions as well. */
  remove: oc.input(z.object({ commandId: commandIdSchema, name: nameSchema })).output(z.object({ name: z.string() })),
};
