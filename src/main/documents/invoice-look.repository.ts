import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { DocumentLanguage } from '../billing/partner-invoice.ts';
import { lookId, lookSchema, type InvoiceLook } from './invoice-look.ts';

const findContent = sql('invoice-looks.find', 'SELECT content FROM invoice_looks WHERE id = ?');
const insertLook = sql('invoice-looks.insert', 'INSERT INTO invoice_looks (id, content, recorded_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING');
const findSetting = sql('invoice-template.setting', 'SELECT value FROM ledger_settings WHERE name = ?');
const replaceSetting = sql('invoice-template.replace', 'INSERT INTO ledger_settings (name, value, set_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at WHERE value <> excluded.value');
const findLanguage = sql('partner-language.find', 'SELECT language FROM partner_document_languages WHERE partner_id = ?');
const listLanguages = sql('partner-language.list', 'SELECT p.id AS partnerId, p.name, l.language FROM partners p LEFT JOIN partner_document_languages l ON l.partner_id = p.id ORDER BY p.name COLLATE NOCASE, p.id');
const replaceLanguage = sql('partner-language.replace', 'INSERT INTO partner_document_languages (partner_id, language, set_at) VALUES (?, ?, ?) ON CONFLICT (partner_id) DO UPDATE SET language = excluded.language, set_at = excluded.set_at');
const removeLanguage = sql('partner-language.remove', 'DELETE FROM partner_document_languages WHERE partner_id = ?');

/** A look by its id; undefined where this desk never had it. */
export function findLook(database: ReadableDatabase, id: string): InvoiceLook | undefined {
  const row = database.get<{ content: string }>(findContent, [id]);
  return row && lookSchema.parse(JSON.parse(row.content));
}

/** @returns the look's id. */
export function keepLook(database: WritableDatabase, look: InvoiceLook, at: number): string {
  const id = lookId(look);
  database.run(insertLook, [id, JSON.stringify(look), at]);
  return id;
}

/** A setting of the invoice template: the company's profile, the look in force, the language. */
export function findTemplateSetting(database: ReadableDatabase, name: 'company_profile' | 'invoice_look' | 'invoice_language'): string | undefined {
  return database.get<{ value: string }>(findSetting, [name])?.value;
}

export function replaceTemplateSetting(database: WritableDatabase, name: 'company_profile' | 'invoice_look' | 'invoice_language', value: string, at: number): void {
  database.run(replaceSetting, [name, value, at]);
}

export function findPartnerLanguage(database: ReadableDatabase, partnerId: string): DocumentLanguage | undefined {
  return database.get<{ language: DocumentLanguage }>(findLanguage, [partnerId])?.language;
}

/** Every partner with the language of its documents, null where it has the company's. */
export function listPartnerLanguages(database: ReadableDatabase): { partnerId: string; name: string; language: DocumentLanguage | null }[] {
  return database.all(listLanguages);
}

/** Null: the company's own again. */
export function setPartnerLanguage(database: WritableDatabase, partnerId: string, language: DocumentLanguage | null, at: number): void {
  if (language === null) database.run(removeLanguage, [partnerId]);
  else database.run(replaceLanguage, [partnerId, language, at]);
}
