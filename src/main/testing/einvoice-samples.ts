/** Electronic invoices of our own for tests: they hold to EN 16931, and each has more in it than a bare minimum. */
import type { EInvoice, EInvoiceAddress, EInvoiceAllowanceCharge, EInvoiceLine, EInvoiceParty, EInvoiceTaxBreakdown, EInvoiceTotals } from '../documents/einvoice/invoice-model.ts';

const address: EInvoiceAddress = { line1: 'Kanalstraße 7', line2: null, line3: null, city: 'Bremen', postcode: '28195', subdivision: null, country: 'DE' };

const seller: EInvoiceParty = {
  name: 'Meridian Deeds GmbH', tradingName: 'Meridian', ids: [{ value: 'M-1', scheme: null }], legalId: { value: 'HRB 4711', scheme: null }, vatId: 'DE123456789', taxRegistration: '60/123/45678', legalInformation: null,
  electronicAddress: { value: 'rechnung@meridian.example', scheme: 'EM' }, address, contact: { name: 'Accounts', telephone: '+49 421 1', email: 'ar@meridian.example' },
};
const buyer: EInvoiceParty = {
  name: 'Ashgrove Registry Services, S.L.', tradingName: null, ids: [], legalId: { value: 'B-99', scheme: null }, vatId: 'ESB12345678', taxRegistration: null, legalInformation: null, electronicAddress: null,
  address: { ...address, line1: 'Calle de Alcalá 48', city: 'Madrid', postcode: '28014', country: 'ES' }, contact: null,
};

export const sampleLine: EInvoiceLine = {
  id: '1', note: null, objectId: null, quantity: '401', unit: 'C62', netAmount: '1164.91', orderLine: null, accountingReference: null, period: { start: '2026-10-01', end: '2026-10-31' }, allowanceCharges: [], netPrice: '2.905', priceDiscount: null,
  grossPrice: null, priceBaseQuantity: null, priceBaseUnit: null, vatCategory: 'S', vatRate: '19', name: 'Deeds', description: null, sellerItemId: null, buyerItemId: null, standardId: null, classifications: [], originCountry: null, attributes: [], subLines: [],
};

const allowance: EInvoiceAllowanceCharge = { kind: 'allowance', amount: '58.25', baseAmount: '1164.91', percentage: '5', vatCategory: 'S', vatRate: '19', reason: 'Discount', reasonCode: '95' };
const charge: EInvoiceAllowanceCharge = { kind: 'charge', amount: '10.00', baseAmount: null, percentage: null, vatCategory: 'S', vatRate: '19', reason: 'Handling', reasonCode: null };

/** Standard rated, with an allowance and a charge: 1,164.91 − 58.25 + 10.00 = 1,116.66, of it 19 % = 212.17. */
export const standardRated: EInvoice = {
  number: 'API-202610-dp_pk_KKB', issuedOn: '2026-11-18', typeCode: '380', currency: 'EUR', accountingCurrency: null, taxPointOn: null, taxPointCode: null, dueOn: '2026-12-18', buyerReference: null, projectReference: null, contractReference: 'dp_pk_KKB',
  orderReference: 'PO-7781', salesOrderReference: null, receivingAdvice: null, despatchAdvice: null, tenderReference: null, objectId: null, accountingReference: null, paymentTerms: '30 days', notes: [{ subjectCode: 'AAI', text: 'Thank you' }],
  businessProcess: null, specificationId: 'urn:cen.eu:en16931:2017', precedingInvoices: [], seller, buyer, payee: null, taxRepresentative: null, delivery: null, period: { start: '2026-10-01', end: '2026-10-31' },
  paymentMeans: [{ code: '58', text: null, accounts: [{ id: 'DE02120300000000202051', name: 'Meridian Deeds GmbH', bic: 'BYLADEM1001' }], cardNumber: null, cardHolder: null, debitedAccount: null }], remittance: 'API-202610-dp_pk_KKB',
  mandateReference: null, creditorId: null, allowanceCharges: [allowance, charge],
  totals: { lineNet: '1164.91', allowances: '58.25', charges: '10.00', withoutVat: '1116.66', vat: '212.17', vatInAccountingCurrency: null, withVat: '1328.83', paid: null, rounding: null, due: '1328.83' },
  taxBreakdown: [{ taxableAmount: '1116.66', taxAmount: '212.17', category: 'S', rate: '19', exemptionReason: null, exemptionReasonCode: null }], attachments: [], lines: [sampleLine], thirdPartyPayments: [],
};

const noTax: EInvoiceTaxBreakdown = { taxableAmount: '1164.91', taxAmount: '0.00', category: 'AE', rate: '0', exemptionReason: 'Reverse charge', exemptionReasonCode: 'VATEX-EU-AE' };
const plainTotals: EInvoiceTotals = { ...standardRated.totals, allowances: null, charges: null, withoutVat: '1164.91', vat: '0.00', withVat: '1164.91', due: '1164.91' };

function untaxed(category: string, rate: string | null, breakdown: Partial<EInvoiceTaxBreakdown>, change: Partial<EInvoice> = {}): EInvoice {
  return { ...standardRated, allowanceCharges: [], totals: plainTotals, lines: [{ ...sampleLine, vatCategory: category, vatRate: rate }], taxBreakdown: [{ ...noTax, category, rate, ...breakdown }], ...change };
}

export const reverseCharge = untaxed('AE', '0', {});
export const zeroRated = untaxed('Z', '0', { exemptionReason: null, exemptionReasonCode: null });
export const exempt = untaxed('E', '0', { exemptionReason: 'Exempt, section 4', exemptionReasonCode: null });
export const intraCommunity = untaxed('K', '0', { exemptionReason: null, exemptionReasonCode: 'VATEX-EU-IC' }, { delivery: { name: null, locationId: null, on: '2026-10-31', address: buyer.address } });
export const exported = untaxed('G', '0', { exemptionReason: 'Export', exemptionReasonCode: 'VATEX-EU-G' });
export const notSubject = untaxed('O', null, { exemptionReason: 'Not subject to VAT', exemptionReasonCode: 'VATEX-EU-O' }, { seller: { ...seller, vatId: null }, buyer: { ...buyer, vatId: null } });
export const canaryIslands: EInvoice = { ...standardRated, lines: [{ ...sampleLine, vatCategory: 'L' }], allowanceCharges: [{ ...allowance, vatCategory: 'L' }, { ...charge, vatCategory: 'L' }], taxBreakdown: standardRated.taxBreakdown.map((each) => ({ ...each, category: 'L' })) };

/** Every sample by name. */
export const einvoiceSamples: Readonly<Record<string, EInvoice>> = { standardRated, reverseCharge, zeroRated, exempt, intraCommunity, exported, notSubject, canaryIslands };

/** A credit note in UBL, written by hand. */
export const ublCreditNote = `<?xml version="1.0" encoding="UTF-8"?>
<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>CN-2026-0001</cbc:ID><cbc:IssueDate>2026-11-20</cbc:IssueDate><cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>
  <cbc:Note>#AAI#For October</cbc:Note><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>API-202610-dp_pk_KKB</cbc:ID><cbc:IssueDate>2026-11-18</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>
  <cac:AccountingSupplierParty><cac:Party><cac:PostalAddress><cbc:CityName>Bremen</cbc:CityName><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>DE123456789</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyTaxScheme><cbc:CompanyID>60/123/45678</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Meridian Deeds GmbH</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>ES</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyLegalEntity><cbc:RegistrationName>Ashgrove &amp; Söhne</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount>
    <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
    <cbc:PrepaidAmount currencyID="EUR">119.00</cbc:PrepaidAmount><cbc:PayableAmount currencyID="EUR">0.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:CreditNoteLine><cbc:ID>1</cbc:ID><cbc:CreditedQuantity unitCode="C62">4</cbc:CreditedQuantity><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name><![CDATA[Deeds <corrected>]]></cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">25</cbc:PriceAmount></cac:Price></cac:CreditNoteLine>
</CreditNote>`;
