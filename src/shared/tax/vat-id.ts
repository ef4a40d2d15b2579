/**
 * VAT identification numbers of the EU's states and the United Kingdom: their format and checksum, as each state publishes them (European Commission, VIES, "Structure of VAT
 * identification numbers"). Pure. What holds is `unverified`: whether the number is in force only the tax authority can say.
 */
export type VatIdState = 'missing' | 'invalid' | 'unverified';

export interface VatIdCheck {
  readonly state: VatIdState;
  /** ISO 3166: of Greece GR, of Northern Ireland GB. */
  readonly country: string | null;
  /** Upper case, without blanks and marks, with its prefix. */
  readonly normalised: string;
  readonly problem: string | null;
}

type Check = (body: string) => boolean;

const digitsOf = (text: string): number[] => [...text].map(Number);
const weighted = (digits: readonly number[], weights: readonly number[]): number => weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);
const at = (digits: readonly number[], index: number): number => digits[index] ?? -1;

/** Doubled digits count by their own digits: 7 × 2 = 14 counts 5. */
const luhnSum = (digits: readonly number[], doublesFirst: boolean): number => digits.reduce((sum, digit, index) => sum + ((index % 2 === 0) === doublesFirst ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit), 0);

/** ISO 7064, MOD 11,10. */
function mod1110(text: string): boolean {
  const digits = digitsOf(text);
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === at(digits, digits.length - 1);
}

const modOf = (text: string, divisor: bigint): number => Number(BigInt(text) % divisor);

const checkAustria: Check = (body) => {
  const digits = digitsOf(body.slice(1));
  return (10 - ((luhnSum(digits.slice(0, 7), false) + 4) % 10)) % 10 === at(digits, 7);
};

const checkBelgium: Check = (body) => 97 - modOf(body.slice(0, 8), 97n) === Number(body.slice(8));

const checkBulgaria: Check = (body) => {
  const digits = digitsOf(body);
  if (digits.length === 9) {
    const first = weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8]) % 11;
    const check = first === 10 ? (weighted(digits, [3, 4, 5, 6, 7, 8, 9, 10]) % 11) % 10 : first;
    return check === at(digits, 8);
  }
  const last = at(digits, 9);
  const person = (weighted(digits, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10;
  const foreigner = weighted(digits, [21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10;
  const other = (11 - (weighted(digits, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return last === person || last === foreigner || last === other;
};

const checkCyprus: Check = (body) => {
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
  const sum = digitsOf(body.slice(0, 8)).reduce((total, digit, index) => total + (index % 2 === 0 ? (odd[digit] ?? 0) : digit), 0);
  return !body.startsWith('12') && String.fromCharCode(65 + (sum % 26)) === body[8];
};

const checkCzechia: Check = (body) => {
  const digits = digitsOf(body);
  if (digits.length === 8) return (11 - (weighted(digits, [8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === at(digits, 7);
  // Birth numbers of before 1954 have no check digit.
  if (digits.length === 9) return true;
  return modOf(body, 11n) === 0 || (modOf(body.slice(0, 9), 11n) === 10 && at(digits, 9) === 0);
};

const checkDenmark: Check = (body) => weighted(digitsOf(body), [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
const checkEstonia: Check = (body) => (10 - (weighted(digitsOf(body), [3, 7, 1, 3, 7, 1, 3, 7]) % 10)) % 10 === Number(body[8]);
const checkGreece: Check = (body) => (weighted(digitsOf(body), [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10 === Number(body[8]);

const spanishLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';
const checkSpain: Check = (body) => {
  if (/^\d{8}[A-Z]$/.test(body)) return spanishLetters[modOf(body.slice(0, 8), 23n)] === body[8];
  if (/^[XYZ]\d{7}[A-Z]$/.test(body)) return spanishLetters[modOf(`${'XYZ'.indexOf(body.charAt(0))}${body.slice(1, 8)}`, 23n)] === body[8];
  if (/^[KLM]\d{7}[A-Z]$/.test(body)) return spanishLetters[modOf(body.slice(1, 8), 23n)] === body[8];
  const control = (10 - (luhnSum(digitsOf(body.slice(1, 8)), true) % 10)) % 10;
  const letter = 'JABCDEFGHI'[control];
  if (/^[PQRSNW]/.test(body)) return body[8] === letter;
  if (/^[ABEH]/.test(body)) return body[8] === String(control);
  return body[8] === letter || body[8] === String(control);
};

const checkFinland: Check = (body) => {
  const rest = weighted(digitsOf(body), [7, 9, 10, 5, 8, 4, 2]) % 11;
  return rest !== 1 && (rest === 0 ? 0 : 11 - rest) === Number(body[7]);
};

const frenchLetters = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const checkFrance: Check = (body) => {
  const [first = '', second = ''] = body;
  const siren = body.slice(2);
  if (/^\d{2}/.test(body)) return (12 + 3 * modOf(siren, 97n)) % 97 === Number(body.slice(0, 2));
  const [one, two] = [frenchLetters.indexOf(first), frenchLetters.indexOf(second)];
  const sum = /\d/.test(first) ? one * 24 + two - 10 : one * 34 + two - 100;
  return (Number(siren) + Math.floor(sum / 11) + 1) % 11 === sum % 11;
};

const checkBritain: Check = (body) => {
  if (body.startsWith('GD')) return Number(body.slice(2)) < 500;
  if (body.startsWith('HA')) return Number(body.slice(2)) >= 500;
  const digits = digitsOf(body);
  const sum = weighted(digits, [8, 7, 6, 5, 4, 3, 2]) + Number(body.slice(7, 9));
  return sum % 97 === 0 || (sum + 55) % 97 === 0;
};

const checkHungary: Check = (body) => (10 - (weighted(digitsOf(body), [9, 7, 3, 1, 9, 7, 3]) % 10)) % 10 === Number(body[7]);

const irishLetters = 'WABCDEFGHIJKLMNOPQRSTUV';
const checkIreland: Check = (body) => {
  // Before 2013 the second place could be a letter or a mark: 8Z49289F is counted as 0492898.
  const old = /^(\d)[A-Z+*](\d{5})([A-W])$/.exec(body);
  if (old) return irishLetters[weighted(digitsOf(`0${old[2]}${old[1]}`), [8, 7, 6, 5, 4, 3, 2]) % 23] === old[3];
  const second = body[8] === undefined || body[8] === 'W' ? 0 : body.charCodeAt(8) - 64;
  return irishLetters[(weighted(digitsOf(body.slice(0, 7)), [8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23] === body[7];
};

const checkItaly: Check = (body) => luhnSum(digitsOf(body), false) % 10 === 0;

const checkLithuania: Check = (body) => {
  const digits = digitsOf(body);
  const [once, twice] = digits.length === 9 ? [[1, 2, 3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 8, 9, 1]] : [[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2], [3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4]];
  const first = weighted(digits, once) % 11;
  const check = first === 10 ? (weighted(digits, twice) % 11) % 10 : first;
  return check === at(digits, digits.length - 1);
};

const checkLuxembourg: Check = (body) => modOf(body.slice(0, 6), 89n) === Number(body.slice(6));

const checkLatvia: Check = (body) => {
  const digits = digitsOf(body);
  // Persons have numbers by their day of birth.
  if (at(digits, 0) <= 3) return /^(0[1-9]|[12]\d|3[0-2])/.test(body);
  const rest = weighted(digits, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6]) % 11;
  if (rest === 4 && at(digits, 0) === 9) return false;
  return (rest === 4 ? 0 : rest > 4 ? 14 - rest : 3 - rest) === at(digits, 10);
};

const checkMalta: Check = (body) => 37 - (weighted(digitsOf(body), [3, 4, 6, 7, 8, 9]) % 37) === Number(body.slice(6));

const checkNetherlands: Check = (body) => {
  const isOfCompany = weighted(digitsOf(body.slice(0, 9)), [9, 8, 7, 6, 5, 4, 3, 2]) % 11 === Number(body[8]);
  // Since 2020 sole traders have numbers whose letters and digits together leave 1 by 97.
  return isOfCompany || modOf([...`NL${body}`].map((character) => (/\d/.test(character) ? character : String(character.charCodeAt(0) - 55))).join(''), 97n) === 1;
};

const checkPoland: Check = (body) => weighted(digitsOf(body), [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(body[9]);
const checkPortugal: Check = (body) => {
  const check = 11 - (weighted(digitsOf(body), [9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (check > 9 ? 0 : check) === Number(body[8]);
};
const checkRomania: Check = (body) => ((weighted(digitsOf(body.padStart(10, '0')), [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10) % 11) % 10 === Number(body.at(-1));
const checkSweden: Check = (body) => luhnSum(digitsOf(body.slice(0, 10)), true) % 10 === 0;
const checkSlovenia: Check = (body) => {
  const check = 11 - (weighted(digitsOf(body), [8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 11 && (check === 10 ? 0 : check) === Number(body[7]);
};
const checkSlovakia: Check = (body) => modOf(body, 11n) === 0;

/** By prefix: what the rest looks like, and its checksum. */
const rules: Readonly<Record<string, { readonly format: RegExp; readonly check: Check; readonly country?: string }>> = {
  AT: { format: /^U\d{8}$/, check: checkAustria },
  BE: { format: /^[01]\d{9}$/, check: checkBelgium },
  BG: { format: /^\d{9,10}$/, check: checkBulgaria },
  CY: { format: /^\d{8}[A-Z]$/, check: checkCyprus },
  CZ: { format: /^\d{8,10}$/, check: checkCzechia },
  DE: { format: /^[1-9]\d{8}$/, check: mod1110 },
  DK: { format: /^[1-9]\d{7}$/, check: checkDenmark },
  EE: { format: /^10\d{7}$/, check: checkEstonia },
  EL: { format: /^\d{9}$/, check: checkGreece, country: 'GR' },
  ES: { format: /^([A-Z]\d{7}[A-Z\d]|\d{8}[A-Z])$/, check: checkSpain },
  FI: { format: /^\d{8}$/, check: checkFinland },
  FR: { format: /^[0-9A-HJ-NP-Z]{2}\d{9}$/, check: checkFrance },
  GB: { format: /^(\d{9}(\d{3})?|(GD|HA)\d{3})$/, check: checkBritain },
  XI: { format: /^(\d{9}(\d{3})?|(GD|HA)\d{3})$/, check: checkBritain, country: 'GB' },
  HR: { format: /^\d{11}$/, check: mod1110 },
  HU: { format: /^\d{8}$/, check: checkHungary },
  IE: { format: /^(\d{7}[A-W][A-IW]?|\d[A-Z+*]\d{5}[A-W])$/, check: checkIreland },
  IT: { format: /^\d{11}$/, check: checkItaly },
  LT: { format: /^(\d{7}1\d|\d{10}1\d)$/, check: checkLithuania },
  LU: { format: /^\d{8}$/, check: checkLuxembourg },
  LV: { format: /^\d{11}$/, check: checkLatvia },
  MT: { format: /^[1-9]\d{7}$/, check: checkMalta },
  NL: { format: /^\d{9}B\d{2}$/, check: checkNetherlands },
  PL: { format: /^\d{10}$/, check: checkPoland },
  PT: { format: /^\d{9}$/, check: checkPortugal },
  RO: { format: /^[1-9]\d{1,9}$/, check: checkRomania },
  SE: { format: /^\d{10}(0[1-9]|[1-8]\d|9[0-4])$/, check: checkSweden },
  SI: { format: /^[1-9]\d{7}$/, check: checkSlovenia },
  SK: { format: /^[1-9]\d[2-4,7-9]\d{7}$/, check: checkSlovakia },
};

/** States of the EU, ISO 3166. */
export const euStates: ReadonlySet<string> = new Set(Object.entries(rules).filter(([prefix]) => prefix !== 'GB' && prefix !== 'XI').map(([prefix, rule]) => rule.country ?? prefix));

const prefixOf = (country: string): string => (country === 'GR' ? 'EL' : country);

/** @param country where the customer is, ISO 3166: a number without a prefix is read as of there. */
export function checkVatId(vatId: string | null, country: string | null = null): VatIdCheck {
  const given = (vatId ?? '').toUpperCase().replaceAll(/[\s.\-/]/g, '');
  if (given === '') return { state: 'missing', country, normalised: '', problem: null };
  const ownPrefix = given.slice(0, 2) === 'GR' ? 'EL' : given.slice(0, 2);
  const ofPlace = country === null ? '' : prefixOf(country);
  const ownRule = rules[ownPrefix];
  // French numbers may begin with letters of their own: what fits with its prefix is read with it.
  const hasPrefix = ownRule !== undefined && (ownRule.format.test(given.slice(2)) || !(rules[ofPlace]?.format.test(given) ?? false));
  const prefix = hasPrefix ? ownPrefix : ofPlace;
  const body = hasPrefix ? given.slice(2) : given;
  const rule = rules[prefix];
  if (!rule) return { state: 'invalid', country, normalised: given, problem: 'No state of the EU or the United Kingdom gives such numbers.' };
  const found = { country: rule.country ?? prefix, normalised: `${prefix}${body}` };
  if (!rule.format.test(body)) return { ...found, state: 'invalid', problem: `A VAT number of ${found.country} does not look like this.` };
  if (!rule.check(body)) return { ...found, state: 'invalid', problem: 'Its check digit does not fit: a digit is wrong.' };
  if (country !== null && country !== found.country) return { ...found, state: 'invalid', problem: `It is a number of ${found.country}, and the customer is in ${country}.` };
  return { ...found, state: 'unverified', problem: null };
}
