-- Why: a plan within a country is summed from the plan's own movements.
CREATE INDEX revenue_movements_by_plan ON revenue_movements (price_id, customer_id, day_on);
CREATE INDEX revenue_customers_by_country ON revenue_customers (country);
