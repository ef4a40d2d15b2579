/**
 * An archive in a bucket, over any endpoint that speaks S3. Requests are signed with their content's hash (Signature Version 4), so that what arrives is what was sent. A file goes out only under a free name:
 * it is looked before, and sent with a condition (`If-None-Match`) where the endpoint knows that.
 */
import { createHash, randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { DaybookError, PermissionError } from '../../../shared/errors/errors.ts';
import type { BucketPlace } from '../../archiving/archive-settings.ts';
import type { ArchiveCheck, ArchiveStore, OutgoingFile, StoredFile } from '../../archiving/archiving.ports.ts';
import { isErrorText, notKept, refusalOf, unreachable } from './s3-errors.ts';

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

  /** What stands under a name beside the file that is to go there; null: nothing. Its bytes are read, as its own note of their hash may be another's; a key that may not read has only the note. */
  async function standing(name: string, { bytes, sha256 }: OutgoingFile, signal: AbortSignal): Promise<StoredFile['outcome'] | null> {
    const head = await ask('HEAD', name, signal);
    if (head.status === 404) return null;
    // An answer to HEAD has no words: those of the same question with words are shown.
    if (head.status !== 200) throw refusalOf(place, head.status >= 300 && head.status <= 400 ? await ask('GET', name, signal) : head);
    const length = head.headers.get('content-length');
    if (length !== null && Number(length) !== bytes.byteLength) return 'name-taken';
    const file = await ask('GET', name, signal);
    if (file.status !== 200 && file.status !== 403) throw refusalOf(place, file);
    const hash = file.status === 403 ? head.headers.get(hashName) : createHash('sha256').update(file.body).digest('hex');
    return hash === sha256 ? 'there-already' : 'name-taken';
  }

  /** Looked at first, as some endpoints take the condition and do not heed it. A key that may only write cannot look: there the condition is all there is. */
  async function lookedAt(name: string, file: OutgoingFile, signal: AbortSignal): Promise<StoredFile['outcome'] | null> {
    try {
      return await standing(name, file, signal);
    } catch (error) {
      if (error instanceof PermissionError) return null; // the upload says whether the key is wrong, with the store's words
      throw error;
    }
  }

  /** A store says nothing more than that it took a file, with a tag; whoever says more (an error in an answer of 200, a network's page for logging in) is asked for the file. */
  async function assertTaken(name: string, file: OutgoingFile, answer: Answer, signal: AbortSignal): Promise<void> {
    if (answer.headers.get('etag') !== null && answer.body.byteLength === 0) return;
    if (isErrorText(answer.body)) throw refusalOf(place, answer);
    if ((await standing(name, file, signal)) !== 'there-already') throw notKept(place);
  }

  async function put(name: string, file: OutgoingFile, signal: AbortSignal): Promise<StoredFile> {
    const location = locationOf(name);
    const found = await lookedAt(name, file, signal);
    if (found) return { outcome: found, location };
    const headers = { 'content-type': name.endsWith('.pdf') ? 'application/pdf' : 'text/plain; charset=utf-8', [hashName]: file.sha256 };
    const upload = (isConditional: boolean): Promise<Answer> => ask('PUT', name, signal, { bytes: file.bytes, headers: { ...headers, ...(isConditional ? { 'if-none-match': '*' } : {}) } });
    const isConditional = knowsCondition;
    let answer = await upload(isConditional);
    if (answer.status === 501 && isConditional) {
      knowsCondition = false;
      answer = await upload(false);
    }
    // A key that may only write learns no more than that the name is taken; it may be by this very file, whose answer was lost.
    if (answer.status === 412) return { outcome: (await lookedAt(name, file, signal)) ?? 'name-taken', location };
    if (answer.status < 200 || answer.status > 299) throw refusalOf(place, answer);
    await assertTaken(name, file, answer, signal);
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
