import { Box } from '../../../components/screen.tsx';
import type { DraftDesk } from './draft-desk.ts';
import type { DraftView, Step } from './draft-steps.ts';
import { readAddress, readCountry, readLine, readName } from './draft-typing.ts';
import { TypedArea } from './typed-area.tsx';
import { TypedCell } from './typed-cell.tsx';

type CustomerChange = Omit<Extract<Step, { kind: 'set-customer' }>, 'kind'>;
const asIs = (value: string) => value;

/** A customer that was typed in, who has no record to be corrected in. */
export function CustomerBox({ desk, customer }: { desk: DraftDesk; customer: NonNullable<DraftView['customer']> }) {
  const change = (what: CustomerChange) => desk.act([{ kind: 'set-customer', ...what }]);
  const line = (label: string, name: 'legalName' | 'email' | 'taxNumber', mostLetters: number, description: string) => (
    <TypedCell label={label} isLabelled description={description} value={customer[name] ?? ''} read={(typed) => readLine(typed, mostLetters)} write={asIs} onCommit={(value) => change({ [name]: value === '' ? null : value })} />
  );
  return (
    <Box title="Customer">
      <div className="section term-grid customer-grid">
        <TypedCell label="Name" isLabelled description="One name, one customer" value={customer.name} read={readName} write={asIs} onCommit={(name) => change({ name })} />
        {line('Legal name', 'legalName', 300, 'As printed, where it differs')}
        <TypedArea label="Address" description="As printed, a line each" maxLength={2_000} maxRows={6} value={customer.address.join('\n')} onCommit={(typed) => change({ address: readAddress(typed) })} />
        <TypedCell label="Country" isLabelled description="Two letters; decides the tax" value={customer.country ?? ''} read={readCountry} write={asIs} onCommit={(value) => change({ country: value === '' ? null : value })} />
        {line('VAT or tax id', 'taxNumber', 50, 'Printed; decides the tax')}
        {line('E-mail', 'email', 300, 'Where invoices are sent')}
      </div>
    </Box>
  );
}
