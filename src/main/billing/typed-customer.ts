/** A customer of a one-off invoice that is no partner: between what a person types and what stands on the invoice. Pure. */
import type { TypedCustomer } from '../../shared/invoicing/draft-document.ts';
import { addressLines, countryCodeOf } from '../contracts/billing-address.ts';
import { idFromKey } from '../platform/ids.ts';
import type { PartyDetails } from './partner-invoice.ts';

/** A typed customer is known by its name: the same name is the same customer in ageing and statements. */
export const typedPartyId = (name: string): string => `customer-${idFromKey(`typed-customer/${name.trim().toLowerCase().replaceAll(/\s+/g, ' ')}`)}`;

/** As it is printed, and named in an electronic invoice. */
export function detailsOfTyped({ name, legalName, address, country, email, taxNumber }: TypedCustomer): PartyDetails {
  return { name, legalName, ...addressOf(address, country), email, taxNumber };
}

/** As a person typed it: `detailsOfTyped` of it is the same again. */
export function typedOf({ name, legalName, address, postal, email, taxNumber }: PartyDetails): TypedCustomer {
  const country = postal?.country ?? null;
  const closes = country !== null && address.at(-1) === countryLines(country)[0];
  return { name, legalName, address: closes ? address.slice(0, -1) : address, country, email, taxNumber };
}

const countryLines = (country: string): string[] => addressLines(JSON.stringify({ country }));

/** The country that was typed beside the lines closes the address, and is the one an electronic invoice names. */
function addressOf(lines: readonly string[], country: string | null): Pick<PartyDetails, 'address' | 'postal'> {
  if (country === null) return { address: lines };
  const own = countryCodeOf(lines.at(-1) ?? null) === country ? lines.slice(0, -1) : lines;
  return { address: [...own, ...countryLines(country)], postal: { line1: own[0] ?? null, line2: own.slice(1).join(', ') || null, city: null, postcode: null, region: null, country } };
}
