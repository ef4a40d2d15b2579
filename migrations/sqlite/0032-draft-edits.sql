-- Why: what people made of a draft is kept beside what was rated (docs/adr/0021): billing runs replace the one and leave the other. JSON, as the shared database has it.
ALTER TABLE invoices ADD COLUMN draft_edits TEXT;
