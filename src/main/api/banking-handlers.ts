import type { BankCandidateView, BankSuggestionView } from '../../shared/api/banking.contract.ts';
import { ConflictError, NotFoundError } from '../../shared/errors/errors.ts';
import type { BankMatching, DoneMatch } from '../banking/line-matches.ts';
import type { BankRecords } from '../banking/bank-records.ts';
import { isPayable, type MatchCandidate } from '../banking/match-candidate.ts';
import { readFirstRows } from '../banking/csv-preview.ts';
import type { FileToRead, StatementImport } from '../banking/statement-import.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { Uploads } from '../platform/uploads.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { listBankLines, listBankStatements, listPostableAccounts, readBankAccounts, readBankLine } from '../reporting/banking.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';

export interface BankingHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly imports: Pick<StatementImport, 'look'>;
  readonly matching: Pick<BankMatching, 'propose' | 'candidates' | 'match' | 'unmatch' | 'endOverruled' | 'hasDifference' | 'hasPaid'>;
  readonly records: BankRecords;
  readonly uploads: Uploads;
  readonly hub: ChangeHub;
  sealPosted(control: WorkControl): Promise<void>;
}

/** What a refusal calls a mapping that is tried before it has a name. */
const untitledMapping = 'new mapping';
/** Statement files may be larger than what else is uploaded: a hundred thousand entries take some hundred megabytes. */
const mostBytes = 1024 * 1024 * 1024;

export function createBankingHandlers({ readable, imports, matching, records, uploads, hub, sealPosted }: BankingHandlersDependencies) {
  const byOf = (context: ApiContext, input: { readonly commandId: string }) => ({ actor: context.user, requestId: input.commandId });
  const publish = (...entities: readonly ('banking' | 'discrepancies' | 'ledger' | 'invoices' | 'today' | 'status')[]): void => entities.forEach((entity) => hub.publish({ entity, ids: [] }));

  async function done(actor: string, work: () => Promise<DoneMatch>) {
    const outcome = await work();
    await sealPosted(unattended);
    const overruled = (await matching.endOverruled(actor)).find((match) => match.matchId === outcome.matchId);
    publish('banking', 'discrepancies', 'ledger', 'invoices', 'today', 'status');
    if (overruled) throw new ConflictError('bank-match-overruled', `${overruled.because} The match was taken back; its bank lines are open again.`, { data: { payoutId: overruled.payoutId }, nextStep: 'Match the lines as that desk did, or have its match taken back first.' });
    return { ...outcome, lineIds: [...outcome.lineIds], receiptIds: [...outcome.receiptIds] };
  }

  return {
    accounts: api.banking.accounts.handler(() => ({ accounts: readBankAccounts(readable) })),
    changeAccount: api.banking.changeAccount.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('banking.changeAccount', input, () => {
        const { id } = records.changeAccount(input, byOf(context, input));
        publish('banking');
        return { id };
      });
    }),
    statements: api.banking.statements.handler(({ input }) => listBankStatements(readable, input)),
    lines: api.banking.lines.handler(({ input }) => listBankLines(readable, input)),
    line: api.banking.line.handler(({ input }) => {
      const found = readBankLine(readable, input.id);
      if (!found) throw new NotFoundError('bank-line-not-found', 'There is no such bank line.', { nextStep: 'Import the statement again.' });
      return found;
    }),
    suggestions: api.banking.suggestions.handler(({ input }) => {
      const wanted = input.lineIds && new Set(input.lineIds);
      const found = matching.propose(input.accountId ?? null).filter((proposal) => wanted === undefined || proposal.lineIds.some((id) => wanted.has(id)));
      return { suggestions: found.slice(0, input.limit).map(({ candidates, ...proposal }): BankSuggestionView => ({ ...proposal, lineIds: [...proposal.lineIds], reasons: [...proposal.reasons], parts: candidates.map(candidateView) })), total: found.length };
    }),
    candidates: api.banking.candidates.handler(({ input }) => {
      const found = matching.candidates(input);
      return { candidates: found.slice(0, input.limit).map(candidateView), total: found.length };
    }),
    match: api.banking.match.handler(({ input, context }) => {
      // A difference is a posting to any account; a customer is paid by an accountant.
      requireRole(context, input.residualAccount || input.parts.some(({ kind }) => isPayable(kind)) ? 'accountant' : 'finance');
      return context.commands.once('banking.match', input, () => done(context.user, () => matching.match(input, byOf(context, input))));
    }),
    unmatch: api.banking.unmatch.handler(({ input, context }) => {
      requireRole(context, matching.hasDifference(input.matchId) || matching.hasPaid(input.matchId) ? 'accountant' : 'finance');
      return context.commands.once('banking.unmatch', input, () => done(context.user, () => matching.unmatch(input.matchId, input.reason, byOf(context, input))));
    }),
    // A file's bytes are not put into the command log: the same part again is recognised by its place.
    upload: api.banking.upload.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return { bytes: uploads.append(input.uploadId, input.position, input.bytes, mostBytes) };
    }),
    look: api.banking.look.handler(async ({ input, context, signal }) => {
      requireRole(context, 'finance');
      const { uploadId, mapping, ...file } = input;
      const outline = await imports.look({ ...file, mapping: typeof mapping === 'object' && mapping.name === '' ? { ...mapping, name: untitledMapping } : mapping, file: uploads.place(uploadId) } satisfies FileToRead, { signal: signal ?? unattended.signal, report() {} });
      return {
        format: outline.format, lines: outline.lines, moreStatements: outline.moreStatements, statements: outline.statements.map(({ account, unbooked: _unbooked, sequenceNumber: _sequenceNumber, ...statement }) => ({ ...statement, accountNumber: account.number })),
        firstLines: outline.firstLines.map((line) => ({ bookedOn: line.bookedOn, amount: { amount: line.amountMinor, currency: line.currency }, counterpartyName: line.counterpartyName, description: line.description, references: [...line.references] })),
      };
    }),
    lookAtRows: api.banking.lookAtRows.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return { rows: readFirstRows(uploads.place(input.uploadId), input.encoding, input.delimiter) };
    }),
    mappings: api.banking.mappings.handler(() => ({ mappings: records.mappings().map(({ mapping, ...known }) => ({ ...known, mapping: { ...mapping, columns: { ...mapping.columns, description: [...mapping.columns.description] } } })) })),
    saveMapping: api.banking.saveMapping.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return context.commands.once('banking.saveMapping', input, () => {
        records.saveMapping(input.mapping, byOf(context, input));
        publish('banking');
        return input.mapping;
      });
    }),
    removeMapping: api.banking.removeMapping.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return context.commands.once('banking.removeMapping', input, () => {
        records.removeMapping(input.name, byOf(context, input));
        publish('banking');
        return { name: input.name };
      });
    }),
    rules: api.banking.rules.handler(() => ({ rules: records.rules(), accounts: listPostableAccounts(readable) })),
    setRule: api.banking.setRule.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('banking.setRule', input, () => {
        const { commandId: _commandId, ...setting } = input;
        const rules = records.setRule(setting, byOf(context, input));
        publish('banking');
        return { rules };
      });
    }),
  };
}

function candidateView({ kind, id, label, names, amountMinor, currency, expectedOn, isArrived }: MatchCandidate): BankCandidateView {
  return { kind, id, label, name: kind === 'payout' ? (isArrived ? 'Stripe payout, matched at another desk' : 'Stripe payout') : `${names[0] ?? ''}${isArrived ? ', matched at another desk' : ''}`, amount: { amount: amountMinor, currency }, expectedOn };
}
