import { describe, expect, it } from 'vitest';
import { gridKeyAction } from './grid-keyboard.ts';

const extent = { rows: 1000, columns: 6, page: 20 };
const press = (key: string, at = { row: 10, column: 2 }, options: { isControl?: boolean; isShift?: boolean } = {}) => gridKeyAction({ key, isControl: false, isShift: false, ...options }, at, extent);

describe('keys in a grid', () => {
  it.each([
    ['ArrowDown', { row: 11, column: 2 }],
    ['ArrowUp', { row: 9, column: 2 }],
    ['ArrowLeft', { row: 10, column: 1 }],
    ['ArrowRight', { row: 10, column: 3 }],
    ['PageDown', { row: 30, column: 2 }],
    ['PageUp', { row: 0, column: 2 }],
    ['Home', { row: 10, column: 0 }],
    ['End', { row: 10, column: 5 }],
  ])('%s moves', (key, to) => {
    expect(press(key)).toEqual({ kind: 'move', to });
  });

  it('goes to the first and the last cell with Control', () => {
    expect(press('Home', undefined, { isControl: true })).toEqual({ kind: 'move', to: { row: 0, column: 0 } });
    expect(press('End', undefined, { isControl: true })).toEqual({ kind: 'move', to: { row: 999, column: 5 } });
  });

  it('stays inside at every edge; above the first row is the header', () => {
    expect(press('ArrowUp', { row: 0, column: 0 })).toEqual({ kind: 'move', to: { row: -1, column: 0 } });
    expect(press('ArrowUp', { row: -1, column: 0 })).toEqual({ kind: 'move', to: { row: -1, column: 0 } });
    expect(press('ArrowDown', { row: 999, column: 5 })).toEqual({ kind: 'move', to: { row: 999, column: 5 } });
    expect(press('ArrowRight', { row: 999, column: 5 })).toEqual({ kind: 'move', to: { row: 999, column: 5 } });
  });

  it('Enter opens, Space selects, Shift and Space select a range', () => {
    expect(press('Enter')).toEqual({ kind: 'open' });
    expect(press(' ')).toEqual({ kind: 'select', isRange: false });
    expect(press(' ', undefined, { isShift: true })).toEqual({ kind: 'select', isRange: true });
  });

  it('sorts and resizes from the header', () => {
    expect(press(' ', { row: -1, column: 1 })).toEqual({ kind: 'open' });
    expect(press('ArrowRight', { row: -1, column: 1 }, { isShift: true })).toEqual({ kind: 'resize', byPx: 16 });
  });

  it('a letter or a digit looks for what begins so', () => {
    expect(press('K')).toEqual({ kind: 'type', key: 'K' });
    expect(press('c')).toEqual({ kind: 'type', key: 'c' });
    expect(press('7')).toEqual({ kind: 'type', key: '7' });
    expect(press('k', undefined, { isControl: true })).toBeNull();
  });

  it('leaves other keys alone', () => {
    expect(press('Tab')).toBeNull();
    expect(press('c', undefined, { isControl: true })).toEqual({ kind: 'copy' });
  });
});
