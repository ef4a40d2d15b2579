/** The pages a newcomer reads say what is there: the rooms, the commands, the other pages. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'sandbox/README.md', ...['docs', 'docs/adr'].flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`))];

describe('ARCHITECTURE.md', () => {
  const house = /^## The house$([\s\S]*?)^## /m.exec(read('ARCHITECTURE.md'))?.[1] ?? '';
  const rooms = new Set([...house.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell]) => {
    const names = [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
    // `src/main/contracts/`, `billing/`: the second stands in the folder of the first.
    return names.map((name, index) => (index === 0 || name.includes('/main/') ? name : existsSync(join(root, name)) ? name : join(dirname(names[0] ?? ''), name))).map((name) => name.replace(/\/$/, ''));
  }));

  it('names only rooms that are there', () => {
    expect(rooms.size).toBeGreaterThan(20);
    expect([...rooms].filter((room) => !existsSync(join(root, room)))).toEqual([]);
  });

  it('names every room of src/main', () => {
    const there = readdirSync(join(root, 'src/main'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => `src/main/${entry.name}`);
    expect(there.filter((room) => ![...rooms].some((known) => known === room || known.startsWith(`${room}/`)))).toEqual([]);
  });
});

describe('the pages', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target ?? '').filter((target) => !/^[a-z]+:/.test(target));
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it.each(pages)('%s names npm scripts that exist', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/(?:`|^|&& )npm (?:run )?([a-z][a-z:]*)/gm)].map(([, name]) => name ?? '').filter((name) => !['ci', 'install'].includes(name));
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
