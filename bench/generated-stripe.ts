/**
 * A Stripe with any number of balance transactions that holds none of them: pages are written from the numbers of their rows. `node generated-stripe.ts COUNT`
 * prints `{ url }` and stays until its parent is gone. A quarter are charges, whose objects are listed too; the rest needs no other object.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const count = Number(process.argv[2] ?? '1000');
const accountCreated = Date.UTC(2023, 0, 1) / 1000;
const now = Date.UTC(2026, 10, 18) / 1000;
const lists: Readonly<Record<string, { readonly rows: number; readonly prefix: string; readonly write: (row: number) => string }>> = {
  balance_transactions: { rows: count, prefix: 'txn_', write: writeTransaction },
  charges: { rows: Math.floor(count / 4), prefix: 'ch_', write: (row) => writeCharge(row) },
};

/** Row 0 is the oldest. */
const createdOf = (row: number, rows: number): number => accountCreated + 60 + Math.floor(((now - accountCreated - 120) * row) / rows);
const idOf = (prefix: string, row: number): string => `${prefix}3${String(row).padStart(23, '0')}`;

function writeTransaction(row: number): string {
  const created = createdOf(row, count);
  const isCharge = row % 4 === 0;
  const amount = isCharge ? 1_000 + (row % 9_000) : -(10 + (row % 90));
  const fee = isCharge ? 59 : 0;
  const source = isCharge ? `"${idOf('ch_', row / 4)}"` : 'null';
  return `{"id":"${idOf('txn_', row)}","object":"balance_transaction","amount":${amount},"available_on":${created + 172_800},"balance_type":"payments","created":${created},"currency":"usd","description":"Row ${row} of the generated account","exchange_rate":null,"fee":${fee},"fee_details":[{"amount":${fee},"application":null,"currency":"usd","description":"Stripe processing fees","type":"stripe_fee"}],"net":${amount - fee},"reporting_category":"${isCharge ? 'charge' : 'fee'}","source":${source},"status":"available","type":"${isCharge ? 'charge' : 'stripe_fee'}"}`;
}

function writeCharge(row: number): string {
  const created = createdOf(row * 4, count);
  const amount = 1_000 + ((row * 4) % 9_000);
  return `{"id":"${idOf('ch_', row)}","object":"charge","amount":${amount},"amount_captured":${amount},"amount_refunded":0,"balance_transaction":"${idOf('txn_', row * 4)}","billing_details":{"address":{"city":null,"country":"US","line1":null,"line2":null,"postal_code":"94107","state":null},"email":null,"name":"Customer ${row % 5_000}","phone":null},"captured":true,"created":${created},"currency":"usd","customer":null,"description":"Row ${row}","disputed":false,"failure_code":null,"livemode":false,"metadata":{},"paid":true,"payment_intent":"${idOf('pi_', row)}","payment_method_details":{"card":{"brand":"visa","country":"US","last4":"4242"},"type":"card"},"refunded":false,"status":"succeeded"}`;
}

/** The first row whose object was made at or after a moment. */
function firstRowAt(seconds: number, rows: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (createdOf(middle, rows) >= seconds) high = middle;
    else low = middle + 1;
  }
  return low;
}

function writePage(name: string, query: URLSearchParams): string {
  const list = lists[name];
  const rows = list?.rows ?? 0;
  if (!list || rows === 0) return `{"object":"list","data":[],"has_more":false,"url":"/v1/${name}"}`;
  const from = query.has('created[gte]') ? firstRowAt(Number(query.get('created[gte]')), rows) : 0;
  const before = query.has('created[lt]') ? firstRowAt(Number(query.get('created[lt]')), rows) : rows;
  const after = query.get('starting_after');
  const top = after === null ? before : Number(after.slice(list.prefix.length + 1));
  const bottom = Math.max(from, top - Number(query.get('limit') ?? '10'));
  const data: string[] = [];
  for (let row = top - 1; row >= bottom; row -= 1) data.push(list.write(row));
  return `{"object":"list","data":[${data.join(',')}],"has_more":${bottom > from},"url":"/v1/${name}"}`;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://generated');
  const name = url.pathname.replace('/v1/', '');
  const body = name === 'account' ? JSON.stringify({ id: 'acct_generated', object: 'account', default_currency: 'usd', created: accountCreated }) : writePage(name, url.searchParams);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, now: now * 1000 })));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
