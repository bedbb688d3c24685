import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');
const EXAMPLE = path.resolve('data/example.csv');
const golden = (file: string): string => path.resolve('data/golden', file);

interface Refusal {
  code: number;
  /** Matches the first line, after `logitmill: `. */
  says: RegExp;
  /** Matches the second line, after `try: `. */
  hint?: RegExp;
}

/** Runs in `folder`, expects one line (and a way out where there is one), and the folder as it was. */
async function refused(folder: string, args: string[], { code, says, hint }: Refusal): Promise<void> {
  const before = filesBelow(folder);
  const result = await logitmill(['run', ...args], { cwd: folder });
  expect(result.code, result.stderr).toBe(code);
  expect(result.stdout).toBe('');
  const [first, ...rest] = result.stderr.trimEnd().split('\n');
  expect(first).toMatch(/^logitmill: /);
  expect(first.slice('logitmill: '.length)).toMatch(says);
  const tries = rest.filter((line) => line.startsWith('try: '));
  if (hint) expect(tries.join('\n').slice('try: '.length)).toMatch(hint);
  const others = rest.filter((line) => !line.startsWith('try: ') && !line.startsWith('see logitmill'));
  expect(others, 'nothing else is said').toEqual([]);
  expect(filesBelow(folder), 'nothing is left behind').toEqual(before);
}

function folderWith(files: Record<string, string | Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [name, data] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), data);
  return folder;
}

describe('an input that cannot be read', () => {
  test('a missing file', () =>
    refused(temporaryFolder(), ['nowhere.arrow', '-o', 'out.arrow'], {
      code: 3,
      says: /^nowhere\.arrow: no such file/,
    }));

  test('a folder without any input', async () => {
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, 'inputs'));
    await refused(folder, ['inputs', '-o', 'out'], { code: 3, says: /^inputs: / });
  });

  test('an empty file', () =>
    refused(folderWith({ 'in.csv': '' }), ['in.csv', '-o', 'out.arrow'], {
      code: 3,
      says: /^in\.csv: .*empty/,
    }));

  test('neither Arrow nor CSV', () =>
    refused(
      folderWith({ 'in.bin': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') }),
      ['in.bin', '-o', 'out.arrow'],
      {
        code: 3,
        says: /^in\.bin: .*(Arrow|PNG)/,
      },
    ));

  test('no float column', () =>
    refused(folderWith({ 'in.csv': 'name,city\nAnn,Rome\nBob,Oslo\n' }), ['in.csv', '-o', 'out.arrow'], {
      code: 3,
      says: /^in\.csv: no column has numbers/,
    }));

  test('rows of different lengths', () =>
    refused(folderWith({ 'in.csv': 'a,b\n0.5,1.5\n0.5,1.5,2.5\n' }), ['in.csv', '-o', 'out.arrow'], {
      code: 3,
      says: /^in\.csv: line 3 \(row 1\).*3 fields.*2/,
    }));

  test('a text where a number should be', () =>
    refused(
      folderWith({ 'in.csv': 'a,b\n0.5,1.5\n0.5,1.2.3\n' }),
      ['in.csv', '-o', 'out.arrow', '--columns', 'a,b'],
      {
        code: 3,
        says: /^in\.csv: line 3 \(row 1\), column b: "1\.2\.3" is not a number$/,
      },
    ));
});

describe('columns that do not fit the call', () => {
  test('two candidates', () =>
    refused(temporaryFolder(), [golden('two-lists.arrow'), '-o', 'out.arrow'], {
      code: 2,
      says: /two-lists\.arrow: .*a.*b/,
      hint: /--column a/,
    }));

  test('an id among decimals', () =>
    refused(temporaryFolder(), [golden('csv-which.csv'), '-o', 'out.arrow'], {
      code: 2,
      says: /csv-which\.csv: .*id/,
      hint: /--columns '?(s\*|s0,s1|s0\.\.s1)/,
    }));

  for (const option of ['--column', '--columns', '--keep']) {
    test(`an unknown name after ${option}`, () =>
      refused(temporaryFolder(), [DIGITS, '-o', 'out.arrow', option, 'logitz'], {
        code: 2,
        says: /digits\.arrow: .*"?logitz"?/,
        hint: /logits/,
      }));
  }

  test('a glob that matches nothing', () =>
    refused(temporaryFolder(), [EXAMPLE, '-o', 'out.arrow', '--columns', 'score_*'], {
      code: 2,
      says: /example\.csv: .*score_\*/,
    }));

  test('a name that two columns share', () =>
    refused(temporaryFolder(), [golden('same-names.arrow'), '-o', 'out.arrow', '--keep', 'k'], {
      code: 2,
      says: /same-names\.arrow: .*k/,
    }));

  test('an integer column', () =>
    refused(temporaryFolder(), [golden('integers.arrow'), '-o', 'out.arrow'], {
      code: 2,
      says: /integers\.arrow: .*logits.*int32/i,
      hint: /--dtype float32/,
    }));

  test('an integer column by name', () =>
    refused(temporaryFolder(), [DIGITS, '-o', 'out.arrow', '--columns', 'id,label'], {
      code: 2,
      says: /digits\.arrow: .*(id|label)/,
      hint: /--dtype float/,
    }));

  test('a dim that is not there', () =>
    refused(temporaryFolder(), [DIGITS, '-o', 'out.arrow', '--dim', '2'], { code: 2, says: /-2.*1/ }));

  test('a clash of names', () =>
    refused(
      folderWith({ 'in.csv': 'probs,a,b\nx,0.5,1.5\n' }),
      ['in.csv', '-o', 'out.arrow', '--layout', 'list'],
      {
        code: 2,
        says: /probs/,
      },
    ));
});

describe('an output that cannot be', () => {
  test('it exists', () =>
    refused(folderWith({ 'out.arrow': 'precious' }), [DIGITS, '-o', 'out.arrow'], {
      code: 5,
      says: /^out\.arrow: .*exists/,
      hint: /--overwrite/,
    }));

  test('its folder is missing', () =>
    refused(temporaryFolder(), [DIGITS, '-o', 'nowhere/out.arrow'], { code: 5, says: /nowhere/ }));

  test('it is a folder', async () => {
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, 'out.arrow'));
    await refused(folder, [DIGITS, '-o', 'out.arrow/', '--overwrite'], {
      code: 5,
      says: /out\.arrow.*folder/,
    });
  });

  test('it is a device', () =>
    refused(temporaryFolder(), [DIGITS, '-o', '/dev/null'], { code: 5, says: /^\/dev\/null: / }));

  for (const [how, output] of [
    ['by its name', 'in.arrow'],
    ['by a longer name', './in.arrow'],
    ['by a symbolic link', 'link.arrow'],
    ['by a hard link', 'hard.arrow'],
  ] as const) {
    test(`it is the input, ${how}`, async () => {
      const folder = temporaryFolder();
      fs.copyFileSync(DIGITS, path.join(folder, 'in.arrow'));
      fs.symlinkSync('in.arrow', path.join(folder, 'link.arrow'));
      fs.linkSync(path.join(folder, 'in.arrow'), path.join(folder, 'hard.arrow'));
      await refused(folder, ['in.arrow', '-o', output, '--overwrite'], { code: 2, says: /input/ });
      expect(fs.readFileSync(path.join(folder, 'in.arrow'))).toEqual(fs.readFileSync(DIGITS));
    });
  }
});

describe('a call that means nothing', () => {
  const wrong: [string[], RegExp][] = [
    [['--op', 'sofmax'], /--op.*softmax.*sofmax/],
    [['--temperature', '0'], /--temperature.*0/],
    [['--temperature', 'warm'], /--temperature.*warm/],
    [['--tolerance', '-1'], /--tolerance/],
    [['--dim', 'rows'], /--dim.*rows/],
    [['--threads', '0'], /--threads.*0/],
    [['--memory', '64 parsecs'], /--memory.*parsecs/],
    [['--layout', 'tall'], /--layout.*tall/],
    [['--on-invalid', 'shrug'], /--on-invalid.*shrug/],
    [['--unheard-of'], /unheard-of/],
    [['--column', 'a', '--columns', 'b'], /--column.*--columns/],
    [['--summary', '-', '-o', '-'], /--summary.*-o/],
    [['--config', 'nowhere.json'], /nowhere\.json/],
    [['--types', 'a:int7'], /--types.*int7/],
  ];
  for (const [args, says] of wrong) {
    test(args.join(' '), async () => {
      const folder = temporaryFolder();
      const output = args.includes('-o') ? [] : ['-o', 'out.arrow'];
      await refused(folder, [DIGITS, ...output, ...args], { code: 2, says });
    });
  }

  test('no output', () => refused(temporaryFolder(), [DIGITS], { code: 2, says: /-o|output/ }));
  test('no input', () => refused(temporaryFolder(), ['-o', 'out.arrow'], { code: 2, says: /input/i }));

  test('usage errors point to the help, and do not print all of it', async () => {
    const { stderr } = await logitmill(['run', DIGITS, '-o', 'x.arrow', '--op', 'x'], {
      cwd: temporaryFolder(),
    });
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('see logitmill run --help');
  });

  test('an unknown command', async () => {
    const { code, stderr } = await logitmill(['walk']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^logitmill: .*walk/);
  });

  test('an option that the environment has wrong', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow'], {
      cwd: folder,
      env: { LOGITMILL_OP: 'x' },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^logitmill: .*LOGITMILL_OP.*"x"/);
  });

  test('errors as JSON hold the code', async () => {
    const { code, stderr } = await logitmill(
      ['run', 'nowhere.arrow', '-o', 'out.arrow', '--log-format', 'json'],
      {
        cwd: temporaryFolder(),
      },
    );
    expect(code).toBe(3);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ code: 'INPUT_MISSING', file: 'nowhere.arrow' });
  });

  test('a stack trace appears only when asked for', async () => {
    const folder = temporaryFolder();
    const quiet = await logitmill(['run', 'nowhere.arrow', '-o', 'out.arrow'], { cwd: folder });
    const loud = await logitmill(['run', 'nowhere.arrow', '-o', 'out.arrow'], {
      cwd: folder,
      env: { LOGITMILL_DEBUG: '1' },
    });
    expect(quiet.stderr).not.toMatch(/^\s+at /m);
    expect(loud.stderr).toMatch(/^\s+at /m);
  });
});
