/** What a relay cannot be quicker than: reads each body to its end and answers 200. Prints `{ url }` and stays until its parent is gone. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer = '{"received":true}';
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer));
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
