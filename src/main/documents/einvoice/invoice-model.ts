/**
 * The semantic model of an electronic invoice (EN 16931-1, “core invoice”): what an invoice says, whatever its syntax. Business terms carry their number
 * (BT-…) and groups theirs (BG-…) as the standard has them. Everything may be absent, so that a reader can hand over what a faulty file holds and the
 * checker can say what it lacks. Amounts, quantities and rates are the decimal text of the document: nothing is rounded on the way in.
 */

/** A decimal number as it is written in the document: digits, a sign, a point. */
export type DecimalText = string;
/** 'YYYY-MM-DD'; any other text is what a faulty document had in its place. */
export type DateText = string;

/** An identifier with the scheme it belongs to. */
export interface SchemedId {
  readonly value: string;
  readonly scheme: string | null;
}

/** BG-5 (seller), BG-8 (buyer), BG-12 (tax representative), BG-15 (deliver to). */
export interface EInvoiceAddress {
  /** BT-35, BT-50, BT-64, BT-75. */
  readonly line1: string | null;
  /** BT-36, BT-51, BT-65, BT-76. */
  readonly line2: string | null;
  /** BT-162, BT-163, BT-164, BT-165. */
  readonly line3: string | null;
  /** BT-37, BT-52, BT-66, BT-77. */
  readonly city: string | null;
  /** BT-38, BT-53, BT-67, BT-78. */
  readonly postcode: string | null;
  /** BT-39, BT-54, BT-68, BT-79. */
  readonly subdivision: string | null;
  /** BT-40, BT-55, BT-69, BT-80: ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

/** BG-6 (seller) and BG-9 (buyer). */
export interface EInvoiceContact {
  /** BT-41, BT-56. */
  readonly name: string | null;
  /** BT-42, BT-57. */
  readonly telephone: string | null;
  /** BT-43, BT-58. */
  readonly email: string | null;
}

/** BG-4 (seller) and BG-7 (buyer). */
export interface EInvoiceParty {
  /** BT-27, BT-44. */
  readonly name: string | null;
  /** BT-28, BT-45. */
  readonly tradingName: string | null;
  /** BT-29, BT-46. */
  readonly ids: readonly SchemedId[];
  /** BT-30, BT-47. */
  readonly legalId: SchemedId | null;
  /** BT-31, BT-48. */
  readonly vatId: string | null;
  /** BT-32 of the seller; a buyer has none in the standard. */
  readonly taxRegistration: string | null;
  /** BT-33 of the seller. */
  readonly legalInformation: string | null;
  /** BT-34, BT-49. */
  readonly electronicAddress: SchemedId | null;
  readonly address: EInvoiceAddress | null;
  readonly contact: EInvoiceContact | null;
}

/** BG-10: who is paid, where that is not the seller. */
export interface EInvoicePayee {
  /** BT-59. */
  readonly name: string | null;
  /** BT-60. */
  readonly id: SchemedId | null;
  /** BT-61. */
  readonly legalId: SchemedId | null;
}

/** BG-11. */
export interface EInvoiceTaxRepresentative {
  /** BT-62. */
  readonly name: string | null;
  /** BT-63. */
  readonly vatId: string | null;
  readonly address: EInvoiceAddress | null;
}

/** BG-14 of the invoice, BG-26 of a line: both days included. */
export interface EInvoicePeriod {
  /** BT-73, BT-134. */
  readonly start: DateText | null;
  /** BT-74, BT-135. */
  readonly end: DateText | null;
}

/** BG-13. */
export interface EInvoiceDelivery {
  /** BT-70. */
  readonly name: string | null;
  /** BT-71. */
  readonly locationId: SchemedId | null;
  /** BT-72. */
  readonly on: DateText | null;
  /** BG-15. */
  readonly address: EInvoiceAddress | null;
}

/** BG-17. */
export interface EInvoiceAccount {
  /** BT-84: an IBAN or the bank's own number. */
  readonly id: string | null;
  /** BT-85. */
  readonly name: string | null;
  /** BT-86. */
  readonly bic: string | null;
}

/** BG-16: one way to pay. */
export interface EInvoicePaymentMeans {
  /** BT-81: UNTDID 4461. */
  readonly code: string | null;
  /** BT-82. */
  readonly text: string | null;
  readonly accounts: readonly EInvoiceAccount[];
  /** BG-18. BT-87: the last digits of the card only. */
  readonly cardNumber: string | null;
  /** BT-88. */
  readonly cardHolder: string | null;
  /** BT-91: the account a direct debit is taken from. */
  readonly debitedAccount: string | null;
}

/** What is taken off or added: BG-20 and BG-21 of the invoice, BG-27 and BG-28 of a line. */
export interface EInvoiceAllowanceCharge {
  /** Null where the document does not say which it is. */
  readonly kind: 'allowance' | 'charge' | null;
  /** BT-92, BT-99, BT-136, BT-141. */
  readonly amount: DecimalText | null;
  /** BT-93, BT-100, BT-137, BT-142. */
  readonly baseAmount: DecimalText | null;
  /** BT-94, BT-101, BT-138, BT-143. */
  readonly percentage: DecimalText | null;
  /** BT-95, BT-102; not on lines. */
  readonly vatCategory: string | null;
  /** BT-96, BT-103; not on lines. */
  readonly vatRate: DecimalText | null;
  /** BT-97, BT-104, BT-139, BT-144. */
  readonly reason: string | null;
  /** BT-98, BT-105, BT-140, BT-145. */
  readonly reasonCode: string | null;
}

/** BG-23: what one VAT category and rate comes to. */
export interface EInvoiceTaxBreakdown {
  /** BT-116. */
  readonly taxableAmount: DecimalText | null;
  /** BT-117. */
  readonly taxAmount: DecimalText | null;
  /** BT-118. */
  readonly category: string | null;
  /** BT-119, in percent. */
  readonly rate: DecimalText | null;
  /** BT-120. */
  readonly exemptionReason: string | null;
  /** BT-121. */
  readonly exemptionReasonCode: string | null;
}

/** BG-22. */
export interface EInvoiceTotals {
  /** BT-106. */
  readonly lineNet: DecimalText | null;
  /** BT-107. */
  readonly allowances: DecimalText | null;
  /** BT-108. */
  readonly charges: DecimalText | null;
  /** BT-109. */
  readonly withoutVat: DecimalText | null;
  /** BT-110. */
  readonly vat: DecimalText | null;
  /** BT-111. */
  readonly vatInAccountingCurrency: DecimalText | null;
  /** BT-112. */
  readonly withVat: DecimalText | null;
  /** BT-113. */
  readonly paid: DecimalText | null;
  /** BT-114. */
  readonly rounding: DecimalText | null;
  /** BT-115. */
  readonly due: DecimalText | null;
}

/** BG-24. */
export interface EInvoiceAttachment {
  /** BT-122. */
  readonly reference: string | null;
  /** BT-123. */
  readonly description: string | null;
  /** BT-124. */
  readonly location: string | null;
  /** Of BT-125; the content itself is not read. */
  readonly mimeType: string | null;
  readonly fileName: string | null;
}

/** BG-25. */
export interface EInvoiceLine {
  /** BT-126. */
  readonly id: string | null;
  /** BT-127. */
  readonly note: string | null;
  /** BT-128. */
  readonly objectId: SchemedId | null;
  /** BT-129. */
  readonly quantity: DecimalText | null;
  /** BT-130: UN/ECE recommendation 20 or 21. */
  readonly unit: string | null;
  /** BT-131. */
  readonly netAmount: DecimalText | null;
  /** BT-132. */
  readonly orderLine: string | null;
  /** BT-133. */
  readonly accountingReference: string | null;
  /** BG-26. */
  readonly period: EInvoicePeriod | null;
  /** BG-27, BG-28. */
  readonly allowanceCharges: readonly EInvoiceAllowanceCharge[];
  /** BT-146. */
  readonly netPrice: DecimalText | null;
  /** BT-147. */
  readonly priceDiscount: DecimalText | null;
  /** BT-148. */
  readonly grossPrice: DecimalText | null;
  /** BT-149. */
  readonly priceBaseQuantity: DecimalText | null;
  /** BT-150. */
  readonly priceBaseUnit: string | null;
  /** BT-151. */
  readonly vatCategory: string | null;
  /** BT-152. */
  readonly vatRate: DecimalText | null;
  /** BT-153. */
  readonly name: string | null;
  /** BT-154. */
  readonly description: string | null;
  /** BT-155. */
  readonly sellerItemId: string | null;
  /** BT-156. */
  readonly buyerItemId: string | null;
  /** BT-157. */
  readonly standardId: SchemedId | null;
  /** BT-158. */
  readonly classifications: readonly SchemedId[];
  /** BT-159. */
  readonly originCountry: string | null;
  /** BG-32: BT-160 and BT-161. */
  readonly attributes: readonly { readonly name: string | null; readonly value: string | null }[];
  /** XRechnung's extension BG-DEX-01: what the line consists of. The standard's own rules look at the upper line alone. */
  readonly subLines: readonly EInvoiceLine[];
}

export interface EInvoice {
  /** BT-1. */
  readonly number: string | null;
  /** BT-2. */
  readonly issuedOn: DateText | null;
  /** BT-3: UNTDID 1001; 380 is an invoice, 381 a credit note. */
  readonly typeCode: string | null;
  /** BT-5. */
  readonly currency: string | null;
  /** BT-6. */
  readonly accountingCurrency: string | null;
  /** BT-7. */
  readonly taxPointOn: DateText | null;
  /** BT-8. */
  readonly taxPointCode: string | null;
  /** BT-9. */
  readonly dueOn: DateText | null;
  /** BT-10. */
  readonly buyerReference: string | null;
  /** BT-11. */
  readonly projectReference: string | null;
  /** BT-12. */
  readonly contractReference: string | null;
  /** BT-13. */
  readonly orderReference: string | null;
  /** BT-14. */
  readonly salesOrderReference: string | null;
  /** BT-15. */
  readonly receivingAdvice: string | null;
  /** BT-16. */
  readonly despatchAdvice: string | null;
  /** BT-17. */
  readonly tenderReference: string | null;
  /** BT-18. */
  readonly objectId: SchemedId | null;
  /** BT-19. */
  readonly accountingReference: string | null;
  /** BT-20. */
  readonly paymentTerms: string | null;
  /** BG-1: BT-21 and BT-22. */
  readonly notes: readonly { readonly subjectCode: string | null; readonly text: string }[];
  /** BT-23. */
  readonly businessProcess: string | null;
  /** BT-24. */
  readonly specificationId: string | null;
  /** BG-3: BT-25 and BT-26. */
  readonly precedingInvoices: readonly { readonly number: string | null; readonly issuedOn: DateText | null }[];
  readonly seller: EInvoiceParty;
  readonly buyer: EInvoiceParty;
  readonly payee: EInvoicePayee | null;
  readonly taxRepresentative: EInvoiceTaxRepresentative | null;
  readonly delivery: EInvoiceDelivery | null;
  /** BG-14. */
  readonly period: EInvoicePeriod | null;
  readonly paymentMeans: readonly EInvoicePaymentMeans[];
  /** BT-83. */
  readonly remittance: string | null;
  /** BT-89. */
  readonly mandateReference: string | null;
  /** BT-90. */
  readonly creditorId: string | null;
  /** BG-20, BG-21. */
  readonly allowanceCharges: readonly EInvoiceAllowanceCharge[];
  readonly totals: EInvoiceTotals;
  readonly taxBreakdown: readonly EInvoiceTaxBreakdown[];
  readonly attachments: readonly EInvoiceAttachment[];
  readonly lines: readonly EInvoiceLine[];
  /** XRechnung's extension BG-DEX-09: claims of third parties collected with the invoice. */
  readonly thirdPartyPayments: readonly { readonly amount: DecimalText | null }[];
}
