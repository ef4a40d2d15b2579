-- Why: an arrival of a payout is one entry whichever desk says it (docs/adr/0034). A desk knows by the hashes of what it posted whether the sealed entry is its own, or that of a desk that
-- was quicker; then its match ends. Matches from before have none, and stand.
ALTER TABLE bank_matches ADD COLUMN entry_hashes TEXT; -- JSON: input hashes, in the order of entry_keys
