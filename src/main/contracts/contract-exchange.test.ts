import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { amendmentOf, deedContract, flatContract, requestContract } from '../testing/billing-fixtures.ts';
import { insertVersion, openContractsDesk, type ContractsDesk } from '../testing/contracts-desk.ts';
import { readContractsFile, writeContractsFile, type RecordsByEntity } from './contract-file.ts';

const desks: ContractsDesk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

const tiers = '{"mode":"graduated","tiers":[{"upTo":100,"unitPrice":"1"},{"upTo":null,"unitPrice":"0.8"}]}';
const amendmentId = '99999999-9999-4999-8999-999999999999';

const openContracts = (): ContractsDesk =>
  openContractsDesk(
    [{ ...flatContract, partnerName: '=cmd|A1', partnerLegalName: "'=2+2", purchaseOrderNumber: '-7' }, { ...deedContract, perDeedPrice: '2.90500000', tiers }, { ...requestContract, furtherPrefixes: ['dp_pk_T2', 'dp_pk_T3'] }],
    [amendmentOf(flatContract, { id: amendmentId, effectiveFrom: '2026-10-16', flatFeeMinor: 150_000 })],
  );

function openDesk(): ContractsDesk {
  const desk = openContracts();
  desks.push(desk);
  return desk;
}

const importAct = { actor: 'cleo' };
/** Problems as 'row, column: code'. */
const told = (desk: ContractsDesk, text: string, format: 'csv' | 'json' = 'csv'): string[] => desk.room.exchange.planImport(format, text).problems.map(({ row, column, code }) => `${row ?? '-'}, ${column ?? '-'}: ${code}`);

describe('a file of all contracts', () => {
  test.each(['csv', 'json'] as const)('as %s is read back as no change at all', (format) => {
    const desk = openDesk();
    const { fileName, text } = desk.room.exchange.exportFile(format);
    expect(fileName).toBe(`contracts-2026-11-18.${format}`);
    expect(desk.room.exchange.planImport(format, text)).toEqual({ fileRows: 7, creates: 0, updates: 0, unchanged: 7, problems: [], planned: [] });
    expect(desk.room.exchange.importFile(format, text, 'Round trip', importAct)).toEqual([]);
  });

  test.each(['csv', 'json'] as const)('as %s goes into an empty desk whole', (format) => {
    const empty = openContractsDesk([]);
    desks.push(empty);
    const text = openDesk().room.exchange.exportFile(format).text.replaceAll(/"version": 1,/g, '').replaceAll(/^((?:partner|contract|amendment),[0-9a-f-]+),1,/gm, '$1,,');
    const plan = empty.room.exchange.planImport(format, text);
    expect([plan.problems, plan.creates, plan.updates]).toEqual([[], 7, 0]);
    expect(plan.planned.map((edit) => edit.entity)).toEqual(['partner', 'partner', 'partner', 'contract', 'contract', 'contract', 'amendment']);
    empty.room.exchange.importFile(format, text, 'Moving in', importAct);
    expect(empty.changes.edits.find((edit) => edit.entityId === amendmentId)).toMatchObject({ operation: 'create', baseVersion: 0, by: 'cleo', reason: 'Moving in', values: { contract_id: flatContract.id, flat_fee_minor: 150_000 } });
    expect(empty.changes.edits[0]).toMatchObject({ values: { name: '=cmd|A1', legal_name: "'=2+2" } });
  });

  test('says the terms in plain words beside them, which mean nothing on the way in', () => {
    const desk = openDesk();
    const sentence = '1,500.00 USD a month; 21 % tax; 15 % withheld by the partner; due in 30 days.';
    for (const format of ['csv', 'json'] as const) {
      const { text } = desk.room.exchange.exportFile(format);
      expect(text).toContain(sentence);
      expect(desk.room.exchange.planImport(format, text.replace(sentence, 'Whatever you like'))).toMatchObject({ unchanged: 7, problems: [] });
    }
  });

  test('runs nothing when a spreadsheet opens it', () => {
    const { text } = openDesk().room.exchange.exportFile('csv');
    expect(text).toContain(",'=cmd|A1,''=2+2,");
    expect(text).toMatch(/,'-7,/);
    expect(text.split('\r\n').flatMap((line) => line.split(',')).filter((cell) => /^"?[=+\-@]/.test(cell))).toEqual([]);
  });

  test('whatever names and texts it has, they come back', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme' }), fc.constantFrom("'", "''=", '=1', '\t=', '"', ';', ',', '\ufeff')).map((text) => text.normalize('NFC').trim()).filter((text) => text !== '' && !/[\0\ufffd]/.test(text));
    fc.assert(fc.property(fc.constantFrom('csv' as const, 'json' as const), fc.array(fc.tuple(fc.uuid(), anyText, anyText), { maxLength: 5 }), (format, drawn) => {
      const partner = drawn.map(([id, name, legal]) => ({ id, version: 1, values: { name, legal_name: legal, billing_email: null, billing_address: { line1: name }, tax_number: null, tax_treatment: 'standard' } }));
      const records: RecordsByEntity = { partner, contract: [], amendment: [] };
      expect(readContractsFile(format, writeContractsFile(format, records))).toMatchObject({ problems: [], records: partner.map(({ id, values }) => ({ id, values })) });
    }));
  });
});

describe('what a file changes', () => {
  const row = (cells: string): string => `entity,id,version,flat_fee_minor\r\ncontract,${flatContract.id},${cells}\r\n`;

  test('is planned before anything is written, then sent as edits', () => {
    const desk = openDesk();
    expect(desk.room.exchange.planImport('csv', row('1,150000'))).toMatchObject({
      updates: 1, planned: [{ row: 2, entity: 'contract', entityId: flatContract.id, title: 'dp_pk_ABC', currency: 'usd', operation: 'update', fields: [{ column: 'flat_fee_minor', label: 'Flat fee', from: 139_350, to: 150_000, isPriceBearing: true }] }],
    });
    expect(desk.changes.edits).toEqual([]);
    desk.room.exchange.importFile('csv', row('1,150000'), 'New prices', importAct);
    expect(desk.changes.edits).toEqual([{ entity: 'contract', entityId: flatContract.id, operation: 'update', baseVersion: 1, values: { flat_fee_minor: 150_000 }, reason: 'New prices', by: 'cleo' }]);
  });

  test('is seen against the version it was made from: what others changed since is not taken back', () => {
    const desk = openContractsDesk([{ ...flatContract, version: 2 }]);
    desks.push(desk);
    insertVersion(desk.database, 'contract', flatContract.id, 1, { author: 'ada', reason: null, at: '2026-01-01T00:00:00Z' }, { flat_fee_minor: 100_000, payment_terms_days: 30 });
    const old = `entity,id,version,flat_fee_minor,payment_terms_days\ncontract,${flatContract.id},1,100000,14\n`;
    expect(desk.room.exchange.planImport('csv', old).planned).toMatchObject([{ baseVersion: 1, fields: [{ column: 'payment_terms_days', from: 30, to: 14 }] }]);
    expect(told(desk, old.replace(',1,', ',3,'))).toEqual(['2, version: version-ahead']);
    expect(told(desk, old.replace(',1,', ',0,'))).toEqual(['2, version: version-unknown']);
    expect(desk.room.exchange.planImport('csv', old.replace(',1,', ',,')).planned[0]?.fields.map((field) => field.from)).toEqual([139_350, 30]);
  });

  test.each([
    ['semicolons', 'entity;id;name\npartner;;Land "Nord"\n'.replaceAll('"', '')], ['tabs', 'entity\tid\tname\npartner\t\tLand Nord\n'], ['a byte order mark', '\ufeffentity,id,name\npartner,,Land Nord\n'], ['old line ends', 'entity,id,name\rpartner,,Land Nord\r'],
    ['blank lines and columns in another order', 'name,id,entity\n\nLand Nord,,partner\n,,\n'], ['names in capitals', 'Entity,ID,Name\npartner,,Land Nord\n'],
  ])('may have %s', (_name, text) => {
    expect(openDesk().room.exchange.planImport('csv', text)).toMatchObject({ fileRows: 1, creates: 1, problems: [], planned: [{ entity: 'partner', title: 'Land Nord', operation: 'create' }] });
  });

  test('a new contract and its amendment may come with their partner', () => {
    const [partner, contract] = ['aaaaaaaa-1111-4111-8111-111111111111', 'bbbbbbbb-1111-4111-8111-111111111111'];
    const text = `entity,id,name,partner_id,contract_id,api_key_prefix,currency,effective_from,pricing_model,flat_fee_minor
amendment,,,,${contract},,,2026-12-01,flat,200
contract,${contract},,${partner},,dp_pk_new,eur,2026-10-01,flat,100
partner,${partner},Land Nord,,,,,,,
`;
    const plan = openDesk().room.exchange.planImport('csv', text);
    expect([plan.problems, plan.planned.map((edit) => [edit.title, edit.currency])]).toEqual([[], [['Land Nord', null], ['dp_pk_new', 'eur'], ['dp_pk_new from 2026-12-01', 'eur']]]);
  });
});

describe('what is wrong with a file is told by row and column, all of it', () => {
  // None of these writes anything: one desk serves all.
  let desk: ContractsDesk;
  beforeAll(() => {
    desk = openContracts();
  });
  afterAll(() => desk[Symbol.dispose]());

  const head = 'entity,id,version,name,api_key_prefix,currency,effective_from,partner_id,pricing_model,per_deed_price,flat_fee_minor\n';
  const contract = (cells: string): string => `${head}contract,,,,${cells}\n`;

  test.each<[string, string, string[]]>([
    ['nothing', '', ['-, -: file-empty']],
    ['an address without end', `entity,id,name,tax_treatment,billing_address\npartner,,Deep,standard,${'['.repeat(20_000)}${']'.repeat(20_000)}\n`, ['2, billing_address: json-invalid']],
    ['a quotation mark without its end', 'entity,id\n"partner,\n', ['-, -: file-malformed']],
    ['a row without end', `entity,id,name\npartner,,${'x'.repeat(1_000_001)}\n`, ['-, -: row-too-long']],
    ['text in another encoding', 'entity,id,name\npartner,,B\ufffdro\n', ['-, -: file-encoding-invalid']],
    ['bytes', 'entity\0id\n', ['-, -: file-encoding-invalid']],
    ['unknown, doubled and missing columns', 'entity,name,name,colour\npartner,a,b,c\n', ['1, name: column-repeated', '1, colour: column-unknown', '1, id: column-missing']],
    ['a row too short', 'entity,id,name\npartner,\npartner,,x\n', ['2, -: row-length']],
    ['no such entity, no id, no version', `entity,id,version,name\ncustomer,,,x\npartner,7,,x\npartner,,one,x\n`, ['2, entity: entity-unknown', '3, id: id-invalid', '4, version: number-invalid']],
    ['whatever else is wrong with a row that cannot be placed', `entity,id,version,name,currency,flat_fee_minor,payment_terms_days\ncontract,zz,,x,xxz,"1,000",400\npartner,,one,,,,\n`, ['2, id: id-invalid', '2, name: field-unknown', '2, flat_fee_minor: decimal-comma', '2, currency: currency-unknown', '2, payment_terms_days: number-out-of-range', '3, version: number-invalid']],
    ['a value of another entity', 'entity,id,name,currency\npartner,,x,usd\n', ['2, currency: field-unknown']],
    ['decimal commas', contract('dp_pk_new,usd,2026-10-01,x,per_deed,"2,905",0'), ['2, per_deed_price: decimal-comma', '2, partner_id: partner-unknown']],
    ['broken values, each by its rule', contract(`dp-pk,xxz,2026-02-30,${flatContract.partnerId},flat,,-1`), ['2, api_key_prefix: prefix-invalid', '2, currency: currency-unknown', '2, effective_from: date-invalid', '2, flat_fee_minor: number-out-of-range']],
    ['a prefix of a standing contract', contract(`dp_pk_T2,usd,2026-10-01,${flatContract.partnerId},flat,,1`), ['2, api_key_prefix: prefix-taken']],
    ['a prefix twice in the file', `${contract(`dp_pk_new,usd,2026-10-01,${flatContract.partnerId},flat,,1`)}contract,,,,dp_pk_new,usd,2026-10-01,${flatContract.partnerId},flat,,1\n`, ['2, api_key_prefix: prefix-taken', '3, api_key_prefix: prefix-taken']],
    ['a record twice', `entity,id,name\npartner,${flatContract.partnerId},x\npartner,${flatContract.partnerId},y\n`, ['3, id: record-repeated']],
    ['a record that this desk does not know', 'entity,id,version,name\npartner,aaaaaaaa-1111-4111-8111-111111111111,4,x\n', ['2, id: record-unknown']],
  ])('%s', (_name, text, problems) => {
    expect(told(desk, text)).toEqual(problems);
    expect(() => desk.room.exchange.importFile('csv', text, 'Import', importAct)).toThrowError(expect.objectContaining({ code: 'import-has-problems' }));
    expect(desk.changes.edits).toEqual([]);
  });

  test.each<[string, string, string[]]>([
    ['no JSON', '{', ['-, -: file-malformed']], ['lists in lists without end', `{"format":"daybook-contracts-1","partners":[{"name":"Deep","billing_address":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}]}`, ['-, -: file-malformed']], ['JSON of something else', '{"partners":[]}', ['-, -: file-malformed']], ['no list', '{"format":"daybook-contracts-1","partners":{}}', ['-, -: file-malformed']],
    ['no record, an unknown field and a price as a number', `{"format":"daybook-contracts-1","partners":[7,{"name":"x","colour":"red"}],"contracts":[{"id":"${flatContract.id}","version":1,"per_deed_price":2.5}]}`,
      ['1, -: file-malformed', '2, colour: field-unknown', '3, per_deed_price: price-invalid']],
    ['what is wrong with a record that cannot be placed', '{"format":"daybook-contracts-1","contracts":[{"id":7,"colour":"red","per_deed_price":2.5}]}', ['1, id: id-invalid', '1, colour: field-unknown', '1, per_deed_price: price-invalid']],
  ])('in JSON: %s', (_name, text, problems) => expect(told(desk, text, 'json')).toEqual(problems));

  test('a deleted record is not brought back by its id', () => {
    const other = openDesk();
    other.database.connection.exec('UPDATE partners SET deleted_at = 1');
    expect(told(other, `entity,id,name\npartner,${flatContract.partnerId},x\n`)).toEqual(['2, id: record-deleted']);
  });

  test('more rows than are read at once', () => {
    expect(told(desk, `entity,id,name\n${'partner,,x\n'.repeat(20_001)}`)).toEqual(['-, -: file-too-long']);
  });
});
