-- Why: how many payments fail, by month of the reporting zone, without a walk over the charges. SQLite does not know the zone, so what changed is gathered by the
-- quarter of an hour (every zone's months begin on one) and a refresh adds it to the months. The first refresh counts those that are there; from then on each is.

CREATE TABLE charge_outcome_changes (
  quarter_hour INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, charges INTEGER NOT NULL, amount_minor INTEGER NOT NULL, PRIMARY KEY (quarter_hour, currency, status)
) STRICT, WITHOUT ROWID;
CREATE TABLE charge_outcome_months (
  month TEXT NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, charges INTEGER NOT NULL, amount_minor INTEGER NOT NULL, PRIMARY KEY (month, currency, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER charge_outcomes_insert AFTER INSERT ON stripe_charges WHEN (SELECT are_charges_counted FROM revenue_rollup_state)
BEGIN
  INSERT INTO charge_outcome_changes VALUES (NEW.created_at / 900000, NEW.currency, NEW.status, 1, NEW.amount_minor)
  ON CONFLICT DO UPDATE SET charges = charges + 1, amount_minor = amount_minor + excluded.amount_minor;
END;
CREATE TRIGGER charge_outcomes_update AFTER UPDATE ON stripe_charges
WHEN (NEW.status <> OLD.status OR NEW.amount_minor <> OLD.amount_minor OR NEW.currency <> OLD.currency OR NEW.created_at <> OLD.created_at) AND (SELECT are_charges_counted FROM revenue_rollup_state)
BEGIN
  INSERT INTO charge_outcome_changes VALUES (OLD.created_at / 900000, OLD.currency, OLD.status, -1, -OLD.amount_minor)
  ON CONFLICT DO UPDATE SET charges = charges - 1, amount_minor = amount_minor + excluded.amount_minor;
  INSERT INTO charge_outcome_changes VALUES (NEW.created_at / 900000, NEW.currency, NEW.status, 1, NEW.amount_minor)
  ON CONFLICT DO UPDATE SET charges = charges + 1, amount_minor = amount_minor + excluded.amount_minor;
END;
CREATE TRIGGER charge_outcomes_delete AFTER DELETE ON stripe_charges WHEN (SELECT are_charges_counted FROM revenue_rollup_state)
BEGIN
  INSERT INTO charge_outcome_changes VALUES (OLD.created_at / 900000, OLD.currency, OLD.status, -1, -OLD.amount_minor)
  ON CONFLICT DO UPDATE SET charges = charges - 1, amount_minor = amount_minor + excluded.amount_minor;
END;
