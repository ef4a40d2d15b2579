-- Why: nothing is written into a closed month (domain.md §3). An entry of a closed month is sealed in the first open one; a document says its own day, to the customer and to the tax
-- office, and would be of another month than its entry. So no invoice is finalised and no credit note written on a day of a closed month. Triggers, so that every door is behind them;
-- the functions of 0017 and their refusals stay as they are.
CREATE FUNCTION daybook.refuse_closed_issue_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_day date := CASE TG_TABLE_NAME WHEN 'invoices' THEN (to_jsonb(NEW) ->> 'issue_date')::date ELSE (to_jsonb(NEW) ->> 'acted_on')::date END;
BEGIN
  IF to_char(v_day, 'YYYY-MM') <= daybook.closed_through() THEN
    PERFORM daybook.refuse('issue-month-closed', format('%s lies in %s, which is closed: a document of that day would not be in that month’s books. Nothing was issued.', v_day, to_char(v_day, 'YYYY-MM')));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER of_an_open_month BEFORE UPDATE OF status ON daybook.invoices FOR EACH ROW WHEN (OLD.status = 'draft' AND NEW.status = 'finalised') EXECUTE FUNCTION daybook.refuse_closed_issue_day();
CREATE TRIGGER of_an_open_month BEFORE INSERT ON daybook.receivable_acts FOR EACH ROW WHEN (NEW.kind = 'credit-note') EXECUTE FUNCTION daybook.refuse_closed_issue_day();
REVOKE ALL ON FUNCTION daybook.refuse_closed_issue_day() FROM PUBLIC;
