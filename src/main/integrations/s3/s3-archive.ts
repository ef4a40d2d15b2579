/**
 * An archive in a bucket, over any endpoint that speaks S3. Requests are signed with their content's hash (Signature Version 4), so that what arrives is what was sent. A file goes out only under a free name
 * (`If-None-Match`); where an endpoint does not know that, it is looked before.
 */
import { createHash, randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { DaybookError } from '../../../shared/errors/errors.ts';
import type { BucketPlace } from '../../archiving/archive-settings.ts';
import type { ArchiveCheck, ArchiveStore, StoredFile } from '../../archiving/archiving.ports.ts';
import { refusalOf, unreachable } from './s3-errors.ts';

export interface S3ArchiveOptions {
  readonly place: BucketPlace;
  readonly secretKey: string;
  /** After so long without an answer a request is given up. */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const hashName = 'x-amz-meta-sha256';
const largestAnswerBytes = 64 * 1024 * 1024;

export function createS3Archive({ place, secretKey, timeoutMs = 30_000 }: S3ArchiveOptions): ArchiveStore {
  const signer = new AwsClient({ accessKeyId: place.accessKeyId, secretAccessKey: secretKey, service: 's3', region: place.region, retries: 0 });
  const { protocol, host } = new URL(place.endpoint);
  const base = place.addressing === 'path' ? `${place.endpoint}/${place.bucket}/` : `${protocol}//${place.bucket}.${host}/`;
  const keyOf = (name: string): string => (place.prefix === '' ? name : `${place.prefix}/${name}`);
  /** Asked once: an endpoint that does not know the condition will not learn it. */
  let knowsCondition = true;

  /** Redirects are not followed: what is signed for one host is not shown to another. */
  async function ask(method: 'PUT' | 'HEAD' | 'GET' | 'DELETE', name: string, signal: AbortSignal, sent: { readonly bytes?: Uint8Array; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Answer> {
    const body = sent.bytes ?? new Uint8Array();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const request = await signer.sign(`${base}${keyOf(name)}`, {
        method, redirect: 'manual', headers: { ...sent.headers, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') }, ...(sent.bytes ? { body: Buffer.from(sent.bytes) } : {}),
      });
      const response = await fetch(request, { signal: limit });
      return { status: response.status, headers: response.headers, body: await readAnswer(response) };
    } catch (cause) {
      signal.throwIfAborted();
      throw unreachable(place, cause);
    }
  }

  const locationOf = (name: string): string => `s3://${place.bucket}/${keyOf(name)}`;

  /** The file that stands under a name: its hash, or null where there is none. Without a hash of ours its bytes are read. */
  async function hashOf(name: string, signal: AbortSignal): Promise<string | null> {
    const head = await ask('HEAD', name, signal);
    if (head.status === 404) return null;
    if (head.status !== 200) throw refusalOf(place, head);
    const noted = head.headers.get(hashName);
    if (noted !== null) return noted;
    const file = await ask('GET', name, signal);
    if (file.status !== 200) throw refusalOf(place, file);
    return createHash('sha256').update(file.body).digest('hex');
  }

  async function put(name: string, { bytes, sha256 }: Parameters<ArchiveStore['put']>[1], signal: AbortSignal): Promise<StoredFile> {
    const location = locationOf(name);
    const standing = async (): Promise<StoredFile | null> => {
      const hash = await hashOf(name, signal);
      return hash === null ? null : { outcome: hash === sha256 ? 'there-already' : 'name-taken', location };
    };
    const isConditional = knowsCondition;
    if (!isConditional) {
      const found = await standing();
      if (found) return found;
    }
    const headers = { 'content-type': name.endsWith('.pdf') ? 'application/pdf' : 'text/plain; charset=utf-8', [hashName]: sha256, ...(isConditional ? { 'if-none-match': '*' } : {}) };
    const answer = await ask('PUT', name, signal, { bytes, headers });
    if (answer.status === 412) {
      const found = await standing();
      if (found) return found;
      throw refusalOf(place, answer);
    }
    if (answer.status === 501 && isConditional) {
      knowsCondition = false;
      return put(name, { bytes, sha256 }, signal);
    }
    if (answer.status !== 200) throw refusalOf(place, answer);
    return { outcome: 'stored', location };
  }

  return {
    put,
    async test(signal) {
      const checks: ArchiveCheck[] = [];
      const name = `daybook-test-${randomUUID()}.txt`;
      const bytes = new TextEncoder().encode('A test from Daybook. It may be deleted.\n');
      try {
        await put(name, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }, signal);
        checks.push({ name: 'Writing', isFine: true, message: `${place.endpoint} took a file into ${place.bucket}.`, nextStep: null });
        const back = await ask('GET', name, signal);
        const isSame = back.status === 200 && Buffer.compare(back.body, bytes) === 0;
        checks.push(isSame ? { name: 'Reading', isFine: true, message: 'It came back as it was sent.', nextStep: null } : { name: 'Reading', isFine: back.status === 403, message: back.status === 403 ? 'This key may write, and not read: a file of the same name cannot be told from another.' : 'It did not come back as it was sent.', nextStep: back.status === 403 ? 'Let the key read objects too, where the company’s rules allow it.' : 'Check which store the endpoint stands for.' });
        const gone = await ask('DELETE', name, signal);
        checks.push({ name: 'Cleaning up', isFine: true, message: gone.status < 300 ? 'The test’s file was taken away again.' : `${name} stays there: this key may not delete, which suits an archive.`, nextStep: null });
      } catch (error) {
        if (!(error instanceof DaybookError)) throw error;
        checks.push({ name: checks.length === 0 ? 'Writing' : 'Reading', isFine: false, message: `${error.message} (${error.code})`, nextStep: error.nextStep ?? null });
      }
      return checks;
    },
  };
}

/** No answer of a store that is asked for one invoice is large: what is, is not read to its end. */
async function readAnswer(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).byteLength;
    if (length > largestAnswerBytes) throw new Error('The answer is too large.');
  }
  return Buffer.concat(chunks);
}
