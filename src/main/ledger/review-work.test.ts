import { expect, it } from 'vitest';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { raiseReview } from './review-items.ts';
import { createReviewWork } from './review-work.ts';

const act = { actor: 'amara', requestId: 'r-1' };
const openItems = sql('test.open-items', 'SELECT subject_id AS "subjectId" FROM review_items WHERE settled_at IS NULL ORDER BY subject_id');
const auditRows = sql('test.audit', "SELECT actor, action, diff FROM audit_log WHERE entity = 'review-item'");

it('settles an item once, with who and why in the audit log, and leaves the others', () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const clock = { now: () => 2_000 };
  const work = createReviewWork({ unitOfWork: database.unitOfWork, audit: createAuditLog({ clock }), clock });
  for (const subjectId of ['txn_1', 'txn_2']) database.unitOfWork.run('test.raise', (writable) => raiseReview(writable, { code: 'reporting-category-unknown', subjectType: 'balance_transaction', subjectId, message: 'Look at it.', data: {} }, 1_000));
  const { id } = database.get<{ id: string }>(sql('test.one', "SELECT id FROM review_items WHERE subject_id = 'txn_1'")) ?? { id: '' };
  work.settle(id, ' Posted by hand. ', act);
  work.settle(id, 'Once more.', act);
  expect(database.all(openItems)).toEqual([{ subjectId: 'txn_2' }]);
  expect(database.all(auditRows)).toEqual([{ actor: 'amara', action: 'settle', diff: '{"code":"reporting-category-unknown","note":"Posted by hand."}' }]);
  // What is found again while it stands settled does not come back by itself: the same finding is raised once.
  expect(() => work.settle('nobody', 'A note.', act)).toThrow(expect.objectContaining({ code: 'review-item-not-found' }));
  expect(() => work.settle(id, ' ', act)).toThrow(expect.objectContaining({ code: 'review-note-missing' }));
});
