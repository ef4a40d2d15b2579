import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sql } from '../database/handles.ts';
import { applicationRoot } from '../platform/resources.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { ownedEntities } from './ownership.ts';

describe('who owns what', () => {
  it('is told to people as it is told to the code', () => {
    const page = readFileSync(join(applicationRoot(), 'docs', 'ownership.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Entity') && !line.startsWith('| ---'));
    const told = rows.map((line) => line.split('|').slice(1, 4).map((cell) => cell.trim()));
    expect(told).toEqual(ownedEntities.map(({ entity, owner, travel }) => [entity, owner, travel]));
  });

  it('names tables that exist, each once', () => {
    using ledger = openTemporaryDatabase();
    const existing = new Set(ledger.database.all<{ name: string }>(sql('test.tables', "SELECT name FROM sqlite_master WHERE type = 'table'")).map((row) => row.name));
    const named = ownedEntities.flatMap(({ tables }) => tables);
    expect(named.filter((table) => !existing.has(table))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });
});
