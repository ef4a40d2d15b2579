/**
 * The semantic model as UN/CEFACT Cross Industry Invoice, elements in the order of the schema of Factur-X 1.0 and ZUGFeRD 2 (profile EN 16931). What the
 * model does not say is left out; what it says is written as it is. Deterministic.
 */
import type { EInvoice, EInvoiceAddress, EInvoiceAllowanceCharge, EInvoiceContact, EInvoiceLine, EInvoiceParty, EInvoicePaymentMeans, EInvoicePeriod, EInvoiceTaxBreakdown, SchemedId } from './invoice-model.ts';
import { frame, group, leaf, writeXml, type XmlNode } from './xml-writer.ts';

const namespaces = {
  'xmlns:rsm': 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100', 'xmlns:qdt': 'urn:un:unece:uncefact:data:standard:QualifiedDataType:100',
  'xmlns:ram': 'urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100', 'xmlns:udt': 'urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100',
};

type Nodes = XmlNode | null;

const dayText = (date: string): string => date.replaceAll('-', '');

function dateNode(name: string, date: string | null | undefined, holder = 'udt:DateTimeString'): Nodes {
  return date === null || date === undefined ? null : group(name, leaf(holder, dayText(date), { format: '102' }));
}

function idNode(name: string, id: SchemedId | null | undefined, attribute = 'schemeID'): Nodes {
  return id ? leaf(name, id.value, { [attribute]: id.scheme }) : null;
}

function addressNode(address: EInvoiceAddress | null | undefined): Nodes {
  if (!address) return null;
  return group('ram:PostalTradeAddress', leaf('ram:PostcodeCode', address.postcode), leaf('ram:LineOne', address.line1), leaf('ram:LineTwo', address.line2), leaf('ram:LineThree', address.line3), leaf('ram:CityName', address.city), leaf('ram:CountryID', address.country), leaf('ram:CountrySubDivisionName', address.subdivision));
}

function contactNode(contact: EInvoiceContact | null): Nodes {
  if (!contact) return null;
  return group(
    'ram:DefinedTradeContact', leaf('ram:PersonName', contact.name), group('ram:TelephoneUniversalCommunication', leaf('ram:CompleteNumber', contact.telephone)), group('ram:EmailURIUniversalCommunication', leaf('ram:URIID', contact.email)),
  );
}

function partyNode(name: string, party: EInvoiceParty): Nodes {
  return group(
    name,
    party.ids.filter((id) => id.scheme === null).map((id) => idNode('ram:ID', id)), party.ids.filter((id) => id.scheme !== null).map((id) => idNode('ram:GlobalID', id)), leaf('ram:Name', party.name), leaf('ram:Description', party.legalInformation),
    group('ram:SpecifiedLegalOrganization', idNode('ram:ID', party.legalId), leaf('ram:TradingBusinessName', party.tradingName)), contactNode(party.contact), addressNode(party.address),
    group('ram:URIUniversalCommunication', idNode('ram:URIID', party.electronicAddress)), taxRegistrationNode(party.vatId, 'VA'), taxRegistrationNode(party.taxRegistration, 'FC'),
  );
}

function taxRegistrationNode(number: string | null, scheme: 'VA' | 'FC'): Nodes {
  return group('ram:SpecifiedTaxRegistration', leaf('ram:ID', number, { schemeID: scheme }));
}

function periodNode(period: EInvoicePeriod | null): Nodes {
  return period && group('ram:BillingSpecifiedPeriod', dateNode('ram:StartDateTime', period.start), dateNode('ram:EndDateTime', period.end));
}

function allowanceChargeNode(each: EInvoiceAllowanceCharge): Nodes {
  return group(
    'ram:SpecifiedTradeAllowanceCharge', group('ram:ChargeIndicator', leaf('udt:Indicator', each.kind && String(each.kind === 'charge'))), leaf('ram:CalculationPercent', each.percentage), leaf('ram:BasisAmount', each.baseAmount),
    leaf('ram:ActualAmount', each.amount), leaf('ram:ReasonCode', each.reasonCode), leaf('ram:Reason', each.reason),
    each.vatCategory === null ? null : group('ram:CategoryTradeTax', leaf('ram:TypeCode', 'VAT'), leaf('ram:CategoryCode', each.vatCategory), leaf('ram:RateApplicablePercent', each.vatRate)),
  );
}

function lineNode(line: EInvoiceLine): Nodes {
  const base = leaf('ram:BasisQuantity', line.priceBaseQuantity, { unitCode: line.priceBaseUnit });
  return group(
    'ram:IncludedSupplyChainTradeLineItem',
    group('ram:AssociatedDocumentLineDocument', leaf('ram:LineID', line.id), group('ram:IncludedNote', leaf('ram:Content', line.note))),
    group(
      'ram:SpecifiedTradeProduct', idNode('ram:GlobalID', line.standardId), leaf('ram:SellerAssignedID', line.sellerItemId), leaf('ram:BuyerAssignedID', line.buyerItemId), leaf('ram:Name', line.name), leaf('ram:Description', line.description),
      line.attributes.map((attribute) => group('ram:ApplicableProductCharacteristic', leaf('ram:Description', attribute.name), leaf('ram:Value', attribute.value))),
      line.classifications.map((code) => group('ram:DesignatedProductClassification', idNode('ram:ClassCode', code, 'listID'))), group('ram:OriginTradeCountry', leaf('ram:ID', line.originCountry)),
    ),
    frame(
      'ram:SpecifiedLineTradeAgreement', group('ram:BuyerOrderReferencedDocument', leaf('ram:LineID', line.orderLine)),
      line.grossPrice === null ? null : group(
        'ram:GrossPriceProductTradePrice', leaf('ram:ChargeAmount', line.grossPrice), base,
        line.priceDiscount === null ? null : group('ram:AppliedTradeAllowanceCharge', group('ram:ChargeIndicator', leaf('udt:Indicator', 'false')), leaf('ram:ActualAmount', line.priceDiscount)),
      ),
      group('ram:NetPriceProductTradePrice', leaf('ram:ChargeAmount', line.netPrice), base),
    ),
    frame('ram:SpecifiedLineTradeDelivery', leaf('ram:BilledQuantity', line.quantity, { unitCode: line.unit })),
    frame(
      'ram:SpecifiedLineTradeSettlement', line.vatCategory === null ? null : group('ram:ApplicableTradeTax', leaf('ram:TypeCode', 'VAT'), leaf('ram:CategoryCode', line.vatCategory), leaf('ram:RateApplicablePercent', line.vatRate)),
      periodNode(line.period), line.allowanceCharges.map(allowanceChargeNode), group('ram:SpecifiedTradeSettlementLineMonetarySummation', leaf('ram:LineTotalAmount', line.netAmount)),
      line.objectId && group('ram:AdditionalReferencedDocument', leaf('ram:IssuerAssignedID', line.objectId.value), leaf('ram:TypeCode', '130'), leaf('ram:ReferenceTypeCode', line.objectId.scheme)),
      group('ram:ReceivableSpecifiedTradeAccountingAccount', leaf('ram:ID', line.accountingReference)),
    ),
  );
}

function paymentMeansNodes(means: EInvoicePaymentMeans): Nodes[] {
  // The syntax has one account for each way to pay; several are several ways of the same kind.
  const accounts = means.accounts.length === 0 ? [null] : means.accounts;
  return accounts.map((account) =>
    group(
      'ram:SpecifiedTradeSettlementPaymentMeans', leaf('ram:TypeCode', means.code), leaf('ram:Information', means.text),
      group('ram:ApplicableTradeSettlementFinancialCard', leaf('ram:ID', means.cardNumber), leaf('ram:CardholderName', means.cardHolder)), group('ram:PayerPartyDebtorFinancialAccount', leaf('ram:IBANID', means.debitedAccount)),
      account && group('ram:PayeePartyCreditorFinancialAccount', isIban(account.id) ? leaf('ram:IBANID', account.id) : null, leaf('ram:AccountName', account.name), isIban(account.id) ? null : leaf('ram:ProprietaryID', account.id)),
      account && group('ram:PayeeSpecifiedCreditorFinancialInstitution', leaf('ram:BICID', account.bic)),
    ),
  );
}

function isIban(id: string | null): boolean {
  return id !== null && /^[A-Z]{2}\d{2}[A-Z0-9 ]{8,40}$/.test(id);
}

function breakdownNode(each: EInvoiceTaxBreakdown, invoice: EInvoice): Nodes {
  return group(
    'ram:ApplicableTradeTax', leaf('ram:CalculatedAmount', each.taxAmount), leaf('ram:TypeCode', 'VAT'), leaf('ram:ExemptionReason', each.exemptionReason), leaf('ram:BasisAmount', each.taxableAmount), leaf('ram:CategoryCode', each.category),
    leaf('ram:ExemptionReasonCode', each.exemptionReasonCode), dateNode('ram:TaxPointDate', invoice.taxPointOn, 'udt:DateString'), leaf('ram:DueDateTypeCode', invoice.taxPointCode), leaf('ram:RateApplicablePercent', each.rate),
  );
}

function agreementNode(invoice: EInvoice): XmlNode {
  const reference = (name: string, id: string | null): Nodes => group(name, leaf('ram:IssuerAssignedID', id));
  const document = (id: string | null, type: string, ...more: Nodes[]): Nodes => (id === null ? null : group('ram:AdditionalReferencedDocument', leaf('ram:IssuerAssignedID', id), ...more.slice(0, 1), leaf('ram:TypeCode', type), ...more.slice(1)));
  const { taxRepresentative: representative } = invoice;
  return frame(
    'ram:ApplicableHeaderTradeAgreement', leaf('ram:BuyerReference', invoice.buyerReference), partyNode('ram:SellerTradeParty', invoice.seller), partyNode('ram:BuyerTradeParty', invoice.buyer),
    representative && group('ram:SellerTaxRepresentativeTradeParty', leaf('ram:Name', representative.name), addressNode(representative.address), taxRegistrationNode(representative.vatId, 'VA')),
    reference('ram:SellerOrderReferencedDocument', invoice.salesOrderReference), reference('ram:BuyerOrderReferencedDocument', invoice.orderReference), reference('ram:ContractReferencedDocument', invoice.contractReference),
    invoice.attachments.map((each) => document(each.reference, '916', leaf('ram:URIID', each.location), leaf('ram:Name', each.description))), document(invoice.tenderReference, '50'),
    invoice.objectId && document(invoice.objectId.value, '130', null, leaf('ram:ReferenceTypeCode', invoice.objectId.scheme)),
    invoice.projectReference === null ? null : group('ram:SpecifiedProcuringProject', leaf('ram:ID', invoice.projectReference), leaf('ram:Name', 'Project reference')),
  );
}

function deliveryNode({ delivery, despatchAdvice, receivingAdvice }: EInvoice): XmlNode {
  const location = delivery?.locationId ?? null;
  return frame(
    'ram:ApplicableHeaderTradeDelivery', delivery && group('ram:ShipToTradeParty', location && idNode(location.scheme === null ? 'ram:ID' : 'ram:GlobalID', location), leaf('ram:Name', delivery.name), addressNode(delivery.address)),
    delivery && group('ram:ActualDeliverySupplyChainEvent', dateNode('ram:OccurrenceDateTime', delivery.on)), group('ram:DespatchAdviceReferencedDocument', leaf('ram:IssuerAssignedID', despatchAdvice)),
    group('ram:ReceivingAdviceReferencedDocument', leaf('ram:IssuerAssignedID', receivingAdvice)),
  );
}

function settlementNode(invoice: EInvoice): XmlNode {
  const { totals, payee } = invoice;
  return frame(
    'ram:ApplicableHeaderTradeSettlement', leaf('ram:CreditorReferenceID', invoice.creditorId), leaf('ram:PaymentReference', invoice.remittance), leaf('ram:TaxCurrencyCode', invoice.accountingCurrency), leaf('ram:InvoiceCurrencyCode', invoice.currency),
    payee && group('ram:PayeeTradeParty', payee.id && idNode(payee.id.scheme === null ? 'ram:ID' : 'ram:GlobalID', payee.id), leaf('ram:Name', payee.name), group('ram:SpecifiedLegalOrganization', idNode('ram:ID', payee.legalId))),
    invoice.paymentMeans.flatMap(paymentMeansNodes), invoice.taxBreakdown.map((each) => breakdownNode(each, invoice)), periodNode(invoice.period), invoice.allowanceCharges.map(allowanceChargeNode),
    group('ram:SpecifiedTradePaymentTerms', leaf('ram:Description', invoice.paymentTerms), dateNode('ram:DueDateDateTime', invoice.dueOn), leaf('ram:DirectDebitMandateID', invoice.mandateReference)),
    group(
      'ram:SpecifiedTradeSettlementHeaderMonetarySummation', leaf('ram:LineTotalAmount', totals.lineNet), leaf('ram:ChargeTotalAmount', totals.charges), leaf('ram:AllowanceTotalAmount', totals.allowances), leaf('ram:TaxBasisTotalAmount', totals.withoutVat),
      leaf('ram:TaxTotalAmount', totals.vat, { currencyID: invoice.currency }), leaf('ram:TaxTotalAmount', totals.vatInAccountingCurrency, { currencyID: invoice.accountingCurrency }), leaf('ram:RoundingAmount', totals.rounding),
      leaf('ram:GrandTotalAmount', totals.withVat), leaf('ram:TotalPrepaidAmount', totals.paid), leaf('ram:DuePayableAmount', totals.due),
    ),
    invoice.precedingInvoices.map((each) => group('ram:InvoiceReferencedDocument', leaf('ram:IssuerAssignedID', each.number), dateNode('ram:FormattedIssueDateTime', each.issuedOn, 'qdt:DateTimeString'))),
    group('ram:ReceivableSpecifiedTradeAccountingAccount', leaf('ram:ID', invoice.accountingReference)),
  );
}

/** The XML of an invoice, UTF-8 text. */
export function writeCii(invoice: EInvoice): string {
  const root = frame(
    'rsm:CrossIndustryInvoice',
    group('rsm:ExchangedDocumentContext', group('ram:BusinessProcessSpecifiedDocumentContextParameter', leaf('ram:ID', invoice.businessProcess)), group('ram:GuidelineSpecifiedDocumentContextParameter', leaf('ram:ID', invoice.specificationId))),
    group(
      'rsm:ExchangedDocument', leaf('ram:ID', invoice.number), leaf('ram:TypeCode', invoice.typeCode), dateNode('ram:IssueDateTime', invoice.issuedOn),
      invoice.notes.map((note) => group('ram:IncludedNote', leaf('ram:Content', note.text), leaf('ram:SubjectCode', note.subjectCode))),
    ),
    group('rsm:SupplyChainTradeTransaction', invoice.lines.map(lineNode), agreementNode(invoice), deliveryNode(invoice), settlementNode(invoice)),
  );
  return writeXml({ ...root, attributes: namespaces });
}
