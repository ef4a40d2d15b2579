import type { KeyReport } from '../../../../shared/api/system.contract.ts';
import { StatusBadge } from '../../components/status-badge.tsx';
import { CheckList } from './check-list.tsx';

type Permission = KeyReport['permissions'][number];

function PermissionRow({ permission }: { permission: Permission }) {
  const { state, message, nextStep, code } = permission;
  return (
    <tr>
      <th scope="row">{permission.permission}<div className="muted small mono">{permission.list}</div></th>
      <td className="quiet">{permission.purpose}</td>
      <td><StatusBadge status={state} /></td>
      <td>{state === 'missing' || state === 'failed' ? <>{message} {nextStep}<div className="muted small mono">{code}</div></> : state === 'untested' ? <span className="muted">Not asked</span> : null}</td>
    </tr>
  );
}

/** Whose the key is, whether it fits, and what it may read: each permission with what Daybook needs it for. */
export function KeyReportView({ report }: { report: KeyReport }) {
  const missing = new Set(report.permissions.filter((permission) => permission.state === 'missing').map((permission) => permission.permission));
  return (
    <>
      <CheckList checks={report.checks} />
      {report.keyKind === 'secret' ? <p className="quiet">This is a secret key: it may also write. Daybook only reads; a restricted key with read rights is safer.</p> : null}
      {missing.size > 0 ? <p>In Stripe’s dashboard, open the key and set {[...missing].join(', ')} to Read; then test again.</p> : null}
      <div className="scroll-x" tabIndex={0} role="group" aria-label="What the key may read">
        <table className="plain">
          <thead><tr><th scope="col">Permission</th><th scope="col">Why Daybook reads it</th><th scope="col">State</th><th scope="col">What to do</th></tr></thead>
          <tbody>{report.permissions.map((permission) => <PermissionRow key={permission.list} permission={permission} />)}</tbody>
        </table>
      </div>
    </>
  );
}
