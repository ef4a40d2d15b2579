/** A process that owns a data folder until it is killed: `node hold-data-folder.ts DIR`. Says `owned` when it does. */
import { acquireDataFolder } from '../platform/data-folder.ts';

const folder = process.argv[2];
if (!folder) throw new Error('Name the folder.');
acquireDataFolder(folder, 'browser');
console.log('owned');
setInterval(() => undefined, 60_000);
