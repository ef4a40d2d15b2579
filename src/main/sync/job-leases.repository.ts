import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

export interface LeaseRow {
  readonly job: string;
  readonly holder: string;
  readonly fencingNumber: number;
  readonly expiresAt: number;
}

const selectLease = sql('job-leases.get', 'SELECT job, holder, fencing_number AS "fencingNumber", expires_at AS "expiresAt" FROM job_leases WHERE job = ?');
const upsert = sql(
  'job-leases.upsert',
  `INSERT INTO job_leases (job, holder, fencing_number, expires_at) VALUES (:job, :holder, :fencingNumber, :expiresAt)
   ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, fencing_number = excluded.fencing_number, expires_at = excluded.expires_at`,
);
const endHold = sql('job-leases.end', 'UPDATE job_leases SET expires_at = 0 WHERE job = ? AND fencing_number = ?');
const selectSuccess = sql('job-successes.get', 'SELECT 1 AS found FROM job_successes WHERE job = ? AND period = ?');
const insertSuccess = sql('job-successes.insert', 'INSERT INTO job_successes (job, period, fencing_number, completed_by, completed_at) VALUES (:job, :period, :fencingNumber, :completedBy, :completedAt)');

export function findLease(database: ReadableDatabase, job: string): LeaseRow | undefined {
  return database.get<LeaseRow>(selectLease, [job]);
}

export function upsertLease(database: WritableDatabase, lease: LeaseRow): void {
  database.run(upsert, { ...lease });
}

/** The row stays: the next fencing number counts on. */
export function endLeaseHold(database: WritableDatabase, job: string, fencingNumber: number): void {
  database.run(endHold, [job, fencingNumber]);
}

export function hasJobSuccess(database: ReadableDatabase, job: string, period: string): boolean {
  return database.get(selectSuccess, [job, period]) !== undefined;
}

export function insertJobSuccess(database: WritableDatabase, success: { readonly job: string; readonly period: string; readonly fencingNumber: number; readonly completedBy: string; readonly completedAt: number }): void {
  database.run(insertSuccess, { ...success });
}
