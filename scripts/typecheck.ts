/** Checks the types of every runtime apart, two at a time; prints what the compiler says and fails when one fails. */
import { spawn } from 'node:child_process';

const configs = ['shared', 'main', 'renderer', 'tools'];

function check(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${name}.json`, '--checkers', '1'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('close', (code) => {
      if (code !== 0) console.error(`typecheck: tsconfig.${name}.json failed`);
      resolve(code === 0);
    });
  });
}

const results: boolean[] = [];
for (let i = 0; i < configs.length; i += 2) {
  results.push(...(await Promise.all(configs.slice(i, i + 2).map(check))));
}
if (results.includes(false)) process.exit(1);
console.log(`typecheck: ${configs.length} runtimes, no errors`);
