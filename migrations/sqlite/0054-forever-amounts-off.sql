-- Why: a coupon of a fixed amount that lasts for ever reduces MRR as one of a percentage does. What Stripe took off each line for it is kept beside the line; for lines
-- that are here already it is read from their raw JSON. The rules of the sums changed with it, so that every customer is worked out anew.
ALTER TABLE stripe_invoice_lines ADD COLUMN forever_off_minor INTEGER NOT NULL DEFAULT 0;

UPDATE stripe_invoice_lines AS l
   SET forever_off_minor = coalesce((
     SELECT sum(a.value ->> 'amount')
       FROM json_each(l.raw, '$.discount_amounts') AS a
       JOIN stripe_invoices AS i ON i.id = l.invoice_id
       JOIN json_each(CASE WHEN json_type(i.raw, '$.discounts') = 'array' THEN i.raw ELSE '{"discounts":[]}' END, '$.discounts') AS d ON d.type = 'object' AND d.value ->> '$.id' = a.value ->> '$.discount'
       LEFT JOIN stripe_coupons AS c ON c.id = coalesce(d.value ->> '$.source.coupon.id', d.value ->> '$.source.coupon', d.value ->> '$.coupon.id', d.value ->> '$.coupon')
      WHERE coalesce(d.value ->> '$.source.coupon.duration', d.value ->> '$.coupon.duration', c.duration) = 'forever'
        AND coalesce(d.value ->> '$.source.coupon.amount_off', d.value ->> '$.coupon.amount_off', c.amount_off_minor) IS NOT NULL), 0)
 WHERE l.discount_minor <> 0 AND json_type(l.raw, '$.discount_amounts') = 'array';

DROP TRIGGER revenue_stale_by_coupon_update;
CREATE TRIGGER revenue_stale_by_coupon_update AFTER UPDATE ON stripe_coupons WHEN NEW.percent_off IS NOT OLD.percent_off OR NEW.amount_off_minor IS NOT OLD.amount_off_minor OR NEW.duration <> OLD.duration
BEGIN UPDATE revenue_rollup_state SET is_everything_stale = 1, queued_up_to = ''; END;
