-- Why: finance staff match bank statements (docs/adr/0034). That a payout or a receipt arrived is theirs to say: money moves between the company's own accounts. What is posted to any
-- other account, such as a difference, stays an accountant's act.
CREATE OR REPLACE FUNCTION daybook.fault_of_key(p_key text, p_own text, p_is_accountant boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_key LIKE 'stripe/%' OR p_key LIKE 'paystack/%' THEN
    RETURN CASE WHEN starts_with(p_key, p_own) THEN NULL ELSE 'entry-of-other-ledger' END;
  ELSIF p_key LIKE 'recognition/%' OR p_key LIKE 'bank-payout/%' OR p_key LIKE 'bank-match/%/receipt/%' THEN
    RETURN NULL;
  ELSIF p_key LIKE 'partner-invoice/%' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM daybook.invoices i WHERE i.id::text = split_part(p_key, '/', 2) AND i.invoice_number IS NOT NULL AND (split_part(p_key, '/', 3) <> 'void' OR i.status = 'void')) THEN NULL ELSE 'invoice-not-finalised' END;
  ELSIF p_key LIKE 'receivable-act/%' AND EXISTS (SELECT FROM daybook.receivable_acts a WHERE a.id::text = split_part(p_key, '/', 2)) THEN
    RETURN NULL;
  END IF;
  RETURN CASE WHEN p_is_accountant THEN NULL ELSE 'role-too-small' END;
END $$;

-- An arrival touches assets, conversion, and what the bank's rate made of it; no honest desk sends another.
CREATE FUNCTION daybook.refuse_odd_arrivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM new_rows AS n CROSS JOIN LATERAL json_to_recordset(n.postings) AS p("accountCode" text)
    WHERE (n.idempotency_key LIKE 'bank-payout/%' OR n.idempotency_key LIKE 'bank-match/%/receipt/%')
      AND (p."accountCode" !~ '^1' AND p."accountCode" NOT IN ('9000-currency-conversion', '5020-realised-exchange-differences') OR n.idempotency_key LIKE 'bank-payout/%' AND (n.source_type <> 'bank-payout' OR n.source_id <> split_part(n.idempotency_key, '/', 2)))
  ) THEN
    PERFORM daybook.refuse('entry-invalid', 'An arrival on a bank statement moves money between the company’s own accounts.');
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION daybook.refuse_odd_arrivals() FROM PUBLIC;
CREATE TRIGGER arrivals_as_they_are AFTER INSERT ON daybook.journal_entries REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_odd_arrivals();
