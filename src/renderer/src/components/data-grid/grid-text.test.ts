import { expect, it } from 'vitest';
import { gridText } from './grid-text.ts';
import type { GridColumn } from './grid-types.ts';

type Row = { id: string; total: string; currency: string };
const columns: readonly GridColumn<Row>[] = [
  { id: 'id', header: 'Number', size: 100, cell: (row) => row.id, text: (row) => row.id },
  { id: 'total', header: 'Total', size: 100, cell: (row) => row.total, text: (row) => row.total, currencyOf: (row) => row.currency },
];

it('puts the currency of an amount in a column beside it', () => {
  expect(gridText(columns, [{ id: 'A-1', total: '19200', currency: 'jpy' }, { id: 'A-2', total: '6.670', currency: 'kwd' }])).toEqual([
    ['Number', 'Total', 'Total currency'], ['A-1', '19200', 'jpy'], ['A-2', '6.670', 'kwd'],
  ]);
});
