-- Why: a desk without a shared database imports rates by itself (docs/adr/0010), so each rate says where it came from and when; and a fact that waits for a
-- rate says whose and which day's, so that screens can name it and an import can post it at once.

-- 'shared database' is the company's own table, whose freshness is that of its sync; anything else was imported here.
ALTER TABLE exchange_rates ADD COLUMN source TEXT NOT NULL DEFAULT 'shared database';
ALTER TABLE exchange_rates ADD COLUMN fetched_at INTEGER;  -- epoch milliseconds of the import; NULL for rows of the shared database
CREATE INDEX exchange_rates_by_day ON exchange_rates (quote, rate_on, base);

-- Set together with the reason 'exchange-rate-missing'.
ALTER TABLE unposted_facts ADD COLUMN rate_currency TEXT;
ALTER TABLE unposted_facts ADD COLUMN rate_on TEXT;
