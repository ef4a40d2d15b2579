/**
 * OASIS UBL 2.1, `Invoice` and `CreditNote` (EN 16931-3-2), to the semantic model. Reads what is there and judges nothing.
 */
import type { EInvoice, EInvoiceAddress, EInvoiceAllowanceCharge, EInvoiceAttachment, EInvoiceContact, EInvoiceLine, EInvoiceParty, EInvoicePaymentMeans, EInvoicePeriod, EInvoiceTaxBreakdown, EInvoiceTotals, SchemedId } from './invoice-model.ts';
import { attributeOf, elementAt, elementsAt, textAt, textOf, type XmlElement } from './xml-tree.ts';

export const ublInvoiceNamespace = 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2';
export const ublCreditNoteNamespace = 'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2';

type Maybe = XmlElement | null | undefined;

function schemedId(element: Maybe, attribute = 'schemeID'): SchemedId | null {
  const value = textOf(element);
  return value === null ? null : { value, scheme: attributeOf(element, attribute) };
}

function readAddress(element: Maybe): EInvoiceAddress | null {
  if (!element) return null;
  return {
    line1: textAt(element, 'StreetName'), line2: textAt(element, 'AdditionalStreetName'), line3: textAt(element, 'AddressLine', 'Line'), city: textAt(element, 'CityName'), postcode: textAt(element, 'PostalZone'),
    subdivision: textAt(element, 'CountrySubentity'), country: textAt(element, 'Country', 'IdentificationCode'),
  };
}

function readContact(element: Maybe): EInvoiceContact | null {
  return element ? { name: textAt(element, 'Name'), telephone: textAt(element, 'Telephone'), email: textAt(element, 'ElectronicMail') } : null;
}

/** A party's tax schemes: VAT is its VAT number, any other the seller's registration with its tax office. */
function taxScheme(party: Maybe, isVat: boolean): string | null {
  const schemes = elementsAt(party, 'PartyTaxScheme').filter((each) => (textAt(each, 'TaxScheme', 'ID')?.toUpperCase() === 'VAT') === isVat);
  return schemes.map((each) => textAt(each, 'CompanyID')).find((id) => id !== null) ?? null;
}

function readParty(party: Maybe): EInvoiceParty {
  const ids = elementsAt(party, 'PartyIdentification', 'ID').filter((id) => attributeOf(id, 'schemeID') !== 'SEPA');
  return {
    name: textAt(party, 'PartyLegalEntity', 'RegistrationName'), tradingName: textAt(party, 'PartyName', 'Name'), ids: ids.flatMap((id) => schemedId(id) ?? []), legalId: schemedId(elementAt(party, 'PartyLegalEntity', 'CompanyID')),
    vatId: taxScheme(party, true), taxRegistration: taxScheme(party, false), legalInformation: textAt(party, 'PartyLegalEntity', 'CompanyLegalForm'), electronicAddress: schemedId(elementAt(party, 'EndpointID')),
    address: readAddress(elementAt(party, 'PostalAddress')), contact: readContact(elementAt(party, 'Contact')),
  };
}

function readPeriod(element: Maybe): EInvoicePeriod | null {
  if (!element) return null;
  const period = { start: textAt(element, 'StartDate'), end: textAt(element, 'EndDate') };
  // A group that holds nothing but the code of the tax point (BT-8) is no period.
  return period.start === null && period.end === null && elementAt(element, 'DescriptionCode') ? null : period;
}

function readAllowanceCharge(element: XmlElement): EInvoiceAllowanceCharge {
  const indicator = textAt(element, 'ChargeIndicator');
  return {
    kind: indicator === 'true' ? 'charge' : indicator === 'false' ? 'allowance' : null, amount: textAt(element, 'Amount'), baseAmount: textAt(element, 'BaseAmount'), percentage: textAt(element, 'MultiplierFactorNumeric'),
    vatCategory: textAt(element, 'TaxCategory', 'ID'), vatRate: textAt(element, 'TaxCategory', 'Percent'), reason: textAt(element, 'AllowanceChargeReason'), reasonCode: textAt(element, 'AllowanceChargeReasonCode'),
  };
}

function readPaymentMeans(element: XmlElement): EInvoicePaymentMeans {
  const code = elementAt(element, 'PaymentMeansCode');
  return {
    code: textOf(code), text: attributeOf(code, 'name'),
    accounts: elementsAt(element, 'PayeeFinancialAccount').map((account) => ({ id: textAt(account, 'ID'), name: textAt(account, 'Name'), bic: textAt(account, 'FinancialInstitutionBranch', 'ID') })),
    cardNumber: textAt(element, 'CardAccount', 'PrimaryAccountNumberID'), cardHolder: textAt(element, 'CardAccount', 'HolderName'), debitedAccount: textAt(element, 'PaymentMandate', 'PayerFinancialAccount', 'ID'),
  };
}

function readTotals(root: XmlElement, currency: string | null, accountingCurrency: string | null): EInvoiceTotals {
  const totals = elementAt(root, 'LegalMonetaryTotal');
  const taxIn = (code: string | null): string | null => (code === null ? null : textOf(elementsAt(root, 'TaxTotal', 'TaxAmount').find((amount) => attributeOf(amount, 'currencyID') === code)));
  return {
    lineNet: textAt(totals, 'LineExtensionAmount'), allowances: textAt(totals, 'AllowanceTotalAmount'), charges: textAt(totals, 'ChargeTotalAmount'), withoutVat: textAt(totals, 'TaxExclusiveAmount'), vat: taxIn(currency),
    vatInAccountingCurrency: accountingCurrency === currency ? null : taxIn(accountingCurrency), withVat: textAt(totals, 'TaxInclusiveAmount'), paid: textAt(totals, 'PrepaidAmount'), rounding: textAt(totals, 'PayableRoundingAmount'),
    due: textAt(totals, 'PayableAmount'),
  };
}

function readBreakdown(subtotal: XmlElement): EInvoiceTaxBreakdown {
  const category = elementAt(subtotal, 'TaxCategory');
  return {
    taxableAmount: textAt(subtotal, 'TaxableAmount'), taxAmount: textAt(subtotal, 'TaxAmount'), category: textAt(category, 'ID'), rate: textAt(category, 'Percent'), exemptionReason: textAt(category, 'TaxExemptionReason'),
    exemptionReasonCode: textAt(category, 'TaxExemptionReasonCode'),
  };
}

function readAttachment(element: XmlElement): EInvoiceAttachment {
  const content = elementAt(element, 'Attachment', 'EmbeddedDocumentBinaryObject');
  return { reference: textAt(element, 'ID'), description: textAt(element, 'DocumentDescription'), location: textAt(element, 'Attachment', 'ExternalReference', 'URI'), mimeType: attributeOf(content, 'mimeCode'), fileName: attributeOf(content, 'filename') };
}

function readLine(element: XmlElement): EInvoiceLine {
  const item = elementAt(element, 'Item');
  const price = elementAt(element, 'Price');
  const quantity = elementAt(element, 'InvoicedQuantity') ?? elementAt(element, 'CreditedQuantity');
  const baseQuantity = elementAt(price, 'BaseQuantity');
  return {
    id: textAt(element, 'ID'), note: textAt(element, 'Note'), objectId: schemedId(elementAt(element, 'DocumentReference', 'ID')), quantity: textOf(quantity), unit: attributeOf(quantity, 'unitCode'),
    netAmount: textAt(element, 'LineExtensionAmount'), orderLine: textAt(element, 'OrderLineReference', 'LineID'), accountingReference: textAt(element, 'AccountingCost'), period: readPeriod(elementAt(element, 'InvoicePeriod')),
    allowanceCharges: elementsAt(element, 'AllowanceCharge').map(readAllowanceCharge), netPrice: textAt(price, 'PriceAmount'), priceDiscount: textAt(price, 'AllowanceCharge', 'Amount'), grossPrice: textAt(price, 'AllowanceCharge', 'BaseAmount'),
    priceBaseQuantity: textOf(baseQuantity), priceBaseUnit: attributeOf(baseQuantity, 'unitCode'), vatCategory: textAt(item, 'ClassifiedTaxCategory', 'ID'), vatRate: textAt(item, 'ClassifiedTaxCategory', 'Percent'),
    name: textAt(item, 'Name'), description: textAt(item, 'Description'), sellerItemId: textAt(item, 'SellersItemIdentification', 'ID'), buyerItemId: textAt(item, 'BuyersItemIdentification', 'ID'),
    standardId: schemedId(elementAt(item, 'StandardItemIdentification', 'ID')), classifications: elementsAt(item, 'CommodityClassification', 'ItemClassificationCode').flatMap((code) => schemedId(code, 'listID') ?? []),
    originCountry: textAt(item, 'OriginCountry', 'IdentificationCode'), attributes: elementsAt(item, 'AdditionalItemProperty').map((property) => ({ name: textAt(property, 'Name'), value: textAt(property, 'Value') })),
    subLines: elementsAt(element, 'SubInvoiceLine').map(readLine),
  };
}

/** @param root `Invoice` or `CreditNote`. */
export function readUbl(root: XmlElement): EInvoice {
  const seller = elementAt(root, 'AccountingSupplierParty', 'Party');
  const means = elementsAt(root, 'PaymentMeans');
  const payee = elementAt(root, 'PayeeParty');
  const representative = elementAt(root, 'TaxRepresentativeParty');
  const delivery = elementAt(root, 'Delivery');
  const location = elementAt(delivery, 'DeliveryLocation');
  const documents = elementsAt(root, 'AdditionalDocumentReference');
  const object = documents.find((each) => textAt(each, 'DocumentTypeCode') === '130');
  const currency = textAt(root, 'DocumentCurrencyCode');
  const accountingCurrency = textAt(root, 'TaxCurrencyCode');
  const creditor = [...elementsAt(seller, 'PartyIdentification', 'ID'), ...elementsAt(payee, 'PartyIdentification', 'ID')].find((id) => attributeOf(id, 'schemeID') === 'SEPA');
  return {
    number: textAt(root, 'ID'), issuedOn: textAt(root, 'IssueDate'), typeCode: textAt(root, 'InvoiceTypeCode') ?? textAt(root, 'CreditNoteTypeCode'), currency, accountingCurrency, taxPointOn: textAt(root, 'TaxPointDate'),
    taxPointCode: textAt(root, 'InvoicePeriod', 'DescriptionCode'), dueOn: textAt(root, 'DueDate') ?? textAt(means[0], 'PaymentDueDate'), buyerReference: textAt(root, 'BuyerReference'), projectReference: textAt(root, 'ProjectReference', 'ID'),
    contractReference: textAt(root, 'ContractDocumentReference', 'ID'), orderReference: textAt(root, 'OrderReference', 'ID'), salesOrderReference: textAt(root, 'OrderReference', 'SalesOrderID'),
    receivingAdvice: textAt(root, 'ReceiptDocumentReference', 'ID'), despatchAdvice: textAt(root, 'DespatchDocumentReference', 'ID'), tenderReference: textAt(root, 'OriginatorDocumentReference', 'ID'),
    objectId: schemedId(elementAt(object, 'ID')), accountingReference: textAt(root, 'AccountingCost'), paymentTerms: textAt(root, 'PaymentTerms', 'Note'),
    notes: elementsAt(root, 'Note').map(readNote), businessProcess: textAt(root, 'ProfileID'), specificationId: textAt(root, 'CustomizationID'),
    precedingInvoices: elementsAt(root, 'BillingReference', 'InvoiceDocumentReference').map((each) => ({ number: textAt(each, 'ID'), issuedOn: textAt(each, 'IssueDate') })),
    seller: readParty(seller), buyer: readParty(elementAt(root, 'AccountingCustomerParty', 'Party')),
    payee: payee ? { name: textAt(payee, 'PartyName', 'Name'), id: schemedId(elementsAt(payee, 'PartyIdentification', 'ID').find((id) => attributeOf(id, 'schemeID') !== 'SEPA')), legalId: schemedId(elementAt(payee, 'PartyLegalEntity', 'CompanyID')) } : null,
    taxRepresentative: representative ? { name: textAt(representative, 'PartyName', 'Name'), vatId: taxScheme(representative, true), address: readAddress(elementAt(representative, 'PostalAddress')) } : null,
    delivery: delivery ? { name: textAt(delivery, 'DeliveryParty', 'PartyName', 'Name'), locationId: schemedId(elementAt(location, 'ID')), on: textAt(delivery, 'ActualDeliveryDate'), address: readAddress(elementAt(location, 'Address')) } : null,
    period: readPeriod(elementAt(root, 'InvoicePeriod')), paymentMeans: means.map(readPaymentMeans), remittance: means.map((each) => textAt(each, 'PaymentID')).find((id) => id !== null) ?? null,
    mandateReference: means.map((each) => textAt(each, 'PaymentMandate', 'ID')).find((id) => id !== null) ?? null, creditorId: textOf(creditor), allowanceCharges: elementsAt(root, 'AllowanceCharge').map(readAllowanceCharge),
    totals: readTotals(root, currency, accountingCurrency), taxBreakdown: elementsAt(root, 'TaxTotal', 'TaxSubtotal').map(readBreakdown), attachments: documents.filter((each) => each !== object).map(readAttachment),
    lines: [...elementsAt(root, 'InvoiceLine'), ...elementsAt(root, 'CreditNoteLine')].map(readLine), thirdPartyPayments: elementsAt(root, 'PrepaidPayment').map((payment) => ({ amount: textAt(payment, 'PaidAmount') })),
  };
}

/** UBL has no place for the subject of a note: it stands in front of it as '#ADU#…'. */
function readNote(element: XmlElement): { subjectCode: string | null; text: string } {
  const text = textOf(element) ?? '';
  const match = /^#([A-Z]{3})#([\s\S]*)$/.exec(text);
  return match ? { subjectCode: match[1] ?? null, text: match[2] ?? '' } : { subjectCode: null, text };
}
