/** Money is counted in whole minor units: where it is counted, nothing makes or cuts a fraction (architecture.md §4). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript6';
import { describe, expect, test } from 'vitest';

const rooms = ['src/shared/money', 'src/main/ledger', 'src/main/intake', 'src/main/mirror', 'src/main/billing', 'src/main/contracts', 'src/main/reconciliation', 'src/main/revenue', 'src/main/documents', 'src/main/reporting'];

/** They count seconds and shares of work, no money. */
const exempt = ['src/main/intake/refill-progress.ts', 'src/main/intake/transaction-pace.ts'].map((file) => join(file));

const sources = (room: string): string[] => readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => join(room, name)).filter((file) => !exempt.includes(file));

/** `parseFloat`, `toFixed` and numbers with a fraction, each with its place. */
function floatsIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isFloat = (ts.isIdentifier(node) && (node.text === 'parseFloat' || node.text === 'toFixed' || node.text === 'toPrecision')) || (ts.isNumericLiteral(node) && !Number.isSafeInteger(Number(node.text)));
    if (isFloat) found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.getText()}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('where money is counted', () => {
  test.each(rooms)('%s has no floats', (room) => {
    const files = sources(room);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => floatsIn(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  test('one would be found', () => {
    expect(floatsIn('x.ts', 'const a = 0.07 * b;\nconst c = Number(d.toFixed(2));\nparseFloat(e); const f = 100;')).toEqual(['x.ts:1 0.07', 'x.ts:2 toFixed', 'x.ts:3 parseFloat']);
  });
});
