/**
 * The errors of the house (architecture.md §9). Each has a stable kebab-case code, a sentence for a person, and data that may cross the border.
 * Never put a secret into a message or into data.
 */

export type ErrorKind = 'validation' | 'not-found' | 'state' | 'conflict' | 'permission' | 'provider' | 'storage' | 'invariant';

/** Plain values only: an error's data crosses process borders as JSON. */
export type ErrorData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface ErrorOptionsWithData {
  readonly data?: ErrorData;
  readonly cause?: unknown;
  /** What the person can do next, one sentence. */
  readonly nextStep?: string;
}

export abstract class DaybookError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly data: ErrorData;
  readonly nextStep: string | undefined;

  constructor(code: string, message: string, options: ErrorOptionsWithData = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.data = options.data ?? {};
    this.nextStep = options.nextStep;
  }
}

/** What was given is wrong: the person can correct it. */
export class ValidationError extends DaybookError {
  readonly kind = 'validation';
}

export class NotFoundError extends DaybookError {
  readonly kind = 'not-found';
}

/** The thing is not in a state that allows this: voiding a draft, finalising twice. */
export class StateError extends DaybookError {
  readonly kind = 'state';
}

/** Somebody else changed it, or the same key came with other input. */
export class ConflictError extends DaybookError {
  readonly kind = 'conflict';
}

export class PermissionError extends DaybookError {
  readonly kind = 'permission';
}

/** A system outside (Stripe, PostgreSQL, SMTP) refused or failed. */
export class ProviderError extends DaybookError {
  readonly kind = 'provider';
  readonly provider: string;
  readonly requestId: string | undefined;
  readonly isRetryable: boolean;

  constructor(code: string, message: string, options: ErrorOptionsWithData & { provider: string; requestId?: string | undefined; isRetryable: boolean }) {
    super(code, message, options);
    this.provider = options.provider;
    this.requestId = options.requestId;
    this.isRetryable = options.isRetryable;
  }
}

/** The local file or disk failed. */
export class StorageError extends DaybookError {
  readonly kind = 'storage';
}

/** A bug: roll back, log, never catch to continue. */
export class InvariantError extends DaybookError {
  readonly kind = 'invariant';
}

/** An error as it crosses the contract. */
export interface ErrorOnTheWire {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly nextStep: string | null;
  readonly data: ErrorData;
}

/** Anything thrown, as it may be shown outside: an unknown error keeps its text to itself. */
export function toErrorOnTheWire(error: unknown): ErrorOnTheWire {
  if (error instanceof DaybookError) {
    return { code: error.code, kind: error.kind, message: error.message, nextStep: error.nextStep ?? null, data: error.data };
  }
  return {
    code: 'unexpected',
    kind: 'invariant',
    message: 'Something went wrong that Daybook did not expect. Nothing was saved by this step.',
    nextStep: 'Try again; if it happens again, send the log of today to your administrator.',
    data: {},
  };
}
