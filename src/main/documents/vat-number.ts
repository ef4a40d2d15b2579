/** Which of the numbers that people give for tax is a VAT number. */

/** Where VAT numbers are given: the EU's states, Northern Ireland and the neighbours whose numbers look alike. */
const vatNumber = /^(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI|GB|CH|NO)[A-Z0-9+*]{5,13}$/;

/** Each of them has two digits at least; a word does not: 'not registered' begins like a number of Norway. */
const twoDigits = /\d.*\d/;

/** A tax number without its spaces, dots and dashes where it is a VAT number; null where it is another kind of number. */
export function vatNumberIn(text: string | null | undefined): string | null {
  const plain = (text ?? '').replace(/[\s.-]/g, '').toUpperCase();
  return vatNumber.test(plain) && twoDigits.test(plain) ? plain : null;
}
