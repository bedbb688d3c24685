/** A path as it has to be typed: quoted where a shell would make something else of it. */
export function shellQuoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')) return text;
  const quoted = `'${text.replaceAll("'", "'\\''")}'`;
  return text.startsWith('-') ? `./${quoted}` : quoted;
}
