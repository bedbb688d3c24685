const MAX_LENGTH = 80;

/**
 * A column's name for a message: as it is when it is plain, else quoted and escaped; shortened when a file tries to
 * fill the screen with it.
 */
export function showName(name: string): string {
  const short =
    name.length <= MAX_LENGTH ? name : `${name.slice(0, MAX_LENGTH / 2)}…${name.slice(-MAX_LENGTH / 4)}`;
  // Control characters can rewrite a terminal; blanks at the ends, and nothing at all, cannot be seen.
  return /^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$/u.test(short) ? short : quoted(short);
}

function quoted(name: string): string {
  const escaped = [...name].map((char) =>
    /\p{C}/u.test(char) ? `\\u{${char.codePointAt(0)!.toString(16)}}` : char,
  );
  return `"${escaped.join('')}"`;
}
