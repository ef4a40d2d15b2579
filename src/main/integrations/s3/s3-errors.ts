/** What an S3 endpoint or the way to it did, in the house's words. */
import { PermissionError, ProviderError, type DaybookError } from '../../../shared/errors/errors.ts';
import type { BucketPlace } from '../../archiving/archive-settings.ts';

const provider = 's3';

/** Nobody answered, or not to the end. */
export function unreachable(place: BucketPlace, cause: unknown): ProviderError {
  const reason = reasonOf(cause);
  if (/CERT|certificate|SELF_SIGNED|UNABLE_TO_/.test(reason)) {
    return new ProviderError('archive-certificate-refused', `${place.endpoint} did not show a certificate that can be trusted. Nothing was sent.`, { provider, isRetryable: false, cause, nextStep: 'Check the endpoint’s name; for a store of your own, start Daybook with NODE_EXTRA_CA_CERTS naming its authority.' });
  }
  return new ProviderError('archive-unreachable', `The archive at ${place.endpoint} cannot be reached.`, { provider, isRetryable: true, cause, data: { reason }, nextStep: 'Check the endpoint and the network. Documents wait, and Daybook tries again by itself.' });
}

/** It said yes, and the file is not there. */
export function notKept(place: BucketPlace): ProviderError {
  return new ProviderError('archive-not-kept', `${place.endpoint} said that it took a document, and does not have it.`, { provider, isRetryable: true, nextStep: 'Check that an S3 store answers there, and no page of the network for logging in. Documents wait, and Daybook tries again by itself.' });
}

/** Stores may begin to answer before they know that they fail: the error is then in an answer of 200. */
export function isErrorText(body: Uint8Array): boolean {
  return /<Error[\s>]/.test(Buffer.from(body.subarray(0, 4_096)).toString('utf8'));
}

/** What a store says where it cannot at the moment, whatever the status beside it. */
const passing = /^(InternalError|SlowDown|ServiceUnavailable|RequestTimeout|OperationAborted|ConditionalRequestConflict)$/;

/** It answered, and did not do it. The store's own code and words are kept; they never hold what was sent. */
export function refusalOf(place: BucketPlace, { status, body }: { readonly status: number; readonly body: Uint8Array }): DaybookError {
  const text = Buffer.from(body.subarray(0, 4_096)).toString('utf8');
  const said = (name: string): string => new RegExp(`<${name}>([^<]{1,300})</${name}>`).exec(text)?.[1]?.trim() ?? '';
  const code = said('Code');
  const data = { status, code, answer: said('Message').slice(0, 300) };
  if (code === 'NoSuchBucket') return new ProviderError('archive-bucket-missing', `There is no bucket ${place.bucket} at ${place.endpoint}.`, { provider, isRetryable: false, data, nextStep: 'Make the bucket, or correct its name in Settings, Archive.' });
  if (code === 'RequestTimeTooSkewed') return new ProviderError('archive-clock-apart', 'The archive refuses requests because this machine’s clock is too far from its own.', { provider, isRetryable: true, data, nextStep: 'Set this machine’s clock; documents wait until then.' });
  if (status === 401 || status === 403) return new PermissionError('archive-access-refused', `The archive refused the key ${place.accessKeyId}${code === '' ? '' : `: ${code}`}.`, { data, nextStep: 'Check key, secret, region and the key’s rights (PutObject, GetObject) in Settings, Archive.' });
  if (status >= 300 && status < 400) return new ProviderError('archive-region-wrong', `The bucket ${place.bucket} is served from another endpoint.`, { provider, isRetryable: false, data, nextStep: 'Enter the endpoint and the region of the bucket.' });
  if (status === 429 || status === 409 || status >= 500 || passing.test(code)) return new ProviderError('archive-busy', `The archive cannot take a document at the moment${code === '' ? '' : ` (${code})`}.`, { provider, isRetryable: true, data, nextStep: 'Documents wait, and Daybook tries again by itself.' });
  return new ProviderError('archive-refused', `The archive refused a document${code === '' ? '' : `: ${code}`}.`, { provider, isRetryable: false, data, nextStep: 'Its answer says why; check Settings, Archive.' });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
