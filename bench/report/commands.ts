/** `words` of a command with names in place of folders that are only here. */
export function hideFolders(
  words: readonly string[],
  hidden: readonly (readonly [path: string, name: string])[],
): string[] {
  return words.map((word) => hidden.reduce((text, [path, name]) => text.replaceAll(path, name), word));
}
