/** The shared schema straight from its files, for tests of the sandbox that are not about the product's own migrating. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withClient } from '../postgres.ts';

export async function applyMigrationFiles(ownerUrl: string): Promise<void> {
  const folder = join(import.meta.dirname, '..', '..', 'migrations', 'postgres');
  await withClient(ownerUrl, async (client) => {
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).toSorted()) await client.query(await readFile(join(folder, name), 'utf8'));
  });
}
