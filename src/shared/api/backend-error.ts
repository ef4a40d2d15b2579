/**
 * An error of the backend as its callers see it: `{ code, message, data }` with a stable code, whichever road it came by (architecture.md §3).
 */
import type { ErrorData, ErrorKind } from '../errors/errors.ts';

export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly code: string;
  /** `connection` is the road's own: the backend was not reached or its answer was lost. */
  readonly kind: ErrorKind | 'connection';
  /** What the person can do next, one sentence. */
  readonly nextStep: string | null;
  readonly data: ErrorData;

  constructor(code: string, message: string, about: { kind: ErrorKind | 'connection'; nextStep: string | null; data?: ErrorData; cause?: unknown }) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.code = code;
    this.kind = about.kind;
    this.nextStep = about.nextStep;
    this.data = about.data ?? {};
  }
}

/** The call was sent, or could not be, and no answer will come. A command may be sent again with the same `commandId`. */
export function connectionLost(cause?: unknown): BackendError {
  return new BackendError('connection-lost', 'The connection to Daybook’s backend was lost before it answered.', {
    kind: 'connection', nextStep: 'What was saved is safe. Daybook reconnects by itself; try again in a moment.', cause,
  });
}

/** Codes the transport makes by itself, in capitals; ours are kebab-case. */
const transportCodes: Readonly<Record<string, readonly [code: string, message: string]>> = {
  NOT_FOUND: ['procedure-unknown', 'The backend does not know this request. The window and the backend are of different versions.'],
  BAD_REQUEST: ['input-invalid', 'The request was not what the backend expects.'],
  INTERNAL_SERVER_ERROR: ['unexpected', 'Something went wrong that Daybook did not expect. Nothing was saved by this step.'],
};

interface CarriedError {
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

/** Where a call stood when it failed. */
export interface CallState {
  readonly signal?: { readonly aborted: boolean } | undefined;
  isConnected(): boolean;
}

/** Whatever a call threw, as a `BackendError`; a cancelled call's own reason passes unchanged. */
export function toBackendError(error: unknown, state: CallState): unknown {
  if (error instanceof BackendError || state.signal?.aborted) return error;
  if (!isCarried(error)) return state.isConnected() ? unexpected(error) : connectionLost(error);
  const carried = typeof error.data === 'object' && error.data !== null ? (error.data as { kind?: ErrorKind; nextStep?: string | null; data?: ErrorData }) : {};
  const [code, message] = transportCodes[error.code] ?? [error.code, error.message];
  return new BackendError(code, message, { kind: carried.kind ?? 'invariant', nextStep: carried.nextStep ?? null, data: carried.data ?? {}, cause: error });
}

/** Runs a call; what it throws, and what a stream it answers with throws later, comes out as a `BackendError`. */
export async function callWithBackendErrors(call: () => Promise<unknown>, state: CallState): Promise<unknown> {
  try {
    const answer = await call();
    return isStream(answer) ? streamWithBackendErrors(answer, state) : answer;
  } catch (error) {
    throw toBackendError(error, state);
  }
}

async function* streamWithBackendErrors(stream: AsyncIterable<unknown>, state: CallState): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* stream;
  } catch (error) {
    throw toBackendError(error, state);
  }
}

function unexpected(cause: unknown): BackendError {
  const [code, message] = transportCodes['INTERNAL_SERVER_ERROR'] as readonly [string, string];
  return new BackendError(code, message, { kind: 'invariant', nextStep: null, cause });
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** oRPC's error: known by its shape, as this file knows no transport. */
function isCarried(error: unknown): error is CarriedError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'status' in error && 'defined' in error;
}
