/**
 * Who sends our invoices: the ledger's own settings, completed from what the gateway account says about the company.
 */
import { z } from 'zod';
import type { ReadableDatabase } from '../database/handles.ts';
import { addressLines, postalAddressOf } from '../contracts/billing-address.ts';
import { findGatewayAccount, findLedgerSetting } from './partner-invoice.repository.ts';
import type { Issuer } from './partner-invoice.ts';
import type { IssuerPort } from './partner-invoicing.ports.ts';

/** The setting `company_profile`: what the gateway does not know. All of it is optional. */
const profileSchema = z.object({
  legalName: z.string(), address: z.array(z.string()), email: z.string(), taxNumber: z.string(), paymentInstructions: z.array(z.string()), vatId: z.string(), registrationNumber: z.string(), country: z.string(),
  /** In its parts, as a billing address is stored. */
  postal: z.record(z.string(), z.string().nullable()),
  bank: z.object({ iban: z.string(), bic: z.string().nullable(), bankName: z.string().nullable(), holder: z.string().nullable() }).nullable(),
}).partial();

const accountSchema = z.object({
  business_profile: z.object({ name: z.string().nullish(), support_email: z.string().nullish(), support_address: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  email: z.string().nullish(),
  country: z.string().nullish(),
});

/** Reads `company_name` and `company_profile` (JSON) from the ledger's settings; the Stripe account fills what they leave out. */
export function createIssuerProfile(dependencies: { readonly readable: ReadableDatabase; readonly documentFor?: IssuerPort['documentFor'] }): IssuerPort & { country(): string | null } {
  return {
    documentFor: dependencies.documentFor ?? (() => ({ language: 'en', lookId: null })),
    /** ISO 3166: of the profile, or of the gateway account. */
    country(): string | null {
      const { readable } = dependencies;
      const own = profileSchema.safeParse(parseJson(findLedgerSetting(readable, 'company_profile'))).data?.country;
      return own ?? accountSchema.safeParse(parseJson(findGatewayAccount(readable))).data?.country?.toUpperCase() ?? null;
    },
    issuer(): Issuer {
      const { readable } = dependencies;
      const profile = profileSchema.safeParse(parseJson(findLedgerSetting(readable, 'company_profile'))).data ?? {};
      const account = accountSchema.safeParse(parseJson(findGatewayAccount(readable))).data;
      // Parts that the company set itself stand before those that Stripe knows; lines of an address that has no parts are printed as they are.
      const stored = JSON.stringify(profile.postal ?? (profile.address ? null : (account?.business_profile?.support_address ?? null)));
      return {
        name: findLedgerSetting(readable, 'company_name') ?? account?.business_profile?.name ?? 'Accounts receivable',
        legalName: profile.legalName ?? null,
        address: profile.postal ? addressLines(stored) : (profile.address ?? addressLines(stored)),
        email: profile.email ?? account?.business_profile?.support_email ?? account?.email ?? null,
        taxNumber: profile.taxNumber ?? null,
        paymentInstructions: profile.paymentInstructions ?? [],
        postal: postalAddressOf(stored), vatId: profile.vatId ?? null, registrationNumber: profile.registrationNumber ?? null, bank: profile.bank ?? null,
      };
    },
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}
