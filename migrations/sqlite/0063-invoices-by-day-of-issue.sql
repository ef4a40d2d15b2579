-- Why: invoices of our own are listed by the day of issue that they show, which a person may have chosen earlier than the day on which they were finalised. The index holds what the list's conditions ask,
-- so that none of them reads an invoice with all its lines.
DROP INDEX invoices_by_issue;
CREATE INDEX invoices_by_day_of_issue ON invoices (
  min(coalesce(finalised_at, created_at), coalesce(unixepoch(issue_date) * 1000 + 86400000, coalesce(finalised_at, created_at))), id, issue_date, finalised_at, created_at, billing_month, kind, status, currency, total_minor, partner_id, user_id
);
