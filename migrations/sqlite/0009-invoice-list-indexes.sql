-- Why: the list of invoices is searched by a part of a number or of a customer's name while one types. What that search reads lies in these two
-- indexes: the invoices in the order of issue with what is looked at and summed, the customers with their names.
DROP INDEX stripe_invoices_by_issue;
CREATE INDEX stripe_invoices_by_issue ON stripe_invoices (coalesce(finalised_at, created_at), id, customer_id, number, status, currency, total_minor);
DROP INDEX stripe_customers_by_name;
CREATE INDEX stripe_customers_by_name ON stripe_customers (name, email, id);
