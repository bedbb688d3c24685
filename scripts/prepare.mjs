// npm runs this after an install in a clone, before it packs, and when it installs from git. An install for production
// leaves out what builds, and so does `npm install --global git+…`, whose --global reaches the clone that npm makes.
import { existsSync } from 'node:fs';

const MAKERS = ['assemblyscript', 'rolldown', 'typescript'];

if (MAKERS.every((name) => existsSync(`node_modules/${name}`))) await import('./build.mjs');
else if (existsSync('dist/cli.js')) console.log('logitmill: dist/ stays as it was built before');
else {
  console.error(
    process.env.npm_config_global === 'true'
      ? 'logitmill: npm builds nothing that it installs globally from git; try: npm ci && npm install --global "$(npm pack)" in a clone'
      : 'logitmill: this install leaves out what builds the program (--omit=dev or NODE_ENV=production); try: npm ci --include=dev',
  );
  process.exitCode = 1;
}
