import { Autocomplete, Button, FileButton, Modal, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { bankImportSchema, type BankAccountView, type BankImportView, type CsvMappingView } from '../../../../../shared/api/banking.contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { JobProgress } from '../../../components/job-progress.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { describeError } from '../../../lib/described-error.ts';
import { accountOfText, accountText, firstMapping, guessDelimiter, guessMapping, whatIsMissing, withCurrencyOf } from './csv-guess.ts';
import { ImportPreview } from './import-preview.tsx';
import { MappingEditor, RawRows } from './mapping-editor.tsx';
import { sendStatement } from './send-statement.ts';

/** The file is read when nothing was typed for so long. */
const typingMs = 250;

/** A statement file: dropped or chosen, looked at, and imported. Nothing is written before the last step. */
export function ImportDialog({ accounts, onClose }: { accounts: readonly BankAccountView[]; onClose: () => void }) {
  const api = useApi();
  const { client, queries } = api;
  const cache = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [isOver, setIsOver] = useState(false);
  const [account, setAccount] = useState('');
  const [mapping, setMapping] = useState<CsvMappingView | null>(null);
  const [runId, setRunId] = useState<string | null>(null);
  const saved = useQuery(queries.banking.mappings.queryOptions({ input: {} }));
  const send = useMutation({ mutationFn: (chosen: File) => sendStatement(api, chosen, () => undefined) });
  const uploadId = send.data;
  const isCsv = mapping !== null;
  const missing = mapping ? whatIsMissing(mapping, account) : null;
  const accountGiven = accountOfText(accounts, account)?.id ?? account.trim();
  const given = { fileName: file?.name.slice(0, 200) ?? 'a file', ...(accountGiven ? { account: accountGiven } : {}) };
  // The name says nothing of how the file is read, and the file is not read anew for each letter of anything.
  const [calmMapping] = useDebouncedValue(mapping, typingMs);
  const [calmAccount] = useDebouncedValue(account, typingMs);
  const isCalm = calmMapping === mapping && calmAccount === account;
  const look = useQuery(queries.banking.look.queryOptions({ input: { uploadId: uploadId ?? crypto.randomUUID(), ...given, ...(mapping ? { mapping: { ...mapping, name: '' } } : {}) }, enabled: uploadId !== undefined && missing === null && isCalm, retry: false, gcTime: 0 }));
  const rows = useQuery(queries.banking.lookAtRows.queryOptions({ input: { uploadId: uploadId ?? crypto.randomUUID(), encoding: mapping?.encoding ?? 'utf-8', delimiter: mapping?.delimiter ?? ',' }, enabled: uploadId !== undefined && isCsv }));
  const run = useQuery(queries.jobs.runs.queryOptions({ input: { job: 'bank-import', limit: 5 }, enabled: runId !== null, refetchInterval: 500 })).data?.runs.find((each) => each.id === runId);

  // A CSV says of itself that it needs a mapping: one that was saved, or a first guess from its rows.
  useEffect(() => {
    if (uploadId === undefined || file === null || isCsv || describeError(look.error).code !== 'bank-mapping-needed') return;
    void (async () => {
      const delimiter = guessDelimiter(await file.slice(0, 8_192).text());
      const { rows: first } = await client.banking.lookAtRows({ uploadId, encoding: 'utf-8', delimiter });
      setMapping(guessMapping(first, { ...firstMapping, delimiter, ...(first.some((row) => row.some((cell) => cell.includes('\ufffd'))) ? { encoding: 'windows-1252' as const } : {}) }));
    })();
  }, [uploadId, file, isCsv, look.error, client]);

  const load = useMutation({
    async mutationFn(): Promise<BankImportView> {
      if (mapping) await client.banking.saveMapping({ commandId: crypto.randomUUID(), mapping });
      const options = { upload: uploadId ?? '', fileName: given.fileName, ...(given.account ? { account: given.account } : {}), ...(mapping ? { mapping: mapping.name } : {}) };
      const command = { commandId: crypto.randomUUID(), job: 'bank-import', options };
      setRunId((await client.jobs.run(command)).id);
      const ended = await client.jobs.run({ ...command, wait: true });
      if (ended.status !== 'succeeded') throw Object.assign(new Error(ended.errorMessage ?? `It ended ${ended.status}.`), { code: ended.errorCode ?? ended.status, data: { nextStep: ended.errorNextStep } });
      return bankImportSchema.parse(ended.result);
    },
    onSettled: () => { setRunId(null); void cache.invalidateQueries(); },
  });

  function choose(chosen: File | null): void {
    if (!chosen) return;
    setFile(chosen);
    setMapping(null);
    setAccount('');
    load.reset();
    send.mutate(chosen);
  }

  function chooseAccount(text: string): void {
    setAccount(text);
    setMapping((before) => before && withCurrencyOf(before, accountOfText(accounts, text), accountOfText(accounts, account)));
  }

  const unnamed = isCsv && mapping.name.trim() === '' ? 'Give the mapping a name: it is kept for the next file of this bank.' : null;
  const isReady = look.data !== undefined && !look.isFetching && isCalm && missing === null && unnamed === null;
  const trouble = send.error ?? load.error ?? (missing === null && look.error && describeError(look.error).code !== 'bank-mapping-needed' ? look.error : null);
  return (
    <Modal opened onClose={onClose} title="Import a bank statement" size={isCsv ? '90%' : 'xl'}>
      <div style={{ display: 'grid', gap: 12 }}>
        {load.data ? <Imported result={load.data} onClose={onClose} onMore={() => { setFile(null); setMapping(null); send.reset(); load.reset(); }} /> : (
          <>
            <div
              className={`drop-place${isOver ? ' over' : ''}`} onDragOver={(event) => { event.preventDefault(); setIsOver(true); }} onDragLeave={() => setIsOver(false)}
              onDrop={(event) => { event.preventDefault(); setIsOver(false); choose(event.dataTransfer.files[0] ?? null); }}
            >
              <span>{file ? <><b>{file.name}</b> <span className="muted">{Math.max(1, Math.round(file.size / 1024))} KB</span></> : 'Drop a file here: CAMT.053, MT940, OFX or CSV.'}</span>
              <FileButton onChange={choose}>{(props) => <Button variant="default" {...props} loading={send.isPending}>{file ? 'Choose another' : 'Choose a file'}</Button>}</FileButton>
            </div>
            {trouble ? <ErrorNotice error={trouble} /> : null}
            {mapping ? (
              <>
                <div className="field-row">
                  {saved.data && saved.data.mappings.length > 0 ? <Select label="Saved mapping" placeholder="A new one" size="xs" clearable value={saved.data.mappings.some((each) => each.mapping.name === mapping.name) ? mapping.name : null} data={saved.data.mappings.map((each) => each.mapping.name)} onChange={(name) => { const found = saved.data.mappings.find((each) => each.mapping.name === name); if (found) setMapping(withCurrencyOf(found.mapping, accountOfText(accounts, account))); }} /> : null}
                  <Autocomplete label="Bank account" size="xs" required w={320} placeholder="Its number or IBAN" value={account} maxLength={100} data={[...new Set(accounts.map(accountText))]} onChange={chooseAccount} />
                </div>
                <div className="mapping-work">
                  <MappingEditor mapping={mapping} onChange={setMapping} rows={rows.data?.rows ?? []} />
                  <div style={{ display: 'grid', gap: 12, minWidth: 0 }}>
                    <RawRows rows={rows.data?.rows ?? []} headingLines={mapping.headingLines} />
                    {look.data && missing === null ? <ImportPreview outline={look.data} isBesideAccount /> : null}
                  </div>
                </div>
              </>
            ) : look.data ? <ImportPreview outline={look.data} /> : null}
            {run ? <JobProgress run={run} /> : null}
            <div className="row-flex">
              <Button disabled={!isReady} loading={load.isPending} onClick={() => load.mutate()}>{look.data && missing === null ? `Import ${look.data.lines} ${look.data.lines === 1 ? 'line' : 'lines'}` : 'Import'}</Button>
              <Button variant="default" onClick={onClose}>Close</Button>
              {look.isFetching ? <span className="muted">Reading the file</span> : missing ?? (look.data ? unnamed : null) ? <span className="quiet" role="status">{missing ?? unnamed}</span> : null}
            </div>
          </>
        )}
      </div>
    </Modal>
  );
}

function Imported({ result, onClose, onMore }: { result: BankImportView; onClose: () => void; onMore: () => void }) {
  return (
    <div role="status" style={{ display: 'grid', gap: 8 }}>
      <p><b><NumberText value={result.added} /></b> {result.added === 1 ? 'line' : 'lines'} added{result.known > 0 ? <>, <NumberText value={result.known} /> known already</> : null}. The balances of <NumberText value={result.proved} /> of <NumberText value={result.statements} /> {result.statements === 1 ? 'statement' : 'statements'} are proved.</p>
      <p className="quiet"><NumberText value={result.matching.matched} /> matched by rules that are set to it; <NumberText value={result.matching.suggested} /> more have a suggestion.</p>
      <div className="row-flex"><Button onClick={onClose}>Done</Button><Button variant="default" onClick={onMore}>Import another</Button></div>
    </div>
  );
}
