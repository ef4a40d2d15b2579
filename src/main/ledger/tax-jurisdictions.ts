/**
 * Where tax is owed: a country, and in the United States and Canada, which tax by state and province, one of those. Pure.
 *
 * The list is closed, as the chart is: every jurisdiction is a sub-account of tax payable (`2200-tax-payable:US-NY`), and an account that other desks do not
 * know is sealed by nobody. What no list names stays in the account itself: jurisdiction not known.
 */
import { accountCodes } from './account-codes.ts';

/** ISO 3166-1. */
const countries = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
  CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
  GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
  KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
  NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
  SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
  VN VU WF WS YE YT ZA ZM ZW
`;
/** ISO 3166-2, of the countries whose states and provinces levy the tax themselves. */
const states: Readonly<Record<string, string>> = {
  US: `
  AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI
  SC SD TN TX UT VT VA WA WV WI WY
  `,
  CA: `
  AB BC MB NB NL NS NT NU ON PE QC SK YT
  `,
};

const wordsOf = (text: string): string[] => text.trim().split(/\s+/);

/** `DE`, `US`, `US-NY`, …: every jurisdiction the chart has a sub-account for, in the order of their codes. */
export const taxJurisdictions: readonly string[] = [...wordsOf(countries), ...Object.entries(states).flatMap(([country, codes]) => wordsOf(codes).map((state) => `${country}-${state}`))].sort();
const known: ReadonlySet<string> = new Set(taxJurisdictions);

/**
 * The jurisdiction of a tax by what its rate or its customer's address says; null where that names no country. A city or county goes to its state.
 * @param state the subdivision with or without its country: `NY`, `US-NY`.
 */
export function taxJurisdictionOf(country: string | null, state: string | null): string | null {
  const ofCountry = country?.trim().toUpperCase() ?? '';
  if (!known.has(ofCountry)) return null;
  const ofState = `${ofCountry}-${(state ?? '').trim().toUpperCase().replace(`${ofCountry}-`, '')}`;
  return known.has(ofState) ? ofState : ofCountry;
}

/** The account that tax of a jurisdiction is owed on. */
export function taxAccountOf(jurisdiction: string | null): string {
  return jurisdiction === null ? accountCodes.taxPayable : `${accountCodes.taxPayable}:${jurisdiction}`;
}
