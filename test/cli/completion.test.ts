import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/commands.ts';
import { SHELLS } from '../../src/commands/completions/shells.ts';
import { logitmill, temporaryFolder } from './run.ts';

const SHIPPED = {
  bash: 'dist/completions/logitmill.bash',
  zsh: 'dist/completions/_logitmill',
  fish: 'dist/completions/logitmill.fish',
};

const isThere = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

test.each(
  SHELLS,
)('%s: the package has what is printed, and it knows all options of all commands', async (shell) => {
  const { code, stdout } = await logitmill(['completion', shell]);
  expect(code).toBe(0);
  expect(fs.readFileSync(SHIPPED[shell], 'utf8')).toBe(stdout);
  for (const [name, { definitions }] of Object.entries(COMMANDS)) {
    expect(stdout).toContain(name);
    for (const option of Object.values(definitions))
      expect(stdout).toMatch(new RegExp(`(--|-l )${option.name}\\b`));
  }
});

test.each(SHELLS.filter(isThere))('%s finds no fault in it', (shell) => {
  execFileSync(shell, ['-n', SHIPPED[shell]]);
});

test.each([[['tcsh']], [[]], [['bash', 'zsh']]])('another shell, none, or two: %j', async (words) => {
  const { code, stderr } = await logitmill(['completion', ...words]);
  expect(code).toBe(2);
  expect(stderr).toContain('try: logitmill completion bash, or logitmill completion zsh, or');
});

/** What is offered for the last of the words; in bash, as a terminal splits them. */
const ASK: Partial<Record<string, (words: readonly string[], folder: string) => string[]>> = {
  bash: (words, folder) => {
    const program = `source ${fs.realpathSync(SHIPPED.bash)}
      compopt() { printf 'no files\\n'; }
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _logitmill; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(execFileSync('bash', ['-c', program, 'bash', ...words], { cwd: folder, encoding: 'utf8' }));
  },
  fish: (words, folder) => {
    const program = `source ${fs.realpathSync(SHIPPED.fish)}; complete -C ${JSON.stringify(words.join(' '))}`;
    const asked = { cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder } } as const;
    return lines(execFileSync('fish', ['--no-config', '-c', program], asked)).map(
      (line) => line.split('\t')[0],
    );
  },
};

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe.each(Object.keys(ASK).filter(isThere))('%s', (shell) => {
  const ask = (...words: string[]): string[] => ASK[shell]?.(words, temporaryFolder()) ?? [];

  test('commands', () => {
    expect(ask('logitmill', 'in')).toEqual(['inspect']);
    expect(ask('logitmill', '')).toEqual(expect.arrayContaining(Object.keys(COMMANDS)));
  });

  test('options of the command that is typed, and no others', () => {
    expect(ask('logitmill', 'run', 'x.arrow', '--comp')).toEqual(['--compression']);
    expect(ask('logitmill', 'validate', '--comp')).toEqual([]);
  });

  test('values', () => {
    expect(ask('logitmill', 'run', '--compression', '').sort()).toEqual(['lz4', 'none', 'zstd']);
    expect(ask('logitmill', 'run', '--op', 'lo')).toEqual(['log_softmax']);
    expect(ask('logitmill', 'completion', 'f')).toContain('fish');
  });
});

test.runIf(isThere('bash'))('bash: --option=value comes as three words', () => {
  const ask = ASK.bash as NonNullable<(typeof ASK)['bash']>;
  const folder = temporaryFolder();
  expect(ask(['logitmill', 'run', '--op', '='], folder)).toContain('both');
  expect(ask(['logitmill', 'run', '--op', '=', 'b'], folder)).toEqual(['both']);
});

test('the manual page has every option of every command, and roff has nothing to say against it', async () => {
  const { code, stdout } = await logitmill(['man']);
  expect(code).toBe(0);
  expect(fs.readFileSync('dist/man/logitmill.1', 'utf8')).toBe(stdout);
  expect(stdout).not.toMatch(/[^\0-\x7f]/);
  for (const { definitions } of Object.values(COMMANDS))
    for (const { name, help } of Object.values(definitions)) {
      expect(stdout).toContain(`\\fB\\-\\-${name.replaceAll('-', '\\-')}\\fR`);
      expect(stdout).toContain(help.split(/[^\w ]/)[0]);
    }
  if (!isThere('groff')) return;
  const { stderr, stdout: page } = spawnSync('groff', ['-man', '-ww', '-Tutf8'], {
    input: stdout,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(page).toContain('Softmax');
});
