/**
 * A small object store that speaks S3 over HTTP on loopback: PUT, HEAD, GET and DELETE of objects in one bucket, with path-style names. It checks what a real one checks: the request's signature (Signature
 * Version 4, recomputed here from the specification), the content's hash, the clock, `If-None-Match`. Faults are made by hand.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** `x-amz-meta-…`, without the beginning. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface TestS3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretKey: string;
  readonly objects: Map<string, StoredObject>;
  /** Method and key of each request that was let in, in their order. */
  readonly requests: readonly { readonly method: string; readonly key: string; readonly status: number }[];
  /** The next requests of that method are answered so. */
  refuse(method: string, answer: { readonly status: number; readonly code: string }, times?: number): void;
  /** What is still to be refused is not. */
  forget(): void;
  /** The next requests of that method are done, and the line is cut before the answer. */
  cutAfter(method: string, times?: number): void;
  /** An endpoint of before there were conditional writes. */
  setKnowsConditions(knows: boolean | 'takes them and does not heed them'): void;
  /** A page is the answer to everything, with 200: a network that wants a login. */
  answerWithPage(page: string | null): void;
}

const bucket = 'invoices';
const region = 'eu-test-1';
const accessKeyId = 'AKIATESTKEY';
const secretKey = 'secret/of+the=bucket';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encoded = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** Recomputes the signature over what arrived. @throws Refusal. */
function checkSignature(request: IncomingMessage, body: Buffer, now: number): void {
  const header = (name: string): string => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(',') : (value ?? '');
  };
  const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(header('authorization'));
  if (!parts) throw new Refusal(403, 'AccessDenied');
  const [, key = '', day = '', wantedRegion = '', signedNames = '', signature = ''] = parts;
  if (key !== accessKeyId) throw new Refusal(403, 'InvalidAccessKeyId');
  if (wantedRegion !== region) throw new Refusal(400, 'AuthorizationHeaderMalformed');
  const stamp = header('x-amz-date');
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!stamp.startsWith(day) || Number.isNaN(at) || Math.abs(at - now) > 15 * 60_000) throw new Refusal(403, 'RequestTimeTooSkewed');
  const contentHash = header('x-amz-content-sha256');
  if (contentHash !== sha256(body)) throw new Refusal(400, 'XAmzContentSHA256Mismatch');
  const names = signedNames.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) throw new Refusal(403, 'AccessDenied');
  const url = new URL(request.url ?? '/', 'http://host');
  const path = decodeURIComponent(url.pathname).split('/').map(encoded).join('/');
  const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort().join('&');
  const canonical = [request.method, path, query, ...names.map((name) => `${name}:${header(name).trim().replace(/\s+/g, ' ')}`), '', signedNames, contentHash].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const signing = hmac(hmac(hmac(hmac(`AWS4${secretKey}`, day), region), 's3'), 'aws4_request');
  const expected = hmac(signing, ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n'));
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new Refusal(403, 'SignatureDoesNotMatch');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function startS3Server({ now = () => Date.now() }: { readonly now?: () => number } = {}): Promise<TestS3Server> {
  const objects = new Map<string, StoredObject>();
  const requests: { method: string; key: string; status: number }[] = [];
  const refusals: { method: string; status: number; code: string; times: number }[] = [];
  const cuts: { method: string; times: number }[] = [];
  let knowsConditions: Parameters<TestS3Server['setKnowsConditions']>[0] = true;
  let page: string | null = null;

  const nextOf = <Fault extends { method: string; times: number }>(faults: Fault[], method: string): Fault | undefined => {
    const fault = faults.find((each) => each.method === method && each.times > 0);
    if (fault) fault.times -= 1;
    return fault;
  };

  function answerObject(method: string, key: string, request: IncomingMessage, body: Buffer): { status: number; headers: Record<string, string>; body: Buffer } {
    const found = objects.get(key);
    const empty = Buffer.alloc(0);
    switch (method) {
      case 'PUT': {
        const condition = request.headers['if-none-match'];
        if (condition !== undefined && knowsConditions === false) throw new Refusal(501, 'NotImplemented');
        if (condition === '*' && knowsConditions === true && found) throw new Refusal(412, 'PreconditionFailed');
        const metadata = Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name.slice(11), String(value)]] : [])));
        objects.set(key, { bytes: body, contentType: request.headers['content-type'] ?? '', metadata });
        return { status: 200, headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` }, body: empty };
      }
      case 'HEAD':
      case 'GET': {
        if (!found) throw new Refusal(404, 'NoSuchKey');
        const headers = { 'content-type': found.contentType, 'content-length': String(found.bytes.length), ...Object.fromEntries(Object.entries(found.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])) };
        return { status: 200, headers, body: method === 'GET' ? found.bytes : empty };
      }
      case 'DELETE':
        objects.delete(key);
        return { status: 204, headers: {}, body: empty };
      default:
        throw new Refusal(405, 'MethodNotAllowed');
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const [, wantedBucket = '', ...rest] = decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname).split('/');
    const key = rest.join('/');
    const body = await readBody(request);
    if (page !== null) return void response.writeHead(200, { 'content-type': 'text/html', etag: '"page"' }).end(method === 'HEAD' ? undefined : page);
    let answer: { status: number; headers: Record<string, string>; body: Buffer };
    try {
      checkSignature(request, body, now());
      const refused = nextOf(refusals, method);
      if (refused) throw new Refusal(refused.status, refused.code);
      if (wantedBucket !== bucket) throw new Refusal(404, 'NoSuchBucket');
      answer = answerObject(method, key, request, body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = { status: error.status, headers: { 'content-type': 'application/xml' }, body: method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(`<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>No.</Message></Error>`) };
    }
    requests.push({ method, key, status: answer.status });
    if (nextOf(cuts, method)) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bucket, region, accessKeyId, secretKey, objects, requests,
    refuse: (method, { status, code }, times = 1) => void refusals.push({ method, status, code, times }),
    forget: () => void refusals.splice(0),
    cutAfter: (method, times = 1) => void cuts.push({ method, times }),
    answerWithPage: (text) => void (page = text),
    setKnowsConditions: (knows) => void (knowsConditions = knows),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
