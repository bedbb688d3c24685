import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

/** Longer than the sample that types are taken from (256 KiB) and than a chunk of a small slab. */
const ROWS = 150_000;
const ARGS = [
  'run',
  'in.csv',
  '-o',
  'out.arrow',
  '--columns',
  'a,b',
  '--memory',
  '16MiB',
  '--progress',
  'never',
];

/** `ROWS` good lines `n,text,a,b`, the one of row `at` replaced. */
function folderWith(at: number, line: string | Buffer): string {
  const folder = temporaryFolder();
  const good = (row: number): string => `${row},"word ${row % 7}",${row / 8},-0.5\n`;
  const parts: Buffer[] = [Buffer.from('n,text,a,b\n')];
  for (let row = 0; row < ROWS; row += 1000) {
    const lines = Array.from({ length: 1000 }, (_, index) => good(row + index));
    if (at < row || at >= row + 1000) parts.push(Buffer.from(lines.join('')));
    else {
      parts.push(Buffer.from(lines.slice(0, at - row).join('')));
      parts.push(Buffer.from(line), Buffer.from('\n'));
      parts.push(Buffer.from(lines.slice(at - row + 1).join('')));
    }
  }
  fs.writeFileSync(path.join(folder, 'in.csv'), Buffer.concat(parts));
  return folder;
}

describe('one bad line deep in a long file is named', () => {
  const AT = 140_000;
  const where = `line ${AT + 2} \\(row ${AT}\\)`;
  const cases: [string, string | Buffer, RegExp, RegExp?][] = [
    [
      'a number that is none',
      '1,"x",0.5,1.2.3',
      new RegExp(`${where}, column b: "1\\.2\\.3" is not a number`),
    ],
    ['a field too few', '1,"x",0.5', new RegExp(`${where}.*3 fields.*4`)],
    ['a field too many', '1,"x",0.5,0.5,0.5', new RegExp(`${where}.*5 fields.*4`)],
    ['a text among integers', 'x7,"x",0.5,0.5', new RegExp(`${where}, column n: "x7"`), /--types '?n:utf8/],
    [
      'an integer beyond 64 bits',
      '9223372036854775808,"x",0.5,0.5',
      new RegExp(`${where}, column n: "9223372036854775808"`),
      /--types/,
    ],
    ['Latin-1', Buffer.from('1,"caf\xe9",0.5,0.5', 'latin1'), new RegExp(`${where}.*UTF-8`)],
    [
      'a quote that never closes, before others that do',
      '1,"x,0.5,0.5',
      new RegExp(`${where}, column text: a quote opens here and is never closed`),
      /--quote none/,
    ],
    [
      'a quote that closes and never opened',
      '1,x",0.5,0.5',
      new RegExp(`${where}, column text: the quotes in "x\\\\"" are not in order`),
    ],
  ];
  test.each(cases)('%s', async (_what, line, says, hint) => {
    const cwd = folderWith(AT, line);
    const { code, stderr } = await logitmill(ARGS, { cwd });
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^logitmill: in\.csv: /);
    if (hint) expect(stderr.split('\n').find((text) => text.startsWith('try: '))).toMatch(hint);
    expect(filesBelow(cwd)).toEqual(['in.csv']);
  });

  test('lines are counted with the newlines inside of quotes, rows are not', async () => {
    const cwd = folderWith(AT, '1,"x",0.5,oops');
    const file = path.join(cwd, 'in.csv');
    const lines = fs.readFileSync(file, 'utf8').replace('"word 0"', '"word\n\n0"');
    fs.writeFileSync(file, lines);
    const { code, stderr } = await logitmill(ARGS, { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`line ${AT + 4} \\(row ${AT}\\), column b: "oops"`));
  });
});

describe('a long file', () => {
  test('comes out whole, in order, the same for every number of threads', async () => {
    const cwd = folderWith(7, '7,"say ""hi"", ok\n",0.875,-0.5');
    const outputs: Buffer[] = [];
    for (const threads of ['1', '3']) {
      const { code, stderr } = await logitmill([...ARGS, '--overwrite', '--threads', threads], { cwd });
      expect(code, stderr).toBe(0);
      outputs.push(fs.readFileSync(path.join(cwd, 'out.arrow')));
    }
    expect(outputs[1].equals(outputs[0])).toBe(true);
    const { columns } = readArrow(outputs[0]);
    expect(columns.get('n')).toEqual(Array.from({ length: ROWS }, (_, row) => String(row)));
    expect(columns.get('text')?.slice(6, 9)).toEqual(['word 6', 'say "hi", ok\n', 'word 1']);
    const a = columns.get('probs_a') as number[];
    for (const row of [0, 8, 149_999]) expect(a[row]).toBeCloseTo(1 / (1 + Math.exp(-0.5 - row / 8)), 6);
  });
});

describe('which columns are logits, when nothing is said', () => {
  const run = (text: string, ...options: string[]) => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv'), text);
    return { cwd, ended: logitmill(['run', 'in.csv', '-o', 'out.arrow', ...options], { cwd }) };
  };
  const namesIn = (cwd: string) => [
    ...readArrow(fs.readFileSync(path.join(cwd, 'out.arrow'))).columns.keys(),
  ];

  test.each<[string, string, string[]]>([
    ['an id', 'id,a,b\n7,0.5,1.5\n8,2.5,3.5\n', ['id', 'probs_a', 'probs_b', 'row_sum']],
    ['a label', 'a,b,label\n0.5,1.5,cat\n2.5,3.5,dog\n', ['probs_a', 'probs_b', 'row_sum', 'label']],
    ['a flag among integers', 'a,b,ok\n1,2,true\n3,4,false\n', ['probs_a', 'probs_b', 'row_sum', 'ok']],
    [
      'names with commas, stars and quotes',
      `"it's,1","a*",k\n0.5,1.5,x\n`,
      ["probs_it's,1", 'probs_a*', 'row_sum', 'k'],
    ],
    ['decimals apart', 'a,n,b\n0.5,1,1.5\n2.5,2,3.5\n', ['probs_a', 'n', 'probs_b', 'row_sum']],
  ])('%s makes it ask, and what it says to type works', async (_what, text, names) => {
    const refused = run(text);
    const { code, stderr } = await refused.ended;
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/which columns are logits\?.*\ntry: --columns /),
    ]);
    // Of several choices, the first is without what may be a class all the same.
    const hint = /^try: (.*)$/m.exec(stderr)?.[1].split('  or  ')[0];
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${hint}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    const done = run(text, ...words);
    expect((await done.ended).code).toBe(0);
    expect(namesIn(done.cwd)).toEqual(names);
  });

  test.each<[string, string, string[]]>([
    ['all decimals, some written like integers', 'a,b\n1,0.5\n2.5,3\n', []],
    ['all integers', 'a,b\n1,2\n3,4\n', []],
    ['all but a column without values', 'a,b,note\n0.5,2.5,\n1.5,3.5,\n', ['--keep', 'none']],
  ])('%s: all', async (_what, text, options) => {
    const { cwd, ended } = run(text, ...options);
    expect((await ended).code).toBe(0);
    expect(namesIn(cwd)).toEqual(['probs_a', 'probs_b', 'row_sum']);
  });

  test('a name that two columns share selects none of them', async () => {
    const { code, stderr } = await run('a,a,b\n0.5,1.5,2.5\n', '--columns', 'a,b').ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/2 columns are named "a"/)]);
  });
});

describe('text that passes through', () => {
  test('keeps every byte that quotes protect', async () => {
    const cwd = temporaryFolder();
    const texts = [
      'a\rb',
      'a\r\nb\n',
      'nul \0 byte',
      ' blanks ',
      '""',
      ',;\t|',
      '',
      'é€😀',
      '2024-01-01',
      '007',
    ];
    const lines = texts.map((text, row) => `"${text.replaceAll('"', '""')}",${row}.5,-1.5\r\n`);
    fs.writeFileSync(path.join(cwd, 'in.csv'), `text,a,b\r\n${lines.join('')}`);
    const args = ['run', 'in.csv', '-o', 'out.arrow', '--columns', 'a,b'];
    // A byte 0 among the first ones is a sign of something else than text.
    const refused = await logitmill(args, { cwd });
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/\ntry: --input-format csv/)]);
    const { code, stderr } = await logitmill([...args, '--input-format', 'csv'], { cwd });
    expect(code, stderr).toBe(0);
    expect(readArrow(fs.readFileSync(path.join(cwd, 'out.arrow'))).columns.get('text')).toEqual(texts);
  });

  test('with --quote none quotes are bytes like others', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv'), 'size,a,b\n5",0.5,1.5\n"7,2.5,3.5\n');
    const { code, stderr } = await logitmill(
      ['run', 'in.csv', '-o', 'out.arrow', '--columns', 'a,b', '--quote', 'none'],
      { cwd },
    );
    expect(code, stderr).toBe(0);
    expect(readArrow(fs.readFileSync(path.join(cwd, 'out.arrow'))).columns.get('size')).toEqual(['5"', '"7']);
  });
});

describe('rows longer than a chunk', () => {
  const COLUMNS = 20_000;
  const rows = [0, 1, 2, 3].map((row) =>
    Array.from({ length: COLUMNS }, (_, column) => ((column * 7 + row) % 23) / 8 - 1),
  );
  const folder = (): string => {
    const cwd = temporaryFolder();
    const text = (field: (x: number) => string): string =>
      rows.map((row) => `${row.map(field).join(',')}\n`).join('');
    fs.writeFileSync(path.join(cwd, 'short.csv'), text(String));
    fs.writeFileSync(
      path.join(cwd, 'long.csv'),
      text((x) => x.toFixed(3) + '0'.repeat(120)),
    );
    return cwd;
  };
  const run = (cwd: string, name: string, ...options: string[]) =>
    logitmill(['run', `${name}.csv`, '-o', `${name}.arrow`, '--layout', 'list', ...options], { cwd });

  test('come out as the same numbers do when they are written shorter', async () => {
    const cwd = folder();
    for (const [name, threads] of [
      ['short', '1'],
      ['long', '3'],
    ]) {
      const { code, stderr } = await run(cwd, name, '--threads', threads);
      expect(code, stderr).toBe(0);
    }
    const [short, long] = ['short', 'long'].map((name) =>
      readArrow(fs.readFileSync(path.join(cwd, `${name}.arrow`))),
    );
    expect(long.columns.get('probs')).toEqual(short.columns.get('probs'));
    expect(long.columns.get('row_sum')).toEqual(short.columns.get('row_sum'));
  });

  test('are refused, with the memory to type, where they do not fit', async () => {
    const cwd = folder();
    const { code, stderr } = await run(cwd, 'long', '--threads', '2', '--memory', '4MiB');
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/(need about \d+ MiB of|a row has \d+ MiB: too long for) a worker's memory/);
    const [, hint] = /^try: (.*)$/m.exec(stderr) ?? [];
    const again = await run(cwd, 'long', ...hint.split(' '));
    expect(again.code, again.stderr).toBe(0);
  });
});

test('a long file that is refused while threads start ends like any other', async () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'in.csv'), `a,b\n0.5,1\n1,2,3\n${'0.5,0.25\n'.repeat(600_000)}`);
  for (let round = 0; round < 5; round++) {
    const { code, signal, stderr } = await logitmill(['run', 'in.csv', '-o', 'out.arrow'], { cwd: folder });
    expect({ code, signal }).toEqual({ code: 3, signal: null });
    expect(stderr).toBe('logitmill: in.csv: line 3 (row 1): 3 fields where the header has 2\n');
  }
  expect(filesBelow(folder)).toEqual(['in.csv']);
}, 60_000);
