import { NumberInput, Select, TextInput } from '@mantine/core';
import type { CsvMappingView } from '../../../../../shared/api/banking.contract.ts';

export interface MappingEditorProps {
  mapping: CsvMappingView;
  onChange: (mapping: CsvMappingView) => void;
  rows: readonly (readonly string[])[];
}

const signWords: Readonly<Record<CsvMappingView['sign'], string>> = { signed: 'Money out has a minus', reversed: 'Money in has a minus, as on cards', 'two-columns': 'One column out, one in', indicator: 'A column says which side' };
const delimiterWords = [{ value: ',', label: 'Comma' }, { value: ';', label: 'Semicolon' }, { value: '\t', label: 'Tab' }, { value: '|', label: 'Bar' }];
const encodings = ['utf-8', 'windows-1252', 'iso-8859-15', 'utf-16le'];
const dateFormats = ['YYYY-MM-DD', 'DD.MM.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD-MM-YYYY', 'YYYY/MM/DD', 'YYYYMMDD', 'DD.MM.YY', 'DD/MM/YY', 'MM/DD/YY'];

/** What each column of a bank’s CSV means, beside its first rows. */
export function MappingEditor({ mapping, onChange, rows }: MappingEditorProps) {
  const headings = mapping.headingLines > 0 ? (rows[mapping.headingLines - 1] ?? []) : [];
  const widest = Math.max(0, ...rows.map((row) => row.length));
  const names = mapping.headingLines > 0 ? [...new Set(headings.map((heading) => heading.trim()).filter((heading) => heading !== ''))] : Array.from({ length: widest }, (_, place) => `#${place + 1}`);
  const set = (changed: Partial<CsvMappingView>): void => onChange({ ...mapping, ...changed });
  const { columns } = mapping;
  const column = (label: string, key: Exclude<keyof CsvMappingView['columns'], 'description'>, isNeeded = false) => (
    <Select label={label} size="xs" searchable clearable={!isNeeded} placeholder={isNeeded ? 'Choose' : 'None'} value={columns[key] || null} data={[...new Set([...names, ...(columns[key] ? [columns[key]] : [])])]} onChange={(value) => set({ columns: { ...columns, [key]: value ?? '' } })} />
  );
  return (
    <div className="mapping-form">
      <TextInput className="wide" label="Name of this mapping" size="xs" required maxLength={80} value={mapping.name} placeholder="Such as the bank’s name" onChange={(event) => set({ name: event.currentTarget.value })} />
      <Select label="Encoding" size="xs" allowDeselect={false} value={mapping.encoding} data={encodings} onChange={(value) => set({ encoding: (value ?? 'utf-8') as CsvMappingView['encoding'] })} />
      <Select label="Cells are parted by" size="xs" allowDeselect={false} value={mapping.delimiter} data={delimiterWords} onChange={(value) => set({ delimiter: (value ?? ',') as CsvMappingView['delimiter'] })} />
      <NumberInput label="Lines before the first entry" size="xs" min={0} max={100} value={mapping.headingLines} onChange={(value) => set({ headingLines: Number(value) || 0 })} />
      <Select label="Days are written" size="xs" allowDeselect={false} value={mapping.dateFormat} data={dateFormats} onChange={(value) => set({ dateFormat: (value ?? 'YYYY-MM-DD') as CsvMappingView['dateFormat'] })} />
      <Select label="Decimals follow a" size="xs" allowDeselect={false} value={mapping.decimalSign} data={[{ value: '.', label: 'Point' }, { value: ',', label: 'Comma' }]} onChange={(value) => set({ decimalSign: value === ',' ? ',' : '.' })} />
      <Select label="Signs" size="xs" allowDeselect={false} value={mapping.sign} data={Object.entries(signWords).map(([value, label]) => ({ value, label }))} onChange={(value) => set({ sign: (value ?? 'signed') as CsvMappingView['sign'] })} />
      {column('Booking day', 'bookedOn', true)}
      {mapping.sign === 'two-columns' ? <>{column('Money out', 'debit', true)}{column('Money in', 'credit', true)}</> : column('Amount', 'amount', true)}
      {mapping.sign === 'indicator' ? <>{column('Side', 'side', true)}<TextInput label="Mark of money out" size="xs" value={mapping.debitMark} maxLength={40} onChange={(event) => set({ debitMark: event.currentTarget.value })} /></> : null}
      <Select label="Text" size="xs" searchable clearable placeholder="None" value={columns.description[0] ?? null} data={names} onChange={(value) => set({ columns: { ...columns, description: value === null ? [] : [value] } })} />
      {column('Name of the other side', 'counterpartyName')}
      {column('Reference', 'reference')}
      {column('The bank’s own id', 'entryReference')}
      {column('Balance after it', 'balanceAfter')}
      {column('Value day', 'valuedOn')}
      {column('Currency', 'currency')}
      {columns.currency === '' ? <TextInput label="Currency of all entries" size="xs" maxLength={3} value={mapping.currency.toUpperCase()} onChange={(event) => set({ currency: event.currentTarget.value.toLowerCase() })} /> : null}
    </div>
  );
}

/** The first rows of the file as they stand. */
export function RawRows({ rows, headingLines }: { rows: readonly (readonly string[])[]; headingLines: number }) {
  return (
    <div className="raw-rows" role="region" aria-label="First rows of the file" tabIndex={0}>
      <table className="plain tight">
        <tbody>{rows.slice(0, 12).map((row, place) => <tr key={place} className={place < headingLines ? 'quiet' : ''}><th scope="row" className="num">{place + 1}</th>{row.map((cell, at) => <td key={at}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
