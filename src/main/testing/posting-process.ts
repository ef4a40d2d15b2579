/**
 * Posts sales into a ledger file, a few in each transaction, and says after each commit how far the chain goes: `<sequence> <hash>`. Run again it begins again: what
 * stands is left as it stands. `node posting-process.ts <file> <count> <seed>`
 */
import { writeSync } from 'node:fs';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { createJournal } from '../ledger/journal.ts';
import { silentLogger } from '../platform/logger.ts';
import { randomFrom, wholeFrom } from './random-from.ts';
import { smallSale } from './small-books.ts';

const head = sql('testing.head', 'SELECT ledger_sequence AS sequence, hash FROM journal_entries ORDER BY ledger_sequence DESC LIMIT 1');

const [file = '', count = '0', seed = '0'] = process.argv.slice(2);
const random = randomFrom(Number(seed));
const database = openDatabase({ file, logger: silentLogger });
const journal = createJournal({ clock: fixedClock(0) });
for (let next = 0; next < Number(count); ) {
  const drafts = Array.from({ length: wholeFrom(random, 1, 12) }, (_, index) => smallSale(`sale/${next + index}`, next + index + 1));
  database.unitOfWork.run('post', (writable) => journal.post(writable, drafts));
  next += drafts.length;
  const reached = database.get<{ sequence: number; hash: string }>(head);
  writeSync(1, `${reached?.sequence} ${reached?.hash}\n`);
}
database.close();
