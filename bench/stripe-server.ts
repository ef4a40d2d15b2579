/** The sandbox in a process of its own, so that its work is not counted as ours. Prints `{ url, secretKey }` and stays until its parent is gone. */
import { createCompany } from '../sandbox/company/company.ts';
import { startStripeSandbox } from '../sandbox/stripe/server.ts';

const { population } = createCompany({ size: 'small', seed: Number(process.argv[2] ?? '1') });
const sandbox = await startStripeSandbox({ population });
console.log(JSON.stringify({ url: sandbox.url, secretKey: sandbox.secretKey }));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
