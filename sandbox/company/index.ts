/** The demo company: `createCompany` makes it, `fillCompanyTables` writes its own PostgreSQL tables. */
export { companyDetails } from './company-details.ts';
export { createCompany, type Company, type CompanyOptions } from './company.ts';
export { fillCompanyTables } from './tables.ts';
