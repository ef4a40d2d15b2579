/**
 * What people set of bank statements: accounts by name and ledger account, the ways CSVs are read, and how the rules of matching work. Each change has its audit row.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import { isCurrencyCode } from '../../shared/money/currency.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { readRuleSettings, saveRuleSetting } from './bank-match.repository.ts';
import { changeBankAccount, findBankAccount, listBankAccounts, listMappings, removeMapping, saveMapping, typeOfLedgerAccount, type BankAccount, type KnownMapping } from './bank-statement.repository.ts';
import type { BankAct, BankAuditPort } from './banking.ports.ts';
import type { CsvMapping } from './csv-mapping.ts';
import type { MatchRuleSetting } from './match-candidate.ts';

export interface BankRecordsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly audit: BankAuditPort;
  readonly clock: Clock;
}

export interface BankRecords {
  accounts(): BankAccount[];
  /** @throws NotFoundError `bank-account-not-found`; ValidationError `account-unknown`: money on a bank account is an asset. */
  changeAccount(wanted: { readonly id: string; readonly name: string; readonly ledgerAccount: string }, act: BankAct): BankAccount;
  mappings(): KnownMapping[];
  /** Takes the place of one of the same name. @throws ValidationError `bank-mapping-invalid`. */
  saveMapping(mapping: CsvMapping, act: BankAct): CsvMapping;
  /** @throws NotFoundError `bank-mapping-unknown`. */
  removeMapping(name: string, act: BankAct): void;
  rules(): MatchRuleSetting[];
  /** @throws ValidationError `account-unknown`, `bank-rule-account-missing`. */
  setRule(setting: MatchRuleSetting, act: BankAct): MatchRuleSetting[];
}

export function createBankRecords({ readable, unitOfWork, audit, clock }: BankRecordsDependencies): BankRecords {
  return {
    accounts: () => listBankAccounts(readable),
    changeAccount: (wanted, act) =>
      unitOfWork.run('bank.change-account', (database) => {
        const before = findBankAccount(database, wanted.id);
        if (!before) throw new NotFoundError('bank-account-not-found', 'There is no such bank account.', { nextStep: 'Look at the list again.' });
        if (typeOfLedgerAccount(database, wanted.ledgerAccount) !== 'asset') throw new ValidationError('account-unknown', `${wanted.ledgerAccount} is no asset account of the chart.`, { nextStep: 'Choose an asset account, such as 1000-bank.' });
        const after = { ...before, name: wanted.name.trim() || before.number, ledgerAccount: wanted.ledgerAccount };
        changeBankAccount(database, after);
        audit.append(database, { entity: 'bank-account', entityId: before.id, action: 'change', actor: act.actor, requestId: act.requestId, diff: { name: [before.name, after.name], ledgerAccount: [before.ledgerAccount, after.ledgerAccount] } });
        return after;
      }),
    mappings: () => listMappings(readable),
    saveMapping(mapping, act) {
      assertMapping(mapping);
      unitOfWork.run('bank.save-mapping', (database) => {
        saveMapping(database, mapping, clock.now(), act.actor);
        audit.append(database, { entity: 'bank-mapping', entityId: mapping.name, action: 'save', actor: act.actor, requestId: act.requestId, diff: JSON.parse(JSON.stringify(mapping)) as Record<string, string> });
      });
      return mapping;
    },
    removeMapping: (name, act) =>
      unitOfWork.run('bank.remove-mapping', (database) => {
        if (!removeMapping(database, name)) throw new NotFoundError('bank-mapping-unknown', `There is no mapping named “${name}”.`, { nextStep: 'Look at the list again.' });
        audit.append(database, { entity: 'bank-mapping', entityId: name, action: 'remove', actor: act.actor, requestId: act.requestId, diff: {} });
      }),
    rules: () => readRuleSettings(readable),
    setRule: (setting, act) =>
      unitOfWork.run('bank.set-rule', (database) => {
        const before = readRuleSettings(database).find((each) => each.rule === setting.rule);
        if (setting.accountCode !== null && typeOfLedgerAccount(database, setting.accountCode) === undefined) throw new ValidationError('account-unknown', `There is no account ${setting.accountCode}.`, { nextStep: 'Choose an account of the chart.' });
        if ((setting.rule === 'known-fee' || setting.rule === 'tolerance') && setting.isAutomatic && setting.accountCode === null) throw new ValidationError('bank-rule-account-missing', 'A rule that bridges a difference by itself needs an account for it.', { nextStep: 'Choose the account.' });
        saveRuleSetting(database, setting, clock.now(), act.actor);
        audit.append(database, { entity: 'bank-rule', entityId: setting.rule, action: 'set', actor: act.actor, requestId: act.requestId, diff: { automatic: [before?.isAutomatic ?? false, setting.isAutomatic], days: [before?.days ?? 0, setting.days], tolerance: [before?.tolerance ?? 0, setting.tolerance], account: [before?.accountCode ?? null, setting.accountCode] } });
        return readRuleSettings(database);
      }),
  };
}

/** @throws ValidationError `bank-mapping-invalid` for a mapping by which nothing could be read. */
export function assertMapping(mapping: CsvMapping): void {
  const { columns, sign } = mapping;
  const missing =
    columns.bookedOn === '' ? 'the booking day' : sign === 'two-columns' ? (columns.debit === '' && columns.credit === '' ? 'the amounts of debits and credits' : null) : columns.amount === '' ? 'the amount' : sign === 'indicator' && (columns.side === '' || mapping.debitMark.trim() === '') ? 'the side, and its mark for debits' : null;
  if (missing !== null) throw new ValidationError('bank-mapping-invalid', `The mapping does not say where to find ${missing}.`, { nextStep: 'Name the column.' });
  if (columns.currency === '' && !isCurrencyCode(mapping.currency)) throw new ValidationError('bank-mapping-invalid', 'The mapping names neither a currency nor a column of one.', { nextStep: 'Choose the currency of the account.' });
}
