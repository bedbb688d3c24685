import { describe, expect, it } from 'vitest';
import { readDocument } from './support.ts';

const rows = (text: string, options = {}) => readDocument(text, options).rows;
const logits = (text: string, options = {}) => rows(text, options).map((row) => row.logits);

describe('CSV parser', () => {
  it('reads a table of decimals', () => {
    expect(logits('a,b,c\n1.5,2.25,-3.0\n0.1,.5,5.\n')).toEqual([
      [1.5, 2.25, -3],
      [Math.fround(0.1), 0.5, 5],
    ]);
  });

  it('takes every form of number', () => {
    const forms = '+1,.5,5.,1e5,1E+05,1e-2,inf,-Infinity,NaN, 7\t,"8.5"," 9 ",-0,0.0';
    const [row] = logits(`${forms}\n`, { dtype: 'float64', header: 'no', logits: [...Array(14).keys()] });
    expect(row).toEqual([1, 0.5, 5, 1e5, 1e5, 0.01, Infinity, -Infinity, NaN, 7, 8.5, 9, -0, 0]);
  });

  it('reads carriage returns, and a last line without newline', () => {
    expect(logits('a,b\r\n1.5,2.5\r\n3.5,4.5')).toEqual([
      [1.5, 2.5],
      [3.5, 4.5],
    ]);
  });

  it('passes columns through with their types', () => {
    const text =
      'id,name,ok,x,y\n1,"a ""b"", c",true,0.5,1.5\n-2,"two\nlines",FALSE,2.5,3.5\n3,,,4.5,5.5\n4,"",True,1.0,2.0\n';
    expect(rows(text, { logits: [3, 4] })).toEqual([
      { logits: [0.5, 1.5], passed: [1n, 'a "b", c', true] },
      { logits: [2.5, 3.5], passed: [-2n, 'two\nlines', false] },
      { logits: [4.5, 5.5], passed: [3n, null, null] },
      { logits: [1, 2], passed: [4n, '', true] },
    ]);
  });

  it('marks nulls', () => {
    expect(logits('a,b\n1.5,\nNA,2.5\n', { nullValues: ['NA'] })).toEqual([
      [1.5, null],
      [null, 2.5],
    ]);
  });

  it('skips blank lines, which are nulls in a file of one column', () => {
    expect(logits('\n\na,b\n\n1.5,2.5\n\r\n\n3.5,4.5\n\n')).toEqual([
      [1.5, 2.5],
      [3.5, 4.5],
    ]);
    expect(logits('a\n1.5\n\n2.5\n\n', { logits: [0] })).toEqual([[1.5], [null], [2.5], [null]]);
  });

  const refused = (text: string, options = {}) => {
    try {
      readDocument(text, options);
    } catch (error) {
      return `${(error as Error).message} | ${(error as { hint?: string }).hint}`;
    }
    return 'nothing';
  };

  it('says what is wrong, and where', () => {
    expect(refused('a,b\n1.5,2.5\n1.2.3,2.5\n', { logits: [0, 1] })).toBe(
      'line 3 (row 1), column a: "1.2.3" is not a number | undefined',
    );
  });

  const open = 'a quote opens here and is never closed | --quote none, if quotes mean nothing here';
  const order = 'are not in order: a field is quoted as a whole, and a quote in it is doubled';
  it.each([
    ['the last of all quotes', 'a,b\n1.5,x\n"2.5,y\n', `line 3 (row 1), column a: ${open}`],
    [
      'before quotes in order',
      'a,b\n1.5,"x"\n2.5,"y\n3.5,"z"\n4.5,"w"\n',
      `line 3 (row 1), column b: ${open}`,
    ],
    ['after text of two lines', 'a,b\n"x\n",1.5\n"y,2.5\n"z\n",3.5\n', `line 4 (row 1), column a: ${open}`],
    ['on the second line of a row', 'a,b,c\n"x\n","y,1.5\n"z","",2.5\n', `line 3 (row 0), column b: ${open}`],
    ['a doubled quote at its end', 'a,b\n1.5,"x""\n2.5,"y"\n', `line 2 (row 0), column b: ${open}`],
    ['in the header', 'a,"b\n1.5,"x"\n', 'line 1 (row 0): a quote opens here'],
    [
      'a quote that never opened',
      'a,b\n1.5,"x"\n2.5,y"\n3.5,"z"\n',
      `line 3 (row 1), column b: the quotes in "y\\"" ${order}`,
    ],
    [
      'text after a quote, and a field too many',
      'a,b\n1.5,"x"\n2.5,"y"y,1\n',
      `line 3 (row 1), column b: the quotes in "\\"y\\"y" ${order}`,
    ],
  ])('names the line of a quote by mistake: %s', (_what, text, message) => {
    expect(refused(text, { header: 'yes', logits: [0] })).toContain(message);
  });
});
