/** What an e-mail says of an invoice. */
import { afterEach, expect, test } from 'vitest';
import { valuesOf } from '../mailing/mail-texts.ts';
import { openBillingDesk, type BillingDesk } from '../testing/billing-desk.ts';
import { flatContract } from '../testing/billing-fixtures.ts';
import { amara, makeInvoice } from '../testing/receivable-cases.ts';
import { forMail } from './mailing.ts';

const desks: BillingDesk[] = [];
afterEach(() => desks.splice(0).forEach((desk) => desk[Symbol.dispose]()));

test('how to pay is told as on the invoice: the bank account, then what was written beside it', async () => {
  const desk = openBillingDesk({ contracts: [flatContract] });
  desks.push(desk);
  const template = desk.templates.read();
  desk.templates.save({ ...template, company: { ...template.company, bank: { iban: 'DE02120300000000202051', bic: 'BYLADEM1001', bankName: 'Deutsche Kreditbank', holder: 'Meridian GmbH' }, paymentInstructions: ['No cheques, please.'] } }, amara);
  const invoice = await makeInvoice(desk);
  expect(valuesOf(forMail(invoice), 'en').payment.split('\n')).toEqual(['Account of Meridian GmbH', 'IBAN DE02 1203 0000 0000 2020 51', 'BIC BYLADEM1001 · Deutsche Kreditbank', 'No cheques, please.']);
});
