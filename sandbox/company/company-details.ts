/** What the demo company prints on its invoices beside what its gateway account says: enough for the electronic form (EN 16931) of every partner invoice it makes. All made up. */
export const companyDetails = {
  legalName: 'Meridian Deeds, Inc.',
  postal: { line1: '18 Harbor Street', line2: 'Suite 400', postcode: '19801', city: 'Wilmington', region: 'DE', country: 'US' },
  email: 'finance@meridian-deeds.example',
  /** Registered for VAT in Spain, where a partner is taxed; a foreign company's number there begins with N. */
  vatId: 'ESN0412583G',
  taxNumber: null,
  registrationNumber: 'Delaware file number 7714209',
  bank: { iban: 'IE91MERI93115212345678', bic: 'MERIIE2D', bankName: 'Meridian Test Bank', holder: 'Meridian Deeds, Inc.' },
  paymentInstructions: [] as string[],
};
