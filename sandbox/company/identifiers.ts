/**
 * Ids in Stripe's look that carry their fact's number, scrambled: a million of them need neither memory nor a map to be found again.
 */
import { hashText, mix32 } from './random.ts';

export const kinds = {
  customer: 'cus_',
  product: 'prod_',
  price: 'price_',
  taxRate: 'txr_',
  subscription: 'sub_',
  subscriptionItem: 'si_',
  discount: 'di_',
  invoice: 'in_',
  line: 'il_',
  invoiceItem: 'ii_',
  invoicePayment: 'inpay_',
  intent: 'pi_',
  charge: 'ch_',
  paymentMethod: 'pm_',
  transaction: 'txn_',
  refund: 're_',
  dispute: 'du_',
  payout: 'po_',
  creditNote: 'cn_',
  creditNoteLine: 'cnli_',
  checkoutSession: 'cs_test_',
  event: 'evt_',
  request: 'req_',
} as const;
export type Kind = keyof typeof kinds;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const multiplier = 0x9e3779b1;
const inverseMultiplier = invert32(multiplier);

function invert32(odd: number): number {
  let inverse = odd | 0;
  for (let round = 0; round < 5; round += 1) {
    inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  }
  return inverse;
}

function write62(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place += 1) {
    text = (alphabet[rest % 62] ?? '0') + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

function read62(text: string): number {
  let value = 0;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) {
      return -1;
    }
    value = value * 62 + digit;
  }
  return value;
}

export interface Identifiers {
  /** The account's own id, `acct_…`. */
  accountId: string;
  idOf(kind: Kind, number: number): string;
  /** The number an id of this kind carries, or -1 when it is not one of ours. */
  numberOf(kind: Kind, id: string): number;
  /** A UUID (version 8: made by our own rule) for a row of the company's tables. */
  uuidOf(label: string): string;
}

/** Ids of one company; another seed gives other ids throughout. */
export function createIdentifiers(seed: number): Identifiers {
  const accountTag = write62(mix32(seed ^ 0x4d657269), 5) + write62(mix32(seed + 0x44656564), 5);
  const salts = {} as Record<Kind, number>;
  for (const kind of Object.keys(kinds) as Kind[]) {
    salts[kind] = mix32(hashText(kind) ^ seed);
  }
  const idOf = (kind: Kind, number: number): string => {
    const salt = salts[kind];
    const scrambled = (Math.imul(number, multiplier) ^ salt) >>> 0;
    const tail = write62(mix32(scrambled + salt), 5);
    return `${kinds[kind]}1${write62(scrambled, 6)}${accountTag}${tail}`;
  };
  return {
    accountId: `acct_1${accountTag}${write62(mix32(seed ^ 0x61636374), 5)}`,
    idOf,
    numberOf: (kind, id) => {
      const start = kinds[kind].length + 1;
      const scrambled = read62(id.slice(start, start + 6));
      if (scrambled < 0 || scrambled > 0xffffffff) {
        return -1;
      }
      const number = Math.imul((scrambled ^ salts[kind]) | 0, inverseMultiplier) >>> 0;
      return idOf(kind, number) === id ? number : -1;
    },
    uuidOf: (label) => {
      let hex = '';
      for (let word = 0; word < 4; word += 1) {
        hex += mix32(hashText(`${seed}/${word}/${label}`) + word).toString(16).padStart(8, '0');
      }
      const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3] ?? '8';
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  };
}
