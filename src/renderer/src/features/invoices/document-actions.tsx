import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { ActButtons, useIsNarrow, type Act } from '../../components/act-buttons.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useInvoiceArchive, type ArchiveFilter } from './use-invoice-archive.ts';
import { tableFormats } from '../../lib/export-file.ts';
import { useLinesExport } from './use-lines-export.ts';
import { VerifyDialog } from './verify-dialog.tsx';

/**
 * What is done with the PDFs of invoices as files: all that the list shows saved at once, and one that somebody holds verified; with what else the room does beside them.
 * @param filter null where the list shows Stripe's alone, whose PDFs are not here. @param acts the first of them always stands by itself.
 */
export function DocumentActions({ acts, filter, lines }: { acts: readonly Act[]; filter: ArchiveFilter | null; /** Of the list, Stripe's too. */ lines: Parameters<ReturnType<typeof useLinesExport>['mutate']>[0]['filter'] }) {
  const [isVerifying, setVerifying] = useState(false);
  const isNarrow = useIsNarrow();
  const verify: Act = { label: 'Verify a PDF…', run: () => setVerifying(true) };
  const { save, progress, cancel } = useInvoiceArchive();
  const saveLines = useLinesExport();
  const wasStopped = save.isError && save.error.name === 'AbortError';
  return (
    <>
      {progress ? (
        <span className="row-flex" role="status"><span className="quiet">{progress.done} of {progress.total} PDFs</span><Button variant="default" size="compact-sm" onClick={cancel}>Stop</Button></span>
      ) : (
        <Menu>
          <Menu.Target><Button variant="default" loading={save.isPending || saveLines.isPending} title="Files of every invoice that the list shows">Save…</Button></Menu.Target>
          <Menu.Dropdown>
            {filter ? <Menu.Item onClick={() => save.mutate(filter)}>PDFs as ZIP</Menu.Item> : null}
            {tableFormats.map((format) => <Menu.Item key={format} onClick={() => saveLines.mutate({ format, filter: lines })}>{`Lines as ${format.toUpperCase()}`}</Menu.Item>)}
          </Menu.Dropdown>
        </Menu>
      )}
      {save.isSuccess && save.data === 0 ? <span role="status" className="quiet">No finalised invoice of ours in this list.</span> : null}
      {isNarrow ? <><ActButtons acts={acts.slice(0, 1)} menu={null} /><ActButtons acts={[verify, ...acts.slice(1)]} menu="More" /></> : <ActButtons acts={[verify, ...acts]} menu={null} />}
      {save.isError && !wasStopped ? <ErrorNotice error={save.error} /> : null}
      {saveLines.isError ? <ErrorNotice error={saveLines.error} /> : null}
      {isVerifying ? <VerifyDialog onClose={() => setVerifying(false)} /> : null}
    </>
  );
}
