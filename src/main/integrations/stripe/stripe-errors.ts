/**
 * Stripe's errors as the house's: a stable code, a sentence, the next step. The key never appears: messages are ours, not Stripe's.
 */
import { DaybookError, PermissionError, ProviderError } from '../../../shared/errors/errors.ts';
import type { LimitReached } from './request-pacing.ts';
import { stripeSdk } from './stripe-sdk.ts';

/** What to do about a failed request. */
export type FailureKind = 'rate-limited' | 'transient' | 'final';

export function kindOfFailure(error: unknown): FailureKind {
  if (error instanceof stripeSdk().errors.StripeError) {
    if (error.statusCode === 429) return 'rate-limited';
    if (error instanceof stripeSdk().errors.StripeConnectionError) return 'transient';
    if (error.statusCode !== undefined && (error.statusCode >= 500 || error.statusCode === 409)) return 'transient';
    // An answer that was cut off is no JSON: the request is asked again.
    if (error instanceof stripeSdk().errors.StripeAPIError && error.statusCode === undefined) return 'transient';
  }
  return error instanceof SyntaxError ? 'transient' : 'final';
}

/** Whether somebody answered at all, with an error. */
export function wasAnswered(error: unknown): boolean {
  return error instanceof stripeSdk().errors.StripeError && error.statusCode !== undefined;
}

/** `Retry-After` in milliseconds where the answer carries it. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof stripeSdk().errors.StripeError)) return undefined;
  const header = error.headers?.['retry-after'];
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** Which limit a 429 was about. What Stripe does not say, or says of the whole account, is the account's. */
export function limitReached(error: unknown): LimitReached {
  const reason = error instanceof stripeSdk().errors.StripeError ? error.headers?.['stripe-rate-limited-reason'] : undefined;
  return reason === 'endpoint-rate' || reason === 'endpoint-concurrency' || reason === 'resource-specific' ? 'endpoint' : 'account';
}

/** @param subject what was asked for, in words: 'charges', 'the account'. @param apiBase where; left out: Stripe's own place. Another one is named. */
export function toHouseError(error: unknown, subject: string, apiBase?: string): unknown {
  if (error instanceof DaybookError) return error;
  if (error instanceof SyntaxError) {
    return new ProviderError('stripe-answer-unreadable', `Stripe's answer about ${subject} could not be read.`, { provider: 'stripe', isRetryable: true, cause: error, nextStep: 'Try again in a few minutes.' });
  }
  if (!(error instanceof stripeSdk().errors.StripeError)) return error;
  const data = { subject, status: error.statusCode ?? null };
  if (error.statusCode === 401) {
    return new PermissionError('stripe-key-invalid', 'Stripe does not accept this key.', { data, nextStep: 'Check in the Stripe dashboard that the key exists and was not rolled, then set it again.' });
  }
  if (error.statusCode === 403) {
    return new PermissionError('stripe-key-lacks-permission', `The Stripe key may not read ${subject}.`, { data, nextStep: 'Give the restricted key read access to it in the Stripe dashboard.' });
  }
  const common = { provider: 'stripe', requestId: error.requestId, data } as const;
  if (error.statusCode === 429) {
    return new ProviderError('stripe-rate-limited', 'Stripe asks to slow down and did not stop asking.', { ...common, isRetryable: true, nextStep: 'Wait a minute, or leave more of the limit to others in Settings → Stripe.' });
  }
  if (kindOfFailure(error) === 'transient') {
    const isOwn = apiBase === undefined || URL.parse(apiBase)?.hostname === 'api.stripe.com';
    return new ProviderError('stripe-unreachable', isOwn ? 'Stripe cannot be reached or does not answer properly.' : `Nothing at ${apiBase} answers as Stripe does.`, {
      ...common, isRetryable: true, nextStep: isOwn ? 'Check the network and status.stripe.com; the next sync goes on where this one stopped.' : 'Check that address (--stripe-api-base, DAYBOOK_STRIPE_API_BASE or config.json) and whether its server runs; the next sync goes on where this one stopped.',
    });
  }
  return new ProviderError('stripe-error', `Stripe refused the request for ${subject}.`, { ...common, data: { ...data, stripeCode: error.code ?? error.type }, isRetryable: false, nextStep: 'See the log of today for the request id and ask Stripe support about it.' });
}
