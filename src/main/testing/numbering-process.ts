/**
 * A desk that leases numbers and gives them to documents, and says after each commit which document has which: `<document> <number>`. Run again it begins again: a document that has a
 * number keeps it. In the end it tells what it used and returns what is left. `node numbering-process.ts <ledger file> <postgres url> <desk> <documents> <day of issue>`
 */
import { writeSync } from 'node:fs';
import { localDate } from '../../shared/calendar/local-date.ts';
import { StateError } from '../../shared/errors/errors.ts';
import { createLeasedDocumentNumbers } from '../billing/leased-document-numbers.ts';
import { openDatabase } from '../database/open-database.ts';
import { openPostgres } from '../integrations/postgres/connection.ts';
import { createSharedNumberAuthority } from '../integrations/postgres/shared-document-numbers.ts';
import { idFromKey, newId } from '../platform/ids.ts';
import { silentLogger } from '../platform/logger.ts';

const [file = '', url = '', desk = '', count = '0', day = ''] = process.argv.slice(2);
const issueDate = localDate(day);
const year = Number(day.slice(0, 4));
const user = new URL(url).username;
const database = openDatabase({ file, logger: silentLogger });
const postgres = openPostgres({ url, maximumConnections: 1 });
const numbers = createLeasedDocumentNumbers({ readable: database, unitOfWork: database.unitOfWork, authority: createSharedNumberAuthority(postgres, user, desk), clock: { now: () => Date.now() }, user, desk });
const ownBlocks = async () => (await numbers.overview()).blocks.filter((block) => block.isOfThisDesk && ['live', 'returning', 'asked'].includes(block.state));

for (let next = 0; next < Number(count); next += 1) {
  const documentId = idFromKey(`${desk}/${next}`);
  const allocate = () => numbers.allocate({ series: 'INV', issueDate, documentId, actor: user });
  const { text } = await allocate().catch(async (error: unknown) => {
    if (!(error instanceof StateError)) throw error;
    await numbers.lease({ blockId: newId(), series: 'INV', year, count: 3, days: 7, actor: user });
    return allocate();
  });
  writeSync(1, `${documentId} ${text}\n`);
  if (next % 2 === 1) await numbers.reportUses();
  if (next % 5 === 4) for (const block of await ownBlocks()) await numbers.return({ blockId: block.id, reason: 'Now and then', actor: user });
}
await numbers.reportUses();
for (const block of await ownBlocks()) await numbers.return({ blockId: block.id, reason: 'Done', actor: user });
await postgres.close();
database.close();
