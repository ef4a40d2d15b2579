/** What files say, whatever their format, and what is refused, with the line and the reason. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { camtFile, germanCsv, germanMapping, mt940File, noColumns, ofxFile, readBytes, type ReadOptions } from '../testing/bank-files.ts';
import { createCamt053Reader } from './camt053-reader.ts';
import { plainAmount } from './csv-mapping.ts';
import type { StatementLine } from './statement-file.ts';

const shown = ({ bookedOn, amountMinor, currency, entryReference, references, counterpartyName, description }: StatementLine) => [bookedOn, amountMinor, currency, entryReference, references, counterpartyName, description];
const latin1 = (text: string): Uint8Array => Uint8Array.from([...text].map((sign) => sign.charCodeAt(0)));

const statement = {
  id: 'S-17', opening: '1000.00', closing: '1738.00',
  entries: [
    { amount: '750.50', reference: 'B-1', endToEnd: 'API-202610-dp_pk_CWA', name: 'Countywide & Sons', text: 'October' },
    { amount: '12.50', isDebit: true, text: 'Fee' },
  ],
};

describe('what is read', () => {
  test('CAMT.053', async () => {
    const { format, lines, statements } = await readBytes(camtFile([statement]));
    expect(format).toBe('camt.053');
    expect(lines.map(({ line }) => shown(line))).toEqual([
      ['2026-11-17', 75_050, 'eur', 'B-1', ['API-202610-dp_pk_CWA'], 'Countywide & Sons', 'October'],
      ['2026-11-17', -1_250, 'eur', null, [], null, 'Fee'],
    ]);
    expect(statements).toMatchObject([{ account: { number: 'DE89370400440532013000', isIban: true }, reference: 'S-17', openingMinor: 100_000, closingMinor: 173_800, creditsMinor: 75_050, debitsMinor: 1_250, lines: 2, proof: 'proved' }]);
  });

  test('CAMT.053 of several accounts and currencies, each statement for itself', async () => {
    const dollars = { id: 'S-18', currency: 'USD', opening: '10.00', closing: '11.00', entries: [{ amount: '1.00' }] };
    const { lines, statements } = await readBytes(camtFile([statement, dollars, { ...dollars, id: 'S-19', iban: 'GB29NWBK60161331926819', currency: 'GBP' }]));
    expect(lines.map(({ line }) => line.currency)).toEqual(['eur', 'eur', 'usd', 'gbp']);
    expect(statements.map((each) => `${each.account.number} ${each.currency} ${each.proof}`)).toEqual(['DE89370400440532013000 eur proved', 'DE89370400440532013000 usd proved', 'GB29NWBK60161331926819 gbp proved']);
    expect(new Set(lines.map(({ identity }) => identity)).size).toBe(4);
  });

  test('CAMT.053 whose account names no currency: that of its booked balances, or of its entries; an available balance says nothing of it', async () => {
    const unnamed = camtFile([statement]).replace('<Ccy>EUR</Ccy>', '').replace('<Bal>', '<Bal><Tp><CdOrPrtry><Cd>CLAV</Cd></CdOrPrtry></Tp><Amt Ccy="JPY">2700</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-17</Dt></Dt></Bal><Bal>');
    expect((await readBytes(unnamed)).statements).toMatchObject([{ currency: 'eur', proof: 'proved' }]);
    const withoutBooked = unnamed.replace(/<Bal><Tp><CdOrPrtry><Cd>OPBD.*?<\/Bal>/s, '').replace(/<Bal><Tp><CdOrPrtry><Cd>CLBD.*?<\/Bal>/s, '');
    expect((await readBytes(withoutBooked)).statements).toMatchObject([{ currency: 'eur', lines: 2, proof: 'none' }]);
  });

  test('MT940, with the subfields German banks write', async () => {
    const { format, lines, statements } = await readBytes(mt940File);
    expect(format).toBe('mt940');
    expect(lines.map(({ line }) => shown(line))).toEqual([
      ['2026-11-17', 25_050, 'eur', 'BANK-1', ['API-202610-dp_pk_CWA'], 'Countywide Abstract', 'GUTSCHRIFT EREF+API-202610-dp_pk_CWA SVWZ+Oktober'],
      ['2026-11-17', -1_250, 'eur', 'BANK-2', ['KREF-7'], null, 'Entgelt'],
    ]);
    expect(statements).toMatchObject([{ account: { number: '37040044/0532013000' }, openingMinor: 100_000, closingMinor: 123_800, proof: 'proved' }]);
  });

  test.each(['1.x', '2.x'])('OFX %s', async (version) => {
    const xml = `<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?>\n${ofxFile.slice(ofxFile.indexOf('<OFX>')).replaceAll(/<([A-Z]+)>([^<\n]+)(?!<\/\1>)/g, '<$1>$2</$1>')}`;
    const { format, lines, statements } = await readBytes(version === '1.x' ? ofxFile : xml);
    expect(format).toBe('ofx');
    expect(lines.map(({ line }) => shown(line))).toEqual([
      ['2026-11-17', 120_450, 'usd', 'F-1', [], 'STRIPE PAYOUT', 'STRIPE PAYOUT ST-A1B2C3 & more'],
      ['2026-11-18', -1_500, 'usd', 'F-2', [], 'WIRE FEE', 'WIRE FEE'],
    ]);
    expect(statements).toMatchObject([{ account: { number: '021000021/5550100' }, openingMinor: null, closingMinor: 918_950, proof: 'closing-only' }]);
  });

  test('CSV by its mapping: newest first becomes oldest first, and the balances prove each other', async () => {
    const { lines, statements } = await readBytes(latin1(germanCsv), { mapping: germanMapping, account: 'DE1' });
    expect(lines.map(({ line }) => shown(line))).toEqual([
      ['2026-11-17', 125_000, 'eur', null, [], 'Müller', 'Rechnung INV-2026-0001'],
      ['2026-11-18', -420, 'eur', null, [], 'Bäcker', 'Brötchen; 2 "große"'],
    ]);
    expect(statements).toMatchObject([{ account: { number: 'DE1' }, openingMinor: 0, closingMinor: 124_580, proof: 'proved', from: '2026-11-17', to: '2026-11-18' }]);
  });

  test('amounts of a CSV: as people and banks write them, or refused; none is guessed', () => {
    const read = (text: string, sign: '.' | ',' = '.') => plainAmount(text, sign);
    expect(['5.00', '-5', '5.00-', '+5', '(5.00)', '1,234.50', '1 234.50', '1’234.50', '1,23,456.00', '.50', '5.', 'EUR 5.00', '€5.00', '-€5.00', '€ -5.00', '5.00 kr', 'R$ 5.00', '5.00 CR', '1,234.50 DR', '5.00 IDR', '−5.00', ''].map((text) => read(text))).toEqual(
      ['5.00', '-5', '-5.00', '5', '-5.00', '1234.50', '1234.50', '1234.50', '123456.00', '.50', '5', '5.00', '5.00', '-5.00', '-5.00', '5.00', '5.00', '5.00', '-1234.50', '5.00', '-5.00', '']);
    expect(['1,50', '12,34.50', '1,2345', ',500', '1E+05', '1.5e3', '2026-11-17', '17.11.2026', '12-34', '-5-', '(5.00', '(-5.00)', '-5.00 DR', '1 2', '1.2.3', '5.00 6', 'EUR', '-', '()', '٣.00', '5x', '=1+1'].map((text) => read(text))).toEqual(Array.from({ length: 22 }, () => null));
    expect([read('1.234,50', ','), read('1.50', ','), read('1.234', ','), read('12.345.678,9', ',')]).toEqual(['1234.50', null, '1234', '12345678.9']);
  });

  test('property: an amount that is written by the mapping is read back to the cent', () => {
    fc.assert(fc.property(fc.integer({ min: -99_999_999_999, max: 99_999_999_999 }), fc.constantFrom('.', ','), fc.constantFrom('', 'other', ' ', '’'), fc.constantFrom('-1', '1-', '(1)', '1 DR'), (minor, sign, group, form) => {
      const digits = String(Math.abs(minor)).padStart(3, '0');
      const whole = digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, group === 'other' ? (sign === '.' ? ',' : '.') : group);
      const size = `${whole}${sign}${digits.slice(-2)}`;
      const plain = plainAmount(minor < 0 ? form.replace('1', size) : size, sign as '.' | ',');
      expect(plain).toBe(`${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`);
    }), { numRuns: 400 });
  });

  test('a text after the closing balance of MT940 is about the statement, not about its last entry', async () => {
    const { lines } = await readBytes(mt940File.replace('\r\n-\r\n', '\r\n:64:C261117EUR1238,00\r\n:86:PAYOUT-123456 is coming\r\n-\r\n'));
    expect(lines.map(({ line }) => [line.description, line.references]).at(-1)).toEqual(['Entgelt', ['KREF-7']]);
  });

  test('OFX: what a transaction was before the bank converted it is not its amount; one in a currency of its own is refused', async () => {
    const inEuro = (name: string) => ofxFile.replace('<FITID>F-1', `<FITID>F-1<${name}><CURRATE>1.1<CURSYM>EUR</${name}>`);
    expect((await readBytes(inEuro('ORIGCURRENCY'))).lines[0]?.line).toMatchObject({ amountMinor: 120_450, currency: 'usd' });
    await expect(readBytes(inEuro('CURRENCY'))).rejects.toMatchObject({ code: 'bank-currency-mixed', message: 'Line 8: There is an amount in EUR in a statement in USD.' });
  });

  test('OFX in one line: the work grows with the file, not with its square', async () => {
    const found = vi.spyOn(String.prototype, 'indexOf');
    const entries = Array.from({ length: 500 }, (_, index) => `<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261117<TRNAMT>1.00<FITID>N-${index}<NAME>STRIPE</STMTTRN>`).join('');
    try {
      const { lines } = await readBytes(`OFXHEADER:100 ${ofxFile.slice(ofxFile.indexOf('<OFX>')).replaceAll('\n', '').replace('</BANKTRANLIST>', `${entries}</BANKTRANLIST>`)}`);
      expect(lines).toHaveLength(502);
      expect(found.mock.calls.filter(([sought]) => sought === '\n').length).toBeLessThan(20);
    } finally {
      found.mockRestore();
    }
  });

  test.each([
    ['two columns', { sign: 'two-columns', columns: { ...noColumns, bookedOn: '#1', debit: '#2', credit: '#3' } }, '11/17/2026,12.50,\n11/18/2026,,"1,000.00"\n', [-1_250, 100_000]],
    ['a side', { sign: 'indicator', debitMark: 'D', columns: { ...noColumns, bookedOn: '#1', amount: '#2', side: '#3' } }, '11/17/2026,12.50,D\n11/18/2026,7,c\n', [-1_250, 700]],
    ['two columns that have minuses', { sign: 'two-columns', columns: { ...noColumns, bookedOn: '#1', debit: '#2', credit: '#3' } }, '11/17/2026,-12.50,\n11/18/2026,,-3.00\n11/18/2026,0.00,4.00\n', [-1_250, -300, 400]],
    ['a card', { sign: 'reversed', columns: { ...noColumns, bookedOn: '#1', amount: '#2' } }, '11/17/2026,12.50\n11/18/2026,(3.00)\n', [-1_250, 300]],
  ] as const)('CSV with %s', async (_, changed, text, amounts) => {
    const mapping = { ...germanMapping, encoding: 'utf-8' as const, delimiter: ',' as const, headingLines: 0, dateFormat: 'MM/DD/YYYY' as const, decimalSign: '.' as const, currency: 'usd', ...changed };
    const { lines } = await readBytes(text, { mapping, account: '1' });
    expect(lines.map(({ line }) => line.amountMinor)).toEqual(amounts);
  });

  test('parts of an entry that nothing is read of change nothing, however they look', () => {
    const text = camtFile([statement]);
    const plain = linesOfCamt(text);
    expect(plain.length).toBeGreaterThan(0);
    const part = fc.constantFrom('<RltdAgts><DbtrAgt><Nm>Bank</Nm></DbtrAgt></RltdAgts>', '<AmtDtls><Amt Ccy="USD">1.00</Amt></AmtDtls>', '<Chrgs><CdtDbtInd>DBIT</CdtDbtInd></Chrgs>', '<Purp><RmtInf><Ustrd>other</Ustrd></RmtInf></Purp>', '<Empty/>', '<n:Any a="&gt;>" >text &amp; more</n:Any >');
    fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('</TxDtls>', '</Ntry>'), (parts, before) => {
      expect(linesOfCamt(text.replaceAll(before, `${parts.join('')}${before}`))).toEqual(plain);
    }));
  });

  test('however the pieces fall, a CAMT.053 says the same', () => {
    const text = camtFile([statement, { ...statement, id: 'S-18', entries: [{ amount: '738.00', text: 'A]]> & <b> “q”' }] }]);
    const read = (pieces: readonly string[]): unknown[] => {
      const found: unknown[] = [];
      const reader = createCamt053Reader({ begin: (header, line) => found.push(header, line), line: (line) => found.push(line), end: (end, line) => found.push(end, line) });
      for (const piece of pieces) reader.write(piece);
      reader.finish();
      return found;
    };
    const whole = read([text]);
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 40 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      expect(read(places.slice(1).map((end, index) => text.slice(places[index], end)))).toEqual(whole);
    }), { numRuns: 60 });
  });
});

function linesOfCamt(text: string): StatementLine[] {
  const lines: StatementLine[] = [];
  const reader = createCamt053Reader({ begin() {}, line: (line) => lines.push({ ...line, fileLine: 0 }), end() {} });
  reader.write(text);
  reader.finish();
  return lines;
}

describe('identity', () => {
  test('the name in a structured text is who it is with', async () => {
    const named = (text: string) => readBytes(mt940File.replace(':86:Entgelt', `:86:${text}`).replace('REF-7//BANK-2', 'NONREF'));
    const names = ['/BENM//NAME/JOHN DOE/REMI/Reference 201301234/ISDT/2013-01-02', '/EREF/01-01-2013 12:00 0030000987654321/BENM//NAME/CONTRA ACCOUN\r\nT HOLDER/REMI//ISDT/2013-07-11', '/ORDP//NAME/A/B Surveyors', '/REMI/to NAME/nobody/'];
    expect((await Promise.all(names.map(named))).map(({ lines }) => lines[1]?.line.counterpartyName)).toEqual(['JOHN DOE', 'CONTRA ACCOUNT HOLDER', 'A/B Surveyors', null]);
  });

  test('a line is the same in every file; two equal lines of one day are two', async () => {
    const twice = { ...statement, closing: '975.00', entries: [{ amount: '12.50', isDebit: true, text: 'Fee' }, { amount: '12.50', isDebit: true, text: 'Fee' }] };
    const [one, again] = [await readBytes(camtFile([twice])), await readBytes(camtFile([twice]).replaceAll('\n', ' '))];
    expect(new Set(one.lines.map(({ identity }) => identity)).size).toBe(2);
    expect(again.lines.map(({ identity }) => identity)).toEqual(one.lines.map(({ identity }) => identity));
  });

  test('files without statement ids may overlap: what both have is one fact', async () => {
    const mapping = { ...germanMapping, columns: { ...germanMapping.columns, balanceAfter: '' } };
    const [longer, shorter] = [germanCsv, `${germanCsv.split('\n').slice(0, 3).join('\n')}\n`];
    const [one, other] = [await readBytes(latin1(longer), { mapping, account: '1' }), await readBytes(latin1(shorter), { mapping, account: '1' })];
    expect(one.lines.map(({ identity }) => identity)).toContain(other.lines[0]?.identity);
  });
});

describe('what is refused, and why', () => {
  const good = camtFile([statement]);
  const csv = (text: string, changed: object = {}): [string | Uint8Array, ReadOptions] => [text, { mapping: { ...germanMapping, encoding: 'utf-8', ...changed } as never, account: '1' }];
  test.each<[string, string | Uint8Array, ReadOptions, string, RegExp]>([
    ['an empty file', '', {}, 'bank-file-empty', /nothing/],
    ['blanks', '\n \n', {}, 'bank-file-empty', /nothing/],
    ['PDF', '%PDF-1.7', {}, 'bank-format-unsupported', /PDF/],
    ['a zip bomb, unopened', 'PK\u0003\u0004 anything', { fileName: 'bomb.zip' }, 'bank-format-unsupported', /ZIP/],
    ['XLSX', 'PK\u0003\u0004 [Content_Types].xml', { fileName: 'a.xlsx' }, 'bank-format-unsupported', /XLSX/],
    ['GZIP', Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 75, 76, 74, 6, 0]), { fileName: 'a.csv.gz' }, 'bank-format-unsupported', /GZIP/],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), { fileName: 'a.png' }, 'bank-format-unsupported', /PNG/],
    ['bytes of no format', Uint8Array.from({ length: 400 }, (_, place) => (place * 37) % 256), { fileName: 'a.dat' }, 'bank-format-unsupported', /binary/],
    ['an OFX that lists accounts, and says that all went well', ofxFile.replace(/<BANKMSGSRSV1>[^]*<\/BANKMSGSRSV1>/, '<SIGNUPMSGSRSV1><STATUS><CODE>0<SEVERITY>INFO<MESSAGE>Success</STATUS><ACCTINFO><DESC>Checking</ACCTINFO></SIGNUPMSGSRSV1>'), {}, 'bank-file-without-statement', /no statement: it lists accounts\.$/],
    ['an OFX in which the bank refuses', ofxFile.replace(/<BANKMSGSRSV1>[^]*<\/BANKMSGSRSV1>/, '<SIGNONMSGSRSV1><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Signon invalid</STATUS></SIGNONMSGSRSV1>'), {}, 'bank-file-without-statement', /the bank says: Signon invalid/],
    ['an OFX without its currency', ofxFile.replace(/<CURDEF>\w+/, '<CURDEF>'), {}, 'bank-currency-unknown', /No currency is named/],
    ['BAI2', '01,021000021,CUST,261118,0200,1,,,2/\n', {}, 'bank-format-unsupported', /BAI2/],
    ['CAMT.052', good.replaceAll('BkToCstmrStmt', 'BkToCstmrAcctRpt').replace('053', '052'), {}, 'bank-format-unsupported', /CAMT\.052/],
    ['CAMT.054', good.replaceAll('BkToCstmrStmt', 'BkToCstmrDbtCdtNtfctn').replace('053', '054'), {}, 'bank-format-unsupported', /CAMT\.054/],
    ['MT942', mt940File.replace(':60F:', ':34F:EUR0,\r\n:60F:'), {}, 'bank-format-unsupported', /MT942/],
    ['other XML', '<?xml version="1.0"?><Document><Pain/></Document>', {}, 'bank-format-unsupported', /<Pain>/],
    ['a CAMT.053 that is cut off', good.slice(0, good.length / 2), {}, 'bank-file-truncated', /^Line \d+: .*ends inside/],
    ['an MT940 that is cut off', mt940File.slice(0, mt940File.indexOf(':62F:')), {}, 'bank-file-truncated', /closing balance/],
    ['an OFX that is cut off', ofxFile.slice(0, ofxFile.indexOf('<LEDGERBAL')), {}, 'bank-file-truncated', /ends inside/],
    ['a CSV that is cut off in quotes', ...csv('a\nBuchungstag;Name;Zweck;Betrag;Saldo\n17.11.2026;x;"y;1,00;1,00'), 'bank-file-truncated', /Line 3: /],
    ['a closing tag too many', good.replace('</Ntry>', '</Ntry></Ntry>'), {}, 'bank-file-malformed', /Line \d+: <\/Ntry>/],
    ['bytes that are no UTF-8', latin1(good.replace('October', 'M\u00e4rz')), {}, 'bank-file-encoding', /Line 7: .*UTF-8/],
    ['a CSV in another encoding than its mapping says', latin1(germanCsv), { mapping: { ...germanMapping, encoding: 'utf-8' }, account: '1' }, 'bank-file-encoding', /UTF-8/],
    ['an encoding nobody reads', good.replace('UTF-8', 'EBCDIC'), {}, 'bank-file-encoding', /EBCDIC/],
    ['NUL', good.replace('October', 'Octo\u0000ber'), {}, 'bank-file-encoding', /NUL/],
    ['entity expansion', good.replace('<Document', '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><Document').replace('October', '&lol2;'), {}, 'bank-file-doctype', /^Line 2: /],
    ['an external entity', good.replace('<Document', '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document').replace('October', '&x;'), {}, 'bank-file-doctype', /not read/],
    ['an entity without a document type', good.replace('October', '&x;'), {}, 'bank-file-malformed', /&x;/],
    ['an OFX with a document type', ofxFile.replace('<OFX>', '<!DOCTYPE x><OFX>'), {}, 'bank-file-doctype', /not read/],
    ['elements in elements in elements', `<Document><BkToCstmrStmt>${'<a>'.repeat(5_000)}`, {}, 'bank-file-too-deep', /64 deep/],
    ['a text without end', good.replace('October', 'x'.repeat(200_000)), {}, 'bank-file-malformed', /longer/],
    ['balances that do not add up', camtFile([{ ...statement, closing: '1738.01' }]), {}, 'bank-statement-unbalanced', /opening 1000\.00 \+ entries 738\.00 = 1738\.00, and it says 1738\.01 EUR/],
    ['a missing entry', mt940File.replace(/:61:.*BANK-2\r\n:86:Entgelt\r\n/, ''), {}, 'bank-statement-unbalanced', /does not add up/],
    ['a CSV whose balances do not follow', ...csv(germanCsv.replace('1.245,80', '1.245,81')), 'bank-statement-unbalanced', /Line 3/],
    ['two currencies in one statement', good.replace('<Amt Ccy="EUR">12.50', '<Amt Ccy="USD">12.50'), {}, 'bank-currency-mixed', /USD/],
    ['a booked balance in another currency', good.replace(/(CLBD.*?Ccy=")EUR/s, '$1SEK'), {}, 'bank-currency-mixed', /^Line 5: .*SEK in a statement in EUR/],
    ['more statements than any bank sends', `<Document><BkToCstmrStmt>${'<Stmt><Id>1</Id><Acct><Id><IBAN>X</IBAN></Id><Ccy>EUR</Ccy></Acct></Stmt>\n'.repeat(20_001)}`, {}, 'bank-file-too-large', /^Line 20001: .*more than 20,000 statements/],
    ['more decimals than the currency has', good.replace('12.50', '12.505'), {}, 'bank-amount-invalid', /Line 8: 12\.505/],
    ['an amount of CAMT.053 with a sign of its own', good.replace('>12.50<', '>-12.50<'), {}, 'bank-amount-invalid', /Line 8: “-12\.50” has a sign/],
    ['an amount by another decimal sign', ...csv(germanCsv.replace('-4,20', '-4.20')), 'bank-amount-invalid', /Line 3: “-4\.20” .*“,” before the decimals/],
    ['a mark of the side that the mapping does not know', ...csv('Buchungstag;Betrag;Art\n17.11.2026;1,00;Debit\n17.11.2026;2,00;Credit\n', { headingLines: 1, sign: 'indicator', debitMark: 'D', columns: { ...noColumns, bookedOn: 'Buchungstag', amount: 'Betrag', side: 'Art' } }), 'bank-mapping-mismatch', /“debit”, “credit”; money out is marked “D”/],
    ['an amount that cannot be kept', good.replace('12.50', '99999999999999999.00'), {}, 'bank-amount-invalid', /Line 8/],
    ['no amount', ofxFile.replace('-15.00', 'abc'), {}, 'bank-amount-invalid', /Line 9: “abc”/],
    ['a day that is none', good.replace('<Dt>2026-11-17</Dt></BookgDt>', '<Dt>2026-02-30</Dt></BookgDt>'), {}, 'bank-date-invalid', /2026-02-30/],
    ['a day written otherwise', ...csv(germanCsv.replace('18.11.2026', '2026-11-18')), 'bank-date-invalid', /DD\.MM\.YYYY/],
    ['no currency anybody knows', good.replace('<Ccy>EUR</Ccy>', '<Ccy>ZZZ</Ccy>'), {}, 'bank-currency-unknown', /ZZZ/],
    ['a statement without an account', good.replace(/<Acct>.*<\/Acct>/, ''), {}, 'bank-account-missing', /account/],
    ['no statement', good.replaceAll('Stmt>', 'Stmx>').replaceAll('BkToCstmrStmx', 'BkToCstmrStmt'), {}, 'bank-file-without-statement', /no statement/],
    ['a CSV without a mapping', germanCsv, {}, 'bank-mapping-needed', /CSV/],
    ['a CSV by another bank’s mapping', ...csv(germanCsv.replace('Betrag', 'Amount')), 'bank-mapping-mismatch', /Line 2: .*“Betrag”/],
  ])('%s', async (_, bytes, options, code, message) => {
    await expect(readBytes(bytes, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  test('whatever is cut off anywhere, or changed in one sign, is read as before or refused with a code', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(good, mt940File, ofxFile), fc.nat(), fc.option(fc.constantFrom('<', '>', '&', ':', '"', '\n', '9', '\u0000', 'é')), async (text, place, sign) => {
      const at = place % text.length;
      const damaged = sign === null ? text.slice(0, at) : text.slice(0, at) + sign + text.slice(at + 1);
      try {
        const { statements } = await readBytes(damaged, { account: '1' });
        for (const each of statements) if (each.openingMinor !== null && each.closingMinor !== null) expect(each.openingMinor + each.creditsMinor - each.debitsMinor).toBe(each.closingMinor);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'validation', code: expect.stringMatching(/^bank-/) as string });
      }
    }), { numRuns: process.env['DAYBOOK_LONG'] ? 20_000 : 150 });
  });
});
