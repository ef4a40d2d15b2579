-- Why: the total of an invoice is its lines less discounts and billing credits, plus shipping and exclusive tax. Billing credits and shipping were not read, so that such an invoice went to suspense
-- by their amount; and a line with an inclusive and an exclusive tax was taken as inclusive of both. What is known of them is in the text that is kept of each object.
ALTER TABLE stripe_invoice_lines ADD COLUMN billing_credit_minor INTEGER NOT NULL DEFAULT 0; -- of credit grants, used before tax; beside the discount
ALTER TABLE stripe_invoice_lines ADD COLUMN inclusive_tax_minor INTEGER NOT NULL DEFAULT 0;  -- the part of tax_minor that the amount holds
ALTER TABLE stripe_invoices ADD COLUMN shipping_minor INTEGER NOT NULL DEFAULT 0;            -- with its tax
ALTER TABLE stripe_invoices ADD COLUMN shipping_tax_minor INTEGER NOT NULL DEFAULT 0;        -- a part of tax_minor

UPDATE stripe_invoice_lines SET billing_credit_minor = coalesce((SELECT sum(json_extract(part.value, '$.amount')) FROM json_each(stripe_invoice_lines.raw, '$.pretax_credit_amounts') AS part
    WHERE json_extract(part.value, '$.type') = 'credit_balance_transaction'), 0)
 WHERE instr(raw, '"credit_balance_transaction"') > 0 AND json_array_length(raw, '$.pretax_credit_amounts') > 0;

UPDATE stripe_invoice_lines SET inclusive_tax_minor = coalesce((SELECT sum(json_extract(part.value, '$.amount'))
     FROM json_each(stripe_invoice_lines.raw, CASE WHEN json_array_length(stripe_invoice_lines.raw, '$.taxes') > 0 THEN '$.taxes' ELSE '$.tax_amounts' END) AS part
    WHERE json_extract(part.value, '$.inclusive') = 1 OR json_extract(part.value, '$.tax_behavior') = 'inclusive'), 0)
 WHERE is_tax_inclusive = 1;

-- The taxes of an invoice are those of its lines, of shipping too in some versions: what its total without tax says decides.
UPDATE stripe_invoices SET shipping_minor = json_extract(raw, '$.shipping_cost.amount_total'), shipping_tax_minor = coalesce(json_extract(raw, '$.shipping_cost.amount_tax'), 0),
       tax_minor = tax_minor + iif(coalesce(json_extract(raw, '$.shipping_cost.amount_tax'), 0) <> 0 AND json_extract(raw, '$.total_excluding_tax') = total_minor - tax_minor - json_extract(raw, '$.shipping_cost.amount_tax'), json_extract(raw, '$.shipping_cost.amount_tax'), 0)
 WHERE instr(raw, '"shipping_cost"') > 0 AND json_type(raw, '$.shipping_cost.amount_total') = 'integer';
