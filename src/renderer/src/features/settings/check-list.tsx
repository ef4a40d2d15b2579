import type { z } from 'zod';
import type { checkSchema } from '../../../../shared/api/system.contract.ts';

/** What was tested, what came out, and what to do where it failed. */
export function CheckList({ checks }: { checks: readonly z.infer<typeof checkSchema>[] }) {
  return (
    <div role="status">
      <ul className="checks">
        {checks.map((check) => (
          <li key={check.name}>
            <span className={`badge ${check.isFine ? 'ok' : 'problem'}`}>{check.isFine ? 'Fine' : 'Not fine'}</span>
            <span><b>{check.name}</b> {check.message}{check.nextStep ? <div className="quiet">{check.nextStep}</div> : null}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
