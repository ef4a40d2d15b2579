-- Why: tax is owed to somebody: tax payable has a sub-account for each jurisdiction. The list is the one of src/main/ledger/tax-jurisdictions.ts, and as
-- closed as the chart: an account that no desk knows is sealed by nobody.
INSERT INTO daybook.accounts (code) SELECT '2200-tax-payable:' || jurisdiction FROM unnest(ARRAY[
  'AD', 'AE', 'AF', 'AG', 'AI', 'AL', 'AM', 'AO', 'AQ', 'AR', 'AS', 'AT', 'AU', 'AW', 'AX', 'AZ', 'BA', 'BB', 'BD', 'BE', 'BF', 'BG',
  'BH', 'BI', 'BJ', 'BL', 'BM', 'BN', 'BO', 'BQ', 'BR', 'BS', 'BT', 'BV', 'BW', 'BY', 'BZ', 'CA', 'CA-AB', 'CA-BC', 'CA-MB', 'CA-NB', 'CA-NL', 'CA-NS',
  'CA-NT', 'CA-NU', 'CA-ON', 'CA-PE', 'CA-QC', 'CA-SK', 'CA-YT', 'CC', 'CD', 'CF', 'CG', 'CH', 'CI', 'CK', 'CL', 'CM', 'CN', 'CO', 'CR', 'CU', 'CV', 'CW',
  'CX', 'CY', 'CZ', 'DE', 'DJ', 'DK', 'DM', 'DO', 'DZ', 'EC', 'EE', 'EG', 'EH', 'ER', 'ES', 'ET', 'FI', 'FJ', 'FK', 'FM', 'FO', 'FR',
  'GA', 'GB', 'GD', 'GE', 'GF', 'GG', 'GH', 'GI', 'GL', 'GM', 'GN', 'GP', 'GQ', 'GR', 'GS', 'GT', 'GU', 'GW', 'GY', 'HK', 'HM', 'HN',
  'HR', 'HT', 'HU', 'ID', 'IE', 'IL', 'IM', 'IN', 'IO', 'IQ', 'IR', 'IS', 'IT', 'JE', 'JM', 'JO', 'JP', 'KE', 'KG', 'KH', 'KI', 'KM',
  'KN', 'KP', 'KR', 'KW', 'KY', 'KZ', 'LA', 'LB', 'LC', 'LI', 'LK', 'LR', 'LS', 'LT', 'LU', 'LV', 'LY', 'MA', 'MC', 'MD', 'ME', 'MF',
  'MG', 'MH', 'MK', 'ML', 'MM', 'MN', 'MO', 'MP', 'MQ', 'MR', 'MS', 'MT', 'MU', 'MV', 'MW', 'MX', 'MY', 'MZ', 'NA', 'NC', 'NE', 'NF',
  'NG', 'NI', 'NL', 'NO', 'NP', 'NR', 'NU', 'NZ', 'OM', 'PA', 'PE', 'PF', 'PG', 'PH', 'PK', 'PL', 'PM', 'PN', 'PR', 'PS', 'PT', 'PW',
  'PY', 'QA', 'RE', 'RO', 'RS', 'RU', 'RW', 'SA', 'SB', 'SC', 'SD', 'SE', 'SG', 'SH', 'SI', 'SJ', 'SK', 'SL', 'SM', 'SN', 'SO', 'SR',
  'SS', 'ST', 'SV', 'SX', 'SY', 'SZ', 'TC', 'TD', 'TF', 'TG', 'TH', 'TJ', 'TK', 'TL', 'TM', 'TN', 'TO', 'TR', 'TT', 'TV', 'TW', 'TZ',
  'UA', 'UG', 'UM', 'US', 'US-AK', 'US-AL', 'US-AR', 'US-AZ', 'US-CA', 'US-CO', 'US-CT', 'US-DC', 'US-DE', 'US-FL', 'US-GA', 'US-HI', 'US-IA', 'US-ID', 'US-IL', 'US-IN', 'US-KS', 'US-KY',
  'US-LA', 'US-MA', 'US-MD', 'US-ME', 'US-MI', 'US-MN', 'US-MO', 'US-MS', 'US-MT', 'US-NC', 'US-ND', 'US-NE', 'US-NH', 'US-NJ', 'US-NM', 'US-NV', 'US-NY', 'US-OH', 'US-OK', 'US-OR', 'US-PA', 'US-RI',
  'US-SC', 'US-SD', 'US-TN', 'US-TX', 'US-UT', 'US-VA', 'US-VT', 'US-WA', 'US-WI', 'US-WV', 'US-WY', 'UY', 'UZ', 'VA', 'VC', 'VE', 'VG', 'VI', 'VN', 'VU', 'WF', 'WS',
  'YE', 'YT', 'ZA', 'ZM', 'ZW'
]) AS jurisdiction;
INSERT INTO daybook.accounts (code) VALUES ('5025-unrealised-exchange-differences');

-- Why: whether closing a month revalues foreign balances is a setting of the ledger, the same on every desk. The row says what holds, the audit chain who set
-- it when, and a month keeps the setting it was closed with in its own evidence.
ALTER TABLE daybook.ledger ADD COLUMN revalues_at_close boolean NOT NULL DEFAULT false;

CREATE FUNCTION daybook.set_revaluation(p_is_on boolean, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  -- A request whose answer was lost is not carried out again over what somebody set since.
  IF v_ledger.revalues_at_close = p_is_on OR EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'ledger-setting' AND request_id = p_request_id) THEN
    RETURN;
  END IF;
  UPDATE daybook.ledger SET revalues_at_close = p_is_on;
  PERFORM daybook.append_audit('ledger-setting', 'revalues_at_close', 'set', jsonb_build_object('revalues_at_close', jsonb_build_array(v_ledger.revalues_at_close, p_is_on)), p_request_id);
END $$;
REVOKE ALL ON FUNCTION daybook.set_revaluation(boolean, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.set_revaluation(boolean, uuid) TO daybook_accountant;
