-- Why: what a person can do about a job that failed is said apart from what went wrong, as everywhere else (architecture.md §9).

ALTER TABLE job_runs ADD COLUMN error_next_step TEXT;
