/**
 * UN/CEFACT Cross Industry Invoice (D16B, as EN 16931-3-3, Factur-X and ZUGFeRD use it) to the semantic model. Reads what is there and judges nothing.
 */
import type { EInvoice, EInvoiceAddress, EInvoiceAllowanceCharge, EInvoiceAttachment, EInvoiceContact, EInvoiceLine, EInvoiceParty, EInvoicePaymentMeans, EInvoicePeriod, EInvoiceTotals, SchemedId } from './invoice-model.ts';
import { attributeOf, elementAt, elementsAt, textAt, textOf, type XmlElement } from './xml-tree.ts';

export const ciiNamespace = 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100';

type Maybe = XmlElement | null | undefined;

/** `format="102"` is YYYYMMDD; whatever else stands there comes through as it is, for the checker to name. */
export function readCiiDate(element: Maybe): string | null {
  const holder = elementAt(element, 'DateTimeString') ?? elementAt(element, 'DateString');
  const text = textOf(holder);
  if (text === null) return null;
  const match = attributeOf(holder, 'format') === '102' ? /^(\d{4})(\d{2})(\d{2})$/.exec(text) : null;
  return match ? `${match[1]}-${match[2]}-${match[3]}` : text;
}

function schemedId(element: Maybe, attribute = 'schemeID'): SchemedId | null {
  const value = textOf(element);
  return value === null ? null : { value, scheme: attributeOf(element, attribute) };
}

function readAddress(element: Maybe): EInvoiceAddress | null {
  if (!element) return null;
  return {
    line1: textAt(element, 'LineOne'), line2: textAt(element, 'LineTwo'), line3: textAt(element, 'LineThree'), city: textAt(element, 'CityName'), postcode: textAt(element, 'PostcodeCode'),
    subdivision: textAt(element, 'CountrySubDivisionName'), country: textAt(element, 'CountryID'),
  };
}

function readContact(element: Maybe): EInvoiceContact | null {
  if (!element) return null;
  return { name: textAt(element, 'PersonName') ?? textAt(element, 'DepartmentName'), telephone: textAt(element, 'TelephoneUniversalCommunication', 'CompleteNumber'), email: textAt(element, 'EmailURIUniversalCommunication', 'URIID') };
}

function registration(element: Maybe, scheme: 'VA' | 'FC'): string | null {
  return textOf(elementsAt(element, 'SpecifiedTaxRegistration', 'ID').find((id) => attributeOf(id, 'schemeID') === scheme));
}

function readParty(element: Maybe): EInvoiceParty {
  return {
    name: textAt(element, 'Name'), tradingName: textAt(element, 'SpecifiedLegalOrganization', 'TradingBusinessName'),
    ids: [...elementsAt(element, 'ID'), ...elementsAt(element, 'GlobalID')].flatMap((id) => schemedId(id) ?? []),
    legalId: schemedId(elementAt(element, 'SpecifiedLegalOrganization', 'ID')), vatId: registration(element, 'VA'), taxRegistration: registration(element, 'FC'), legalInformation: textAt(element, 'Description'),
    electronicAddress: schemedId(elementAt(element, 'URIUniversalCommunication', 'URIID')), address: readAddress(elementAt(element, 'PostalTradeAddress')), contact: readContact(elementAt(element, 'DefinedTradeContact')),
  };
}

function readPeriod(element: Maybe): EInvoicePeriod | null {
  return element ? { start: readCiiDate(elementAt(element, 'StartDateTime')), end: readCiiDate(elementAt(element, 'EndDateTime')) } : null;
}

function readAllowanceCharge(element: XmlElement): EInvoiceAllowanceCharge {
  const indicator = textAt(element, 'ChargeIndicator', 'Indicator');
  return {
    kind: indicator === 'true' ? 'charge' : indicator === 'false' ? 'allowance' : null, amount: textAt(element, 'ActualAmount'), baseAmount: textAt(element, 'BasisAmount'), percentage: textAt(element, 'CalculationPercent'),
    vatCategory: textAt(element, 'CategoryTradeTax', 'CategoryCode'), vatRate: textAt(element, 'CategoryTradeTax', 'RateApplicablePercent'), reason: textAt(element, 'Reason'), reasonCode: textAt(element, 'ReasonCode'),
  };
}

function readPaymentMeans(element: XmlElement): EInvoicePaymentMeans {
  const bic = textAt(element, 'PayeeSpecifiedCreditorFinancialInstitution', 'BICID');
  return {
    code: textAt(element, 'TypeCode'), text: textAt(element, 'Information'),
    accounts: elementsAt(element, 'PayeePartyCreditorFinancialAccount').map((account) => ({ id: textAt(account, 'IBANID') ?? textAt(account, 'ProprietaryID'), name: textAt(account, 'AccountName'), bic })),
    cardNumber: textAt(element, 'ApplicableTradeSettlementFinancialCard', 'ID'), cardHolder: textAt(element, 'ApplicableTradeSettlementFinancialCard', 'CardholderName'),
    debitedAccount: textAt(element, 'PayerPartyDebtorFinancialAccount', 'IBANID'),
  };
}

function readTotals(element: Maybe, currency: string | null, accountingCurrency: string | null): EInvoiceTotals {
  const taxTotals = elementsAt(element, 'TaxTotalAmount');
  const taxIn = (code: string | null): string | null => (code === null ? null : textOf(taxTotals.find((total) => attributeOf(total, 'currencyID') === code)));
  return {
    lineNet: textAt(element, 'LineTotalAmount'), allowances: textAt(element, 'AllowanceTotalAmount'), charges: textAt(element, 'ChargeTotalAmount'), withoutVat: textAt(element, 'TaxBasisTotalAmount'),
    vat: taxIn(currency), vatInAccountingCurrency: accountingCurrency === currency ? null : taxIn(accountingCurrency), withVat: textAt(element, 'GrandTotalAmount'), paid: textAt(element, 'TotalPrepaidAmount'),
    rounding: textAt(element, 'RoundingAmount'), due: textAt(element, 'DuePayableAmount'),
  };
}

function readAttachment(element: XmlElement): EInvoiceAttachment {
  const content = elementAt(element, 'AttachmentBinaryObject');
  return { reference: textAt(element, 'IssuerAssignedID'), description: textAt(element, 'Name'), location: textAt(element, 'URIID'), mimeType: attributeOf(content, 'mimeCode'), fileName: attributeOf(content, 'filename') };
}

function readLine(element: XmlElement): EInvoiceLine {
  const product = elementAt(element, 'SpecifiedTradeProduct');
  const agreement = elementAt(element, 'SpecifiedLineTradeAgreement');
  const settlement = elementAt(element, 'SpecifiedLineTradeSettlement');
  const quantity = elementAt(element, 'SpecifiedLineTradeDelivery', 'BilledQuantity');
  const netPrice = elementAt(agreement, 'NetPriceProductTradePrice');
  const grossPrice = elementAt(agreement, 'GrossPriceProductTradePrice');
  const baseQuantity = elementAt(netPrice, 'BasisQuantity') ?? elementAt(grossPrice, 'BasisQuantity');
  const vat = elementsAt(settlement, 'ApplicableTradeTax').find((tax) => textAt(tax, 'TypeCode')?.toUpperCase() === 'VAT');
  const object = elementsAt(settlement, 'AdditionalReferencedDocument').find((document) => textAt(document, 'TypeCode') === '130');
  return {
    id: textAt(element, 'AssociatedDocumentLineDocument', 'LineID'), note: textAt(element, 'AssociatedDocumentLineDocument', 'IncludedNote', 'Content'),
    objectId: object ? { value: textAt(object, 'IssuerAssignedID') ?? '', scheme: textAt(object, 'ReferenceTypeCode') } : null,
    quantity: textOf(quantity), unit: attributeOf(quantity, 'unitCode'), netAmount: textAt(settlement, 'SpecifiedTradeSettlementLineMonetarySummation', 'LineTotalAmount'),
    orderLine: textAt(agreement, 'BuyerOrderReferencedDocument', 'LineID'), accountingReference: textAt(settlement, 'ReceivableSpecifiedTradeAccountingAccount', 'ID'), period: readPeriod(elementAt(settlement, 'BillingSpecifiedPeriod')),
    allowanceCharges: elementsAt(settlement, 'SpecifiedTradeAllowanceCharge').map(readAllowanceCharge),
    netPrice: textAt(netPrice, 'ChargeAmount'), priceDiscount: textAt(grossPrice, 'AppliedTradeAllowanceCharge', 'ActualAmount'), grossPrice: textAt(grossPrice, 'ChargeAmount'),
    priceBaseQuantity: textOf(baseQuantity), priceBaseUnit: attributeOf(baseQuantity, 'unitCode'), vatCategory: textAt(vat, 'CategoryCode'), vatRate: textAt(vat, 'RateApplicablePercent'),
    name: textAt(product, 'Name'), description: textAt(product, 'Description'), sellerItemId: textAt(product, 'SellerAssignedID'), buyerItemId: textAt(product, 'BuyerAssignedID'), standardId: schemedId(elementAt(product, 'GlobalID')),
    classifications: elementsAt(product, 'DesignatedProductClassification', 'ClassCode').flatMap((code) => schemedId(code, 'listID') ?? []), originCountry: textAt(product, 'OriginTradeCountry', 'ID'),
    attributes: elementsAt(product, 'ApplicableProductCharacteristic').map((attribute) => ({ name: textAt(attribute, 'Description'), value: textAt(attribute, 'Value') })),
    subLines: [],
  };
}

/** @param root `CrossIndustryInvoice`. */
export function readCii(root: XmlElement): EInvoice {
  const context = elementAt(root, 'ExchangedDocumentContext');
  const document = elementAt(root, 'ExchangedDocument');
  const transaction = elementAt(root, 'SupplyChainTradeTransaction');
  const agreement = elementAt(transaction, 'ApplicableHeaderTradeAgreement');
  const delivery = elementAt(transaction, 'ApplicableHeaderTradeDelivery');
  const settlement = elementAt(transaction, 'ApplicableHeaderTradeSettlement');
  const terms = elementAt(settlement, 'SpecifiedTradePaymentTerms');
  const documents = elementsAt(agreement, 'AdditionalReferencedDocument');
  const documentOfType = (code: string): XmlElement | undefined => documents.find((each) => textAt(each, 'TypeCode') === code);
  const object = documentOfType('130');
  const taxes = elementsAt(settlement, 'ApplicableTradeTax');
  const shipTo = elementAt(delivery, 'ShipToTradeParty');
  const deliveredOn = readCiiDate(elementAt(delivery, 'ActualDeliverySupplyChainEvent', 'OccurrenceDateTime'));
  const currency = textAt(settlement, 'InvoiceCurrencyCode');
  const accountingCurrency = textAt(settlement, 'TaxCurrencyCode');
  const payee = elementAt(settlement, 'PayeeTradeParty');
  const representative = elementAt(agreement, 'SellerTaxRepresentativeTradeParty');
  return {
    number: textAt(document, 'ID'), issuedOn: readCiiDate(elementAt(document, 'IssueDateTime')), typeCode: textAt(document, 'TypeCode'), currency, accountingCurrency,
    taxPointOn: taxes.map((tax) => readCiiDate(elementAt(tax, 'TaxPointDate'))).find((date) => date !== null) ?? null,
    taxPointCode: taxes.map((tax) => textAt(tax, 'DueDateTypeCode')).find((code) => code !== null) ?? null,
    dueOn: readCiiDate(elementAt(terms, 'DueDateDateTime')), buyerReference: textAt(agreement, 'BuyerReference'), projectReference: textAt(agreement, 'SpecifiedProcuringProject', 'ID'),
    contractReference: textAt(agreement, 'ContractReferencedDocument', 'IssuerAssignedID'), orderReference: textAt(agreement, 'BuyerOrderReferencedDocument', 'IssuerAssignedID'),
    salesOrderReference: textAt(agreement, 'SellerOrderReferencedDocument', 'IssuerAssignedID'), receivingAdvice: textAt(delivery, 'ReceivingAdviceReferencedDocument', 'IssuerAssignedID'),
    despatchAdvice: textAt(delivery, 'DespatchAdviceReferencedDocument', 'IssuerAssignedID'), tenderReference: textAt(documentOfType('50'), 'IssuerAssignedID'),
    objectId: object ? { value: textAt(object, 'IssuerAssignedID') ?? '', scheme: textAt(object, 'ReferenceTypeCode') } : null, accountingReference: textAt(settlement, 'ReceivableSpecifiedTradeAccountingAccount', 'ID'),
    paymentTerms: textAt(terms, 'Description'), notes: elementsAt(document, 'IncludedNote').flatMap((note) => ({ subjectCode: textAt(note, 'SubjectCode'), text: textAt(note, 'Content') ?? '' })),
    businessProcess: textAt(context, 'BusinessProcessSpecifiedDocumentContextParameter', 'ID'), specificationId: textAt(context, 'GuidelineSpecifiedDocumentContextParameter', 'ID'),
    precedingInvoices: elementsAt(settlement, 'InvoiceReferencedDocument').map((each) => ({ number: textAt(each, 'IssuerAssignedID'), issuedOn: readCiiDate(elementAt(each, 'FormattedIssueDateTime')) })),
    seller: readParty(elementAt(agreement, 'SellerTradeParty')), buyer: readParty(elementAt(agreement, 'BuyerTradeParty')),
    payee: payee ? { name: textAt(payee, 'Name'), id: schemedId(elementAt(payee, 'ID') ?? elementAt(payee, 'GlobalID')), legalId: schemedId(elementAt(payee, 'SpecifiedLegalOrganization', 'ID')) } : null,
    taxRepresentative: representative ? { name: textAt(representative, 'Name'), vatId: registration(representative, 'VA'), address: readAddress(elementAt(representative, 'PostalTradeAddress')) } : null,
    delivery: shipTo || deliveredOn !== null ? { name: textAt(shipTo, 'Name'), locationId: schemedId(elementAt(shipTo, 'ID') ?? elementAt(shipTo, 'GlobalID')), on: deliveredOn, address: readAddress(elementAt(shipTo, 'PostalTradeAddress')) } : null,
    period: readPeriod(elementAt(settlement, 'BillingSpecifiedPeriod')), paymentMeans: elementsAt(settlement, 'SpecifiedTradeSettlementPaymentMeans').map(readPaymentMeans), remittance: textAt(settlement, 'PaymentReference'),
    mandateReference: textAt(terms, 'DirectDebitMandateID'), creditorId: textAt(settlement, 'CreditorReferenceID'), allowanceCharges: elementsAt(settlement, 'SpecifiedTradeAllowanceCharge').map(readAllowanceCharge),
    totals: readTotals(elementAt(settlement, 'SpecifiedTradeSettlementHeaderMonetarySummation'), currency, accountingCurrency),
    taxBreakdown: taxes.filter((tax) => textAt(tax, 'TypeCode')?.toUpperCase() === 'VAT').map((tax) => ({
      taxableAmount: textAt(tax, 'BasisAmount'), taxAmount: textAt(tax, 'CalculatedAmount'), category: textAt(tax, 'CategoryCode'), rate: textAt(tax, 'RateApplicablePercent'), exemptionReason: textAt(tax, 'ExemptionReason'),
      exemptionReasonCode: textAt(tax, 'ExemptionReasonCode'),
    })),
    attachments: documents.filter((each) => !['50', '130'].includes(textAt(each, 'TypeCode') ?? '')).map(readAttachment),
    lines: elementsAt(transaction, 'IncludedSupplyChainTradeLineItem').map(readLine), thirdPartyPayments: [],
  };
}
