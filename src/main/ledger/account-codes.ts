/**
 * The accounts that posting rules name. Pure; the chart itself is data (resources/chart-of-accounts.json).
 */

/** The codes that code may name. A test holds them against the resource file. */
export const accountCodes = {
  bank: '1000-bank',
  cashInTransit: '1020-cash-in-transit',
  stripeClearing: '1100-stripe-clearing',
  paystackClearing: '1110-paystack-clearing',
  gatewayReserves: '1120-gateway-reserves',
  connectedAccounts: '1130-connected-accounts',
  receivable: '1200-accounts-receivable',
  unbilledReceivable: '1210-unbilled-receivable',
  withholdingTaxReceivable: '1300-withholding-tax-receivable',
  recoverables: '1310-recoverables',
  unappliedReceipts: '2000-unapplied-receipts',
  refundsPayable: '2010-refunds-payable',
  customerCreditBalance: '2020-customer-credit-balance',
  deferredRevenue: '2100-deferred-revenue',
  taxPayable: '2200-tax-payable',
  gatewayFinancing: '2300-gateway-financing',
  subscriptionRevenue: '4000-revenue-subscription',
  usageRevenue: '4010-revenue-usage',
  partnerRevenue: '4020-revenue-partner',
  oneOffRevenue: '4030-revenue-one-off',
  platformFeeRevenue: '4040-revenue-platform-fees',
  discounts: '4800-discounts',
  refunds: '4810-refunds',
  disputes: '4820-disputes',
  creditNotes: '4830-credit-notes',
  voids: '4840-voids',
  paymentFees: '5000-payment-fees',
  badDebt: '5010-bad-debt',
  realisedExchangeDifferences: '5020-realised-exchange-differences',
  unrealisedExchangeDifferences: '5025-unrealised-exchange-differences',
  climateContributions: '5030-climate-contributions',
  cardSpending: '5040-card-spending',
  currencyConversion: '9000-currency-conversion',
  rounding: '9010-rounding',
  suspense: '9900-suspense',
} as const;

export type AccountCode = (typeof accountCodes)[keyof typeof accountCodes];
