/**
 * Which currencies exist and how many decimals their minor unit has: ISO 4217, but for three in which Stripe counts otherwise (docs/adr/0039). The list counts in code, not in a file, because
 * shared/ is pure.
 */
import { ValidationError } from '../errors/errors.ts';

/** Lower-case ISO 4217 alphabetic code. */
export type CurrencyCode = string;

const withoutDecimals = 'bif clp djf gnf jpy kmf krw pyg rwf uyi vnd vuv xaf xof xpf';
const withThreeDecimals = 'bhd iqd jod kwd lyd omr tnd';
const withFourDecimals = 'clf uyw';
const withTwoDecimals =
  'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ves wst xcd yer zar zmw zwg';

/** Withdrawn from ISO 4217 since 2011, with the decimals they had: what was paid in them stays in the books. */
const withdrawnWithoutDecimals = 'byr';
const withdrawnWithTwoDecimals = 'cuc eek hrk ltl lvl mro sll std vef zmk zwl';

/** Nobody pays in parts of these three. Stripe counts the first two in hundredths all the same (500 is 5 krónur) and the ariary, which ISO 4217 gives two decimals, whole. */
const wholeInHundredths = 'isk ugx';
const wholeAsCounted = 'mga';

const exponents = new Map<string, number>();
for (const [list, exponent] of [[withoutDecimals, 0], [wholeAsCounted, 0], [withdrawnWithoutDecimals, 0], [withTwoDecimals, 2], [wholeInHundredths, 2], [withdrawnWithTwoDecimals, 2], [withThreeDecimals, 3], [withFourDecimals, 4]] as const) {
  for (const code of list.split(' ')) exponents.set(code, exponent);
}

/**
 * Decimals of the minor unit: JPY 0, USD 2, KWD 3; ISK and UGX 2, MGA 0, as Stripe counts them.
 * @throws ValidationError `currency-unknown`.
 */
export function currencyExponent(code: CurrencyCode): number {
  const exponent = exponents.get(code);
  if (exponent === undefined) throw new ValidationError('currency-unknown', `“${code}” is not an ISO 4217 currency in lower case.`, { nextStep: 'Write its three letters in lower case, such as usd.' });
  return exponent;
}

export function isCurrencyCode(code: string): boolean {
  return exponents.has(code);
}

/** The currencies whose minor unit has so many decimals. */
export function currenciesOfExponent(exponent: number): CurrencyCode[] {
  return [...exponents].filter(([, own]) => own === exponent).map(([code]) => code);
}
