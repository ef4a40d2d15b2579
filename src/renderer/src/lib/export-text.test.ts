import { describe, expect, it } from 'vitest';
import { neutraliseCell, toCsv, toTsv } from './export-text.ts';

describe('tables as text', () => {
  it.each([['=1+1', "'=1+1"], ['@cmd', "'@cmd"], ['+49 30', "'+49 30"], ['-12.50', '-12.50'], ['+7', '+7'], ['Plain', 'Plain']])('brings %s to %s', (cell, safe) => {
    expect(neutraliseCell(cell)).toBe(safe);
  });

  it('keeps one cell per tab and one row per line', () => {
    expect(toTsv([['a\tb', 'c\nd'], ['1', '2']])).toBe('a b\tc d\n1\t2');
  });

  it('quotes what CSV needs quoted', () => {
    expect(toCsv([['a,b', 'say "x"', 'plain']])).toBe('"a,b","say ""x""",plain\r\n');
  });
});
