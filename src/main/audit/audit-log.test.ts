import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { sql } from '../database/handles.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { auditChainOrigin, createAuditLog } from './audit-log.ts';

const auditLog = createAuditLog({ clock: fixedClock(1_700_000_000_000) });

describe('the audit log', () => {
  it('chains each row to the one before', () => {
    using ledger = openTemporaryDatabase();
    ledger.database.unitOfWork.run('test', (database) => {
      auditLog.append(database, { entity: 'invoice', entityId: 'i1', action: 'finalise', actor: 'ana', diff: { status: ['draft', 'finalised'] }, requestId: 'c1' });
      auditLog.append(database, { entity: 'invoice', entityId: 'i1', action: 'void', actor: 'ben', diff: { b: 1, a: 2 } });
    });
    const [first, second] = auditLog.listOf(ledger.database, 'invoice', 'i1');
    expect(first).toMatchObject({ sequence: 1, previousHash: auditChainOrigin, actor: 'ana', requestId: 'c1' });
    expect(second).toMatchObject({ sequence: 2, previousHash: first?.hash, diff: '{"a":2,"b":1}', requestId: null });
    expect(auditLog.verify(ledger.database)).toEqual({ rows: 2, headHash: second?.hash, firstBroken: null });
  });

  it('leaves nothing when the act it tells of is rolled back', () => {
    using ledger = openTemporaryDatabase();
    expect(() =>
      ledger.database.unitOfWork.run('test', (database) => {
        auditLog.append(database, { entity: 'invoice', entityId: 'i1', action: 'void', actor: 'ben', diff: {} });
        throw new Error('changed my mind');
      }),
    ).toThrow('changed my mind');
    expect(auditLog.verify(ledger.database)).toEqual({ rows: 0, headHash: auditChainOrigin, firstBroken: null });
  });

  it('names the row that somebody changed behind its back', () => {
    using ledger = openTemporaryDatabase();
    ledger.database.unitOfWork.run('test', (database) => {
      for (const id of ['a', 'b', 'c']) auditLog.append(database, { entity: 'contract', entityId: id, action: 'amend', actor: 'ana', diff: { fee: [1, 2] } });
    });
    ledger.database.connection.exec('DROP TRIGGER audit_log_is_append_only_update');
    ledger.database.run(sql('test.tamper', "UPDATE audit_log SET actor = 'somebody else' WHERE entity_id = 'b'"));
    expect(auditLog.verify(ledger.database).firstBroken).toEqual({ sequence: 2, entity: 'contract', entityId: 'b' });
  });

  it('refuses to be edited', () => {
    using ledger = openTemporaryDatabase();
    ledger.database.unitOfWork.run('test', (database) => auditLog.append(database, { entity: 'x', entityId: '1', action: 'y', actor: 'z', diff: {} }));
    expect(() => ledger.database.run(sql('test.delete', 'DELETE FROM audit_log'))).toThrow(/audit-row-immutable/);
  });
});
