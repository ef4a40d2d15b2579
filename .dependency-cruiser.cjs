/**
 * Who may import whom: ARCHITECTURE.md (The house, import rules). A broken rule fails the build and names that page.
 */
const page = 'See “Who may import whom” in ARCHITECTURE.md.';
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment: `${comment} ${page}`, from, to });
const tests = '\\.(test|integration\\.test|long\\.test)\\.tsx?$';
const notTests = { pathNot: tests };
const domains = 'ledger|mirror|intake|contracts|billing|receivables|banking|treasury|reconciliation|revenue|documents|mailing|archiving|audit|sync|backup|reading';
const vendors = '(^|node_modules/)(stripe|pg|pg-copy-streams|nodemailer|aws4fetch)(/|$)';

module.exports = {
  forbidden: [
    rule('no-circles', 'Modules that need each other are one module.', {}, { circular: true, viaOnly: { pathNot: 'node_modules' } }),
    rule('shared-is-pure', 'shared/ imports shared/, zod and the contract builder, nothing else.', { path: '^src/shared/', ...notTests }, { pathNot: ['^src/shared/', 'node_modules/(zod|@orpc/contract)/'] }),
    rule('preload-hands-one-port-over', 'preload/ imports electron only.', { path: '^src/preload/' }, { pathNot: ['^src/preload/', '^electron$', 'node_modules/electron/'] }),
    rule('renderer-knows-the-contract-only', 'renderer/ imports shared/ and its UI libraries.', { path: '^src/renderer/', ...notTests }, { path: ['^src/(main|cli|relay|preload)/', '^electron$', 'node_modules/(electron|better-sqlite3|stripe|pg)/'] }),
    rule('renderer-has-no-node', 'renderer/ runs in a sandboxed window.', { path: '^src/renderer/', ...notTests }, { dependencyTypes: ['core'] }),
    rule('calculations-are-pure', 'Calculation and postings files import shared/ and sibling pure files.', { path: '^src/main/.*-(calculation|postings|matching|segments|movements|months)\\.ts$' }, { path: ['^src/main/(database|integrations|platform|api|jobs|hosts)/', '\\.repository\\.ts$', 'node_modules/'], pathNot: '^src/main/platform/ids\\.ts$', dependencyTypesNot: ['type-only'] }),
    rule('calculations-know-no-system', 'Calculation and postings files know neither clock nor random nor disk.', { path: '^src/main/.*-(calculation|postings|matching|segments|movements|months)\\.ts$' }, { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' }),
    rule('repositories-keep-to-themselves', 'A repository never imports another domain’s repository, nor integrations.', { path: `^src/main/(${domains})/.*\\.repository\\.ts$` }, { path: [`^src/main/(${domains})/.*\\.repository\\.ts$`, '^src/main/integrations/'], pathNot: '^src/main/$1/' }),
    rule('services-keep-out-of-vendors', 'Domains import neither electron, vendor SDKs nor integrations: they declare ports.', { path: `^src/main/(${domains})/`, ...notTests }, { path: ['^src/main/integrations/', '^electron$', vendors] }),
    rule('services-keep-to-their-repository', 'A service uses its own domain’s repository only.', { path: `^src/main/(${domains})/`, ...notTests }, { path: `^src/main/(${domains})/.*\\.repository\\.ts$`, pathNot: '^src/main/$1/' }),
    rule('vendors-live-in-integrations', 'Vendors’ SDKs are imported by integrations/ only.', { path: '^src/', pathNot: ['^src/main/integrations/', tests] }, { path: vendors }),
    rule('integrations-point-inward', 'Integrations import port types and their SDK, never services’ repositories or api/.', { path: '^src/main/integrations/', ...notTests }, { path: ['\\.repository\\.ts$', '^src/main/(api|jobs|hosts|reporting|database)/'] }),
    rule('reporting-only-reads', 'reporting/ holds a readable handle: no repositories, no integrations.', { path: '^src/main/reporting/', ...notTests }, { path: ['\\.repository\\.ts$', '^src/main/(integrations|api|jobs|hosts)/', '^src/main/database/sqlite-database\\.ts$'] }),
    rule('api-and-jobs-are-thin', 'api/, jobs/ and cli/ call services; no SQL of domains, no vendor SDKs.', { path: '^src/(main/(api|jobs)|cli)/', ...notTests }, { path: ['\\.repository\\.ts$', vendors, '^src/main/integrations/'] }),
    rule('hosts-know-the-backend-only', 'Hosts know backend.ts and platform, no domain.', { path: ['^src/main/hosts/', '^src/main/index\\.ts$'], ...notTests }, { path: `^src/main/(${domains}|api|reporting|integrations|database|sync)/` }),
    rule('electron-has-two-rooms', 'electron is imported by hosts/electron, index.ts and preload only.', { path: '^src/', pathNot: ['^src/main/hosts/electron/', '^src/main/index\\.ts$', '^src/preload/'] }, { path: ['^electron$', 'node_modules/electron/'] }),
    rule('one-composition-root', 'composition-root.ts is imported by backend.ts, the job worker, cli/ and test harnesses only.', { path: '^src/', pathNot: ['^src/main/backend\\.ts$', '^src/main/jobs/job-worker\\.ts$', '^src/cli/', '^src/main/testing/', '^src/main/composition-root\\.ts$', '^src/main/composition/', tests] }, { path: '^src/main/composition-root\\.ts$' }),
    rule('relay-knows-no-domain', 'relay/ uses integrations/{stripe,paystack,postgres} and shared/ only.', { path: '^src/relay/', ...notTests }, { path: ['^src/main/', '^src/(cli|renderer|preload)/', 'node_modules/better-sqlite3/'], pathNot: '^src/main/integrations/(stripe|paystack|postgres)/' }),
    rule('relay-is-a-leaf', 'Only cli/ starts the relay; integrations know its ports.', { path: '^src/', pathNot: ['^src/relay/', '^src/cli/', '^src/main/integrations/', tests] }, { path: '^src/relay/' }),
    rule('product-knows-no-sandbox', 'Nothing in src/ imports sandbox/.', { path: '^src/', pathNot: ['^src/main/testing/', tests] }, { path: '^sandbox/' }),
    rule('sandbox-knows-no-product', 'The sandbox proves the product right only while it shares no code with it.', { path: '^sandbox/', ...notTests }, { path: '^src/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Tests may look anywhere.
    exclude: { path: ['\\.(css|svg|png|html)$', tests] },
    tsPreCompilationDeps: true, // a type is knowledge too
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
