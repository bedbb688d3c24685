// The manual page and the shells' completions, as the program that was built prints them.
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';

const FILES = {
  'man/logitmill.1': ['man'],
  'completions/logitmill.bash': ['completion', 'bash'],
  'completions/_logitmill': ['completion', 'zsh'],
  'completions/logitmill.fish': ['completion', 'fish'],
};

export async function writeShellFiles() {
  for (const folder of ['man', 'completions']) await mkdir(`dist/${folder}`, { recursive: true });
  for (const [file, words] of Object.entries(FILES))
    await writeFile(`dist/${file}`, execFileSync(process.execPath, ['dist/cli.js', ...words]));
}
