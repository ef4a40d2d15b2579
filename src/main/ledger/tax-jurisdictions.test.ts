import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { minorUnits } from '../../shared/money/money.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { unattended } from '../platform/work-control.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes, readChartOfAccounts, subAccountsOf } from './chart-of-accounts.ts';
import type { JournalEntryDraft } from './journal-entry.ts';
import { createJournal } from './journal.ts';
import { createLedgerVerification } from './ledger-verification.ts';
import { taxAccountOf, taxJurisdictionOf, taxJurisdictions } from './tax-jurisdictions.ts';

const taxed = (key: string, accountCode: string): JournalEntryDraft => ({
  key, entryDate: localDate('2026-10-05'), kind: 'sale', sourceType: 'test', sourceId: key, memo: 'A taxed sale',
  postings: [
    { accountCode: accountCodes.bank, direction: 'debit', amount: minorUnits(19), currency: 'eur', functionalAmount: minorUnits(20), rate: '1.05', partyId: null },
    { accountCode, direction: 'credit', amount: minorUnits(19), currency: 'eur', functionalAmount: minorUnits(20), rate: '1.05', partyId: null },
  ],
});

describe('tax is owed', () => {
  it.each([
    ['to a country', 'DE', null, 'DE'],
    ['to a country whatever its state is called', 'de', 'BY', 'DE'],
    ['to a state of the United States', 'US', 'NY', 'US-NY'],
    ['to a province of Canada, named with its country', 'CA', 'ca-qc', 'CA-QC'],
    ['to the country where the state is not one', 'US', 'Bavaria', 'US'],
    ['nobody knows where, without a country', null, 'CA', null],
    ['nobody knows where, in a country that is none', 'XX', null, null],
  ])('%s', (_, country, state, jurisdiction) => {
    expect(taxJurisdictionOf(country, state)).toBe(jurisdiction);
  });

  it('on a sub-account for each of them, which the shared ledger knows as well', () => {
    const codes = taxJurisdictions.map((jurisdiction) => taxAccountOf(jurisdiction));
    expect(new Set(codes).size).toBe(249 + 51 + 13);
    expect(subAccountsOf(readChartOfAccounts()).map(({ code }) => code)).toEqual(codes);
    const migration = readFileSync(join(migrationsFolder('postgres'), '0011-sub-accounts-and-revaluation.sql'), 'utf8');
    const array = /ARRAY\[([^\]]+)\]/.exec(migration)?.[1] ?? '';
    expect([...array.matchAll(/'([^']+)'/g)].map(([, name]) => name)).toEqual(taxJurisdictions);
    expect(taxAccountOf(null)).toBe(accountCodes.taxPayable);
  });

  it('in books that stay sound: a sub-account comes with its first entry, and one that is no sub-account does not', async () => {
    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const journal = createJournal({ clock: { now: () => 0 } });
    const post = (draft: JournalEntryDraft) => database.unitOfWork.run('test', (writable) => journal.post(writable, [draft]));
    post(taxed('a', '2200-tax-payable:DE'));
    post(taxed('b', '2200-tax-payable:DE'));
    post(taxed('c', '2200-tax-payable:US-NY'));
    expect(() => post(taxed('d', '2200-tax-payable:ZZ'))).toThrow();
    expect(() => post(taxed('e', '1000-bank:DE'))).toThrow();
    const verify = () => createLedgerVerification({ readable: database }).verify(unattended);
    expect(await verify()).toMatchObject({ isSound: true, entries: 3 });
    database.connection.exec("UPDATE accounts SET type = 'asset' WHERE code = '2200-tax-payable:DE'");
    expect((await verify()).firstFault).toMatchObject({ code: 'account-differs', subjectId: '2200-tax-payable:DE' });
    database.connection.exec("UPDATE accounts SET type = 'liability' WHERE code = '2200-tax-payable:DE'; INSERT INTO accounts VALUES ('2200-tax-payable:ZZ', 'Tax payable ZZ', 'liability', 'credit', 'Tax payable, ZZ.')");
    expect((await verify()).firstFault).toMatchObject({ code: 'account-differs', subjectId: '2200-tax-payable:ZZ' });
  });
});
