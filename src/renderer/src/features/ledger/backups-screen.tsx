import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import type { BackupView } from '../../../../shared/api/backups.contract.ts';
import { BytesText } from '../../components/bytes-text.tsx';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import type { RunView } from '../../components/job-progress.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Card } from '../../components/screen.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { copyText } from '../../lib/copy-text.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { LedgerScreen } from './ledger-screen.tsx';

type Act = { readonly kind: 'create' } | { readonly kind: 'verify'; readonly id: string };

/** Starts making or verifying a backup and says how it ended; the status strip shows the work meanwhile. */
function useBackupAct() {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (act: Act): Promise<RunView> => {
      const commandId = crypto.randomUUID();
      const work = client.backups;
      return act.kind === 'create' ? work.create({ commandId, wait: true }) : work.verify({ commandId, id: act.id, wait: true });
    },
    onMutate: () => { void cache.invalidateQueries({ queryKey: queries.system.status.key() }); },
    onSuccess: (run, act) => {
      if (run.status === 'succeeded') notifications.show({ message: act.kind === 'create' ? 'The backup is made and verified' : 'The backup was read whole; its state is in the list' });
    },
    onSettled: () => { for (const queryKey of [queries.backups.key(), queries.jobs.key(), queries.system.status.key()]) void cache.invalidateQueries({ queryKey }); },
  });
}

/** Copies of the ledger: which there are, whether they are sound, and how one is put back. */
export function BackupsScreen() {
  const { queries } = useApi();
  const canBackUp = useCan('finance');
  const { id = null } = useParams();
  const navigate = useNavigate();
  const list = useQuery(queries.backups.list.queryOptions({ input: {} }));
  const act = useBackupAct();
  const backups = list.data?.backups.toSorted((a, b) => b.createdAt - a.createdAt) ?? [];
  const open = backups.find((backup) => backup.id === id);
  const close = useCallback(() => { void navigate(links.backups); }, [navigate]);
  const step = (delta: 1 | -1) => {
    const next = backups[backups.findIndex((backup) => backup.id === id) + delta];
    if (next) void navigate(links.backup(next.id), { replace: true });
  };
  const make = canBackUp ? <Button loading={act.isPending && act.variables.kind === 'create'} onClick={() => act.mutate({ kind: 'create' })}>Back up now</Button> : null;
  const failed = act.data && act.data.status !== 'succeeded' ? act.data : null;
  const panel = id && list.data ? <BackupPanel backup={open} folder={list.data.folder} isVerifying={act.isPending && act.variables.kind === 'verify'} onVerify={() => act.mutate({ kind: 'verify', id })} onClose={close} onStep={step} /> : undefined;
  return (
    <LedgerScreen part="Backups" controls={make} panel={panel}>
      {list.isError ? <ErrorNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {act.isError ? <ErrorNotice error={act.error} /> : null}
      {failed ? <ErrorNotice error={{ code: failed.errorCode ?? failed.status, message: failed.errorMessage ?? '', nextStep: failed.errorNextStep }} /> : null}
      {list.data && backups.length === 0 ? <EmptyState title="No backup yet" action={make}>Each day one is made by itself, and {list.data.kept} of them are kept. A backup is copied while you work, then read whole and held against what was written down when it was made.</EmptyState> : null}
      {list.data && backups.length > 0 ? (
        <>
          <BackupCards backups={backups} freeBytes={list.data.freeBytes} kept={list.data.kept} />
          <Box isFilling title="Backups" note={<>newest first · <span className="mono">{list.data.folder}</span></>}>
            <BackupTable backups={backups} openId={id} />
          </Box>
        </>
      ) : null}
      {list.data ? <RestoreBox /> : null}
    </LedgerScreen>
  );
}

function BackupCards({ backups, freeBytes, kept }: { backups: readonly BackupView[]; freeBytes: number | null; kept: number }) {
  const newest = backups[0];
  const damaged = backups.filter((backup) => backup.fault !== null).length;
  return (
    <div className="cards">
      <Card label="Newest" value={newest ? <DateText instant={newest.createdAt} isRelative /> : '—'} note={newest?.head ? <>up to entry no. <NumberText value={newest.head.sequence} /></> : 'an empty ledger'} />
      <Card label="Sound" value={<><NumberText value={backups.length - damaged} /> of <NumberText value={backups.length} /></>} note={damaged === 0 ? <span className="ok">All hold what was written down</span> : <span className="bad">{damaged} damaged</span>} />
      <Card label="Kept" value={<NumberText value={kept} />} note="of the daily ones and of those asked for; older ones go once a newer one is verified" />
      <Card label="Room left" value={freeBytes === null ? <span className="muted">Not known</span> : <BytesText value={freeBytes} />} note="on that disk" />
    </div>
  );
}

function SoundText({ backup }: { backup: BackupView }) {
  return backup.fault === null ? <span className="badge ok">Sound</span> : <span className="badge problem">Damaged</span>;
}

function BackupTable({ backups, openId }: { backups: readonly BackupView[]; openId: string | null }) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Backups">
      <table className="plain">
        <thead><tr><th scope="col">Made</th><th scope="col">Kind</th><th scope="col">State</th><th scope="col">Verified</th><th scope="col" className="num">Entries</th><th scope="col" className="num">Head</th><th scope="col" className="num">Size</th><th scope="col">Note</th></tr></thead>
        <tbody>
          {backups.map((backup) => (
            <tr key={backup.id} className={backup.id === openId ? 'on' : ''}>
              <th scope="row"><Link to={links.backup(backup.id)}><DateText instant={backup.createdAt} /></Link></th>
              <td className="quiet">{backup.kind === 'daily' ? 'Daily' : 'Asked for'}</td>
              <td><SoundText backup={backup} /></td>
              <td><DateText instant={backup.verifiedAt} /></td>
              <td className="num"><NumberText value={backup.entries} /></td>
              <td className="num">{backup.head ? <span title={backup.head.hash}>no. <NumberText value={backup.head.sequence} /></span> : <span className="muted">—</span>}</td>
              <td className="num"><BytesText value={backup.byteLength} /></td>
              <td className="quiet">{backup.fault?.message ?? (backup.leftBehindAt === null ? '' : 'Of a ledger that was replaced since')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface BackupPanelProps {
  backup: BackupView | undefined;
  folder: string;
  isVerifying: boolean;
  onVerify: () => void;
  onClose: () => void;
  onStep: (delta: 1 | -1) => void;
}

function BackupPanel({ backup, folder, isVerifying, onVerify, onClose, onStep }: BackupPanelProps) {
  if (!backup) return <SidePanel title="Backup" label="Backup" onClose={onClose}><div className="section quiet">There is no such backup any more.</div></SidePanel>;
  const command = `daybook backup restore ${backup.id}`;
  return (
    <SidePanel title={<>Backup of <DateText instant={backup.createdAt} /></>} label="Backup" note={<SoundText backup={backup} />} onClose={onClose} onStep={onStep} footer={<Button loading={isVerifying} onClick={onVerify}>Verify</Button>}>
      {backup.fault ? <div className="section"><ErrorNotice error={{ code: backup.fault.code, message: backup.fault.message, nextStep: 'Do not restore it. Make a new backup, and keep this file for whoever looks into it.' }} /></div> : null}
      <Section title="What is in it">
        <Facts rows={[
          ['Entries', <NumberText key="entries" value={backup.entries} />], ['Postings', <NumberText key="postings" value={backup.postings} />],
          backup.head ? ['Head', <span key="head">no. <NumberText value={backup.head.sequence} /></span>] : null,
          backup.head ? ['Its hash', <span key="hash" className="hash">{backup.head.hash}</span>] : null,
          backup.logHeads ? ['Other logs', <span key="logs">log of months: <RowText head={backup.logHeads.months} />; audit log: <RowText head={backup.logHeads.audit} /></span>] : null,
          ['Made by', `Daybook ${backup.appVersion}, schema ${backup.schemaVersion}`],
        ]} />
      </Section>
      <Section title="The file">
        <Facts rows={[
          ['Size', <BytesText key="size" value={backup.byteLength} />], ['SHA-256', <span key="sha" className="hash">{backup.sha256}</span>], ['Last verified', <DateText key="verified" instant={backup.verifiedAt} />],
          ['Folder', <span key="folder" className="mono">{folder}</span>],
          backup.leftBehindAt === null ? null : ['Replaced', <span key="left"><DateText instant={backup.leftBehindAt} />: an older ledger was put back since</span>],
        ]} />
      </Section>
      <Section title="Put it back">
        <p className="quiet">Close Daybook, then in a terminal:</p>
        <p className="row-flex" style={{ marginTop: 4 }}><code className="control" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>{command}</code><button type="button" className="text-button" onClick={() => void copyText(command, 'Command')}>Copy</button></p>
      </Section>
    </SidePanel>
  );
}

function RestoreBox() {
  return (
    <Box title="How a backup is put back">
      <div className="section">
        <p>Close Daybook and run “daybook backup restore” in a terminal. It first says what would be lost: the entries after the backup’s head. The ledger it replaces is kept aside, not overwritten, and the next sync reads from Stripe and the shared database what came since.</p>
        <p className="quiet" style={{ marginTop: 4 }}>No window does this: it would pull the ledger away from under itself and from everybody who works in it.</p>
      </div>
    </Box>
  );
}

function RowText({ head }: { head: { readonly sequence: number; readonly hash: string } | null }) {
  return head ? <span title={head.hash}>row <NumberText value={head.sequence} /></span> : <>empty</>;
}
