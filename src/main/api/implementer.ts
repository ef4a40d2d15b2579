/**
 * The contract's implementer with what every procedure shares: who asks, errors in the house's words, one command at a time.
 */
import { implement, ORPCError, ValidationError as InputError } from '@orpc/server';
import { contract } from '../../shared/api/contract.ts';
import { DaybookError, PermissionError, toErrorOnTheWire, type ErrorOnTheWire } from '../../shared/errors/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { CommandLog } from '../database/command-log.ts';

export type Role = 'viewer' | 'finance' | 'accountant' | 'admin';
const roleRank: Readonly<Record<Role, number>> = { viewer: 0, finance: 1, accountant: 2, admin: 3 };

/** Who asks, as far as a reading needs to know. */
export type Asker = Pick<ApiContext, 'user' | 'role' | 'host'>;

/** Port: questions that take long, answered beside this thread. */
export interface Readings {
  isLong(path: readonly string[]): boolean;
  /**
   * The answer of the procedure at this path of the contract, which checks the input itself.
   * @throws ORPCError as the procedure does; StateError `request-withdrawn` once the signal is aborted; StorageError `reading-interrupted`.
   */
  ask(path: readonly string[], input: unknown, asker: Asker, signal: AbortSignal | undefined): Promise<unknown>;
}

/** What each call carries; made by the host, never by the client. */
export interface ApiContext {
  readonly user: string;
  readonly role: Role;
  readonly host: 'electron' | 'browser' | 'cli';
  readonly logger: Logger;
  readonly commands: CommandLog;
  /** Left out: every procedure is answered on this thread. */
  readonly readings?: Readings | undefined;
}

/** An error as oRPC carries it: our code and sentence, with kind, next step and data beside them. */
export function toRpcError(error: unknown): ORPCError<string, Omit<ErrorOnTheWire, 'code' | 'message'>> {
  const wire = toErrorOnTheWire(error);
  return new ORPCError(wire.code, { status: 400, message: wire.message, data: { kind: wire.kind, nextStep: wire.nextStep, data: wire.data } });
}

export const api = implement(contract)
  .$context<ApiContext>()
  .use(async ({ context, next, path }) => {
    try {
      return await next();
    } catch (error) {
      if (error instanceof ORPCError) {
        if (error.code === 'BAD_REQUEST' && error.cause instanceof InputError) {
          const issue = error.cause.issues[0];
          const where = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.') ?? '';
          throw new ORPCError('input-invalid', { status: 400, message: `${where ? `${where}: ` : ''}${issue?.message ?? 'The input is not what this needs.'}`, data: { kind: 'validation', nextStep: 'Correct the value and try again.', data: { field: where } } });
        }
        if (error.code === 'INTERNAL_SERVER_ERROR') context.logger.error('procedure-output-invalid', { procedure: path.join('.'), error, issues: error.cause instanceof InputError ? error.cause.issues.slice(0, 5) : undefined });
        throw error;
      }
      if (!(error instanceof DaybookError) || error.kind === 'invariant') context.logger.error('procedure-failed', { procedure: path.join('.'), error });
      throw toRpcError(error);
    }
  })
  .use(async ({ context, next, path, signal }, input, output) => {
    const { readings, user, role, host } = context;
    return readings?.isLong(path) ? output((await readings.ask(path, input, { user, role, host }, signal)) as never) : next();
  });

/** @throws PermissionError `role-too-small` unless the caller's role reaches the one needed. Postgres enforces the same again. */
export function requireRole(context: ApiContext, needed: Role): void {
  if (roleRank[context.role] < roleRank[needed]) {
    throw new PermissionError('role-too-small', `This needs the role ${needed}; you are signed in as ${context.role}.`, { data: { needed, role: context.role }, nextStep: 'Ask an admin for the role you need.' });
  }
}
