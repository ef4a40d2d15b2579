/** What may stand at the address of the shared database and is none: over a real socket, each gets a word for the person. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openPostgres, toPostgresError } from './connection.ts';

let server: Server | undefined;

afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

async function askAt(query: string, answer: (socket: Socket) => void): Promise<unknown> {
  const started = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const postgres = openPostgres({ url: `postgres://ada:pw@127.0.0.1:${(started.address() as AddressInfo).port}/books${query}` });
  try {
    return await postgres.query('SELECT 1').catch((error: unknown) => error);
  } finally {
    await postgres.close();
  }
}

/** An error as the server's protocol carries it. */
function refusal(fields: Readonly<Record<string, string>>): Buffer {
  const body = Buffer.from(`${Object.entries(fields).map(([name, value]) => `${name}${value}\0`).join('')}\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('a web server that is asked for TLS is told apart', async () => {
  expect(await askAt('?sslmode=require', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).toMatchObject({ code: 'postgres-answer-unreadable' });
});

test('a web server without TLS is no server that can be reached', async () => {
  expect(await askAt('', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).toMatchObject({ code: 'postgres-unreachable' });
});

test.each(['a code\u001b[2J', 'X', 'x'.repeat(500)])('a refusal whose code is none (%j) is an error without a name', async (detail) => {
  expect(await askAt('', (socket) => socket.end(refusal({ S: 'FATAL', C: 'DB001', M: 'no', D: detail })))).toMatchObject({ code: 'postgres-error' });
});

describe('without a network', () => {
  test.each(['EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])('%s is a server that cannot be reached', (code) => {
    expect(toPostgresError(Object.assign(new Error('no way there'), { code }))).toMatchObject({ code: 'postgres-unreachable' });
  });
});
