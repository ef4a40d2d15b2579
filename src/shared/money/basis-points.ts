/** Ten-thousandths of a whole, as decimal text: nothing goes through a float. Pure. */

const decimalOf = (whole: number, places: 2 | 4): string => `${whole < 0 ? '-' : ''}${Math.floor(Math.abs(whole) / 10 ** places)}.${String(Math.abs(whole) % 10 ** places).padStart(places, '0')}`;

/** As percent: 1,234 basis points → '12.34'. */
export const percentDecimal = (basisPoints: number): string => decimalOf(basisPoints, 2);

/** As a ratio of two amounts: 35,000 → '3.5000'; −15,000 → '-1.5000'. */
export const ratioDecimal = (basisPoints: number): string => decimalOf(basisPoints, 4);
