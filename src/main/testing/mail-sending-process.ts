/** Sends what is due in a ledger file's outbox, in a process that can be killed. `node mail-sending-process.ts <file> <port> <now>` */
import { openDatabase } from '../database/open-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { openMailDesk } from './mail-desk.ts';

const [file = '', port = '0', now = '0'] = process.argv.slice(2);
const database = openDatabase({ file, logger: silentLogger });
await openMailDesk({ database, port: Number(port), clock: { now: () => Number(now) } }).sendDue();
database.close();
