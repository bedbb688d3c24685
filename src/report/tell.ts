/** Tells a person something on standard error: lines of text, or one line of JSON with `event` and `fields`. */
export type Tell = (event: string, lines: readonly string[], fields?: object) => void;
