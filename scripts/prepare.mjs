// npm runs this after an install in a clone, and before it packs. An install for production leaves out what builds.
import { existsSync } from 'node:fs';

const MAKERS = ['assemblyscript', 'rolldown', 'typescript'];

if (MAKERS.every((name) => existsSync(`node_modules/${name}`))) await import('./build.mjs');
else if (existsSync('dist/cli.js')) console.log('logitmill: dist/ stays as it was built before');
else {
  console.error(
    'logitmill: this install leaves out what builds the program (--omit=dev or NODE_ENV=production); try: npm ci --include=dev',
  );
  process.exitCode = 1;
}
