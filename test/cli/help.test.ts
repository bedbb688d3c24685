import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPORT_DEFINITIONS, RUN_DEFINITIONS } from '../../src/options/definitions.ts';
import { logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');

describe('help', () => {
  test('every command, on standard output', async () => {
    const { code, stdout, stderr } = await logitmill(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['run', 'validate', 'inspect'])
      expect(stdout).toMatch(new RegExp(`\\b${command}\\b`));
    expect(stdout).toMatch(/Exit codes/);
  });

  test('run --help names every option, its choices and its default', async () => {
    const { code, stdout } = await logitmill(['run', '--help']);
    expect(code).toBe(0);
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const { name, defaultText } of Object.values({ ...RUN_DEFINITIONS, ...REPORT_DEFINITIONS })) {
      expect(text).toContain(`--${name}`);
      if (defaultText) expect(text).toContain(defaultText.replaceAll(/\s+/g, ' '));
    }
  });

  test.each(['validate', 'inspect'])('%s --help', async (command) => {
    const { code, stdout } = await logitmill([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`logitmill ${command} FILE...`);
  });

  test('lines fit a terminal', async () => {
    const { stdout } = await logitmill(['run', '--help']);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  test('--version', async () => {
    const { code, stdout } = await logitmill(['--version']);
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(JSON.parse(fs.readFileSync('package.json', 'utf8')).version);
  });
});

describe('where options come from', () => {
  const op = async (args: string[], env: Record<string, string>, config?: object): Promise<string> => {
    const folder = temporaryFolder();
    if (config) fs.writeFileSync(path.join(folder, 'c.json'), JSON.stringify(config));
    const all = [
      'run',
      DIGITS,
      '-o',
      'out.arrow',
      '--summary',
      '-',
      ...(config ? ['--config', 'c.json'] : []),
      ...args,
    ];
    const { code, stdout, stderr } = await logitmill(all, { cwd: folder, env });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout).op;
  };

  test('the environment', async () => {
    expect(await op([], { LOGITMILL_OP: 'both' })).toBe('both');
  });
  test('the config file', async () => {
    expect(await op([], {}, { op: 'log_softmax', 'keep-logits': true })).toBe('log_softmax');
  });
  test('the command line wins over both, the environment over the file', async () => {
    expect(await op(['--op', 'softmax'], { LOGITMILL_OP: 'both' }, { op: 'log_softmax' })).toBe('softmax');
    expect(await op([], { LOGITMILL_OP: 'both' }, { op: 'log_softmax' })).toBe('both');
  });

  const refusals: [string, string, RegExp][] = [
    ['an unknown key', '{"opp": "both"}', /opp/],
    ['a wrong value', '{"op": 3}', /op.*3/],
    ['no JSON', '{op: both}', /c\.json/],
    ['no object', '[1]', /c\.json/],
  ];
  test.each(refusals)('a config file with %s', async (_what, text, says) => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'c.json'), text);
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow', '--config', 'c.json'], {
      cwd: folder,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(fs.readdirSync(folder)).toEqual(['c.json']);
  });
});
