/**
 * Errors as Stripe answers them: an HTTP status and a body `{ error: { type, code, message, param, doc_url, request_log_url } }`.
 * The wording follows Stripe's own, because people read it in logs and compare.
 */

export type StripeErrorType = 'invalid_request_error' | 'api_error' | 'idempotency_error' | 'card_error';

export interface StripeErrorDetail {
  type?: StripeErrorType;
  code?: string;
  param?: string;
  /** Further fields of the error body, such as `decline_code` or `payment_intent`. */
  extra?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** A declined card is an error whose traces stay (a failed charge, its events): the request's changes are kept. */
  keepsChanges?: boolean;
}

export class StripeError extends Error {
  readonly status: number;
  readonly detail: StripeErrorDetail;

  constructor(status: number, message: string, detail: StripeErrorDetail = {}) {
    super(message);
    this.name = 'StripeError';
    this.status = status;
    this.detail = detail;
  }

  /** The body Stripe would send; `requestId` names the request in the dashboard's log. */
  toBody(requestId: string, seconds: number): { error: Record<string, unknown> } {
    const { type = 'invalid_request_error', code, param, extra } = this.detail;
    return {
      error: {
        ...(code === undefined ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
        message: this.message,
        ...(param === undefined ? {} : { param }),
        ...extra,
        request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}?t=${seconds}`,
        type,
      },
    };
  }
}

/** Whether what a failed request did is to stand. */
export function keepsChanges(error: unknown): error is StripeError {
  return error instanceof StripeError && error.detail.keepsChanges === true;
}

/** 404 for an id in the path; 400 for one in a parameter. */
export function noSuchObject(noun: string, id: string, param: string, status: 400 | 404 = 404): StripeError {
  return new StripeError(status, `No such ${noun}: '${id}'`, { code: 'resource_missing', param });
}

export function missingParameter(param: string): StripeError {
  return new StripeError(400, `Missing required param: ${param}.`, { code: 'parameter_missing', param });
}

export function unknownParameters(params: readonly string[]): StripeError {
  const [first = ''] = params;
  return new StripeError(400, `Received unknown parameter${params.length > 1 ? 's' : ''}: ${params.join(', ')}`, {
    code: 'parameter_unknown',
    param: first,
  });
}

export function invalidInteger(param: string, value: string): StripeError {
  return new StripeError(400, `Invalid integer: ${value}`, { code: 'parameter_invalid_integer', param });
}

export function invalidRequest(message: string, param?: string, code?: string): StripeError {
  return new StripeError(400, message, { ...(param === undefined ? {} : { param }), ...(code === undefined ? {} : { code }) });
}

export function unrecognizedUrl(method: string, path: string): StripeError {
  return new StripeError(
    404,
    `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  );
}
