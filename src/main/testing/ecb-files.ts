/** Rates in the forms of the European Central Bank, written by hand: `{ '2026-11-18': { USD: '1.0850' } }`. */
export type EcbFigures = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** As `eurofxref-daily.xml` and `-hist.xml`: the newest day first. */
export function ecbXml(figures: EcbFigures): string {
  const days = Object.entries(figures).toSorted(([one], [other]) => (one < other ? 1 : -1)).map(([on, rates]) => `<Cube time="${on}">\n${Object.entries(rates).map(([currency, rate]) => `<Cube currency='${currency}' rate='${rate}'/>`).join('\n')}\n</Cube>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube>${days.join('\n')}</Cube>
</gesmes:Envelope>
`;
}

/** As `eurofxref-hist.csv`: a comma ends each line, N/A is no rate. */
export function ecbCsv(figures: EcbFigures): string {
  const currencies = [...new Set(Object.values(figures).flatMap((rates) => Object.keys(rates)))];
  const lines = Object.entries(figures).toSorted(([one], [other]) => (one < other ? 1 : -1)).map(([on, rates]) => `${on},${currencies.map((currency) => rates[currency] ?? 'N/A').join(',')},`);
  return `Date,${currencies.join(',')},\n${lines.join('\n')}\n`;
}
