import { LogitmillError } from '../errors.ts';

interface ErrorTextOptions {
  json: boolean;
  /** The command that was called, if it was one. */
  command: string | undefined;
  debug: boolean;
}

/** What standard error gets when a command fails: a line, and a second one where there is a way out. */
export function errorText(error: unknown, { json, command, debug }: ErrorTextOptions): string {
  const known = error instanceof LogitmillError ? error : unexpected(error);
  if (json) return `${jsonText({ event: 'error', ...errorFields(known) })}\n`;
  const lines = errorLines(known);
  lines[0] = `logitmill: ${lines[0]}`;
  if (known.code === 'USAGE') lines.push(`see logitmill ${command ? `${command} ` : ''}--help`);
  if (debug) lines.push(String(known.cause instanceof Error ? known.cause.stack : known.stack));
  return `${lines.join('\n')}\n`;
}

/** What happened, and the way out where there is one. */
export function errorLines(error: LogitmillError): string[] {
  const line = oneLine(error.line);
  return error.hint === undefined ? [line] : [line, `try: ${oneLine(error.hint)}`];
}

/** What a person should know: each line under the program's name, or all as one line of JSON. */
export function noteText(
  event: string,
  lines: readonly string[],
  fields: object | undefined,
  json: boolean,
): string {
  if (json) return `${jsonText({ event, ...(fields ?? { message: lines.join('; ') }) })}\n`;
  return lines
    .map(shown)
    .map((line) => (/^(try: | {2})/.test(line) ? `${line}\n` : `logitmill: ${line}\n`))
    .join('');
}

/** As in the summary and in JSON logs. */
export function errorFields(error: unknown): { code: string; message: string; file?: string; hint?: string } {
  const { code, message, file, hint } = error instanceof LogitmillError ? error : unexpected(error);
  return { code, message, ...(file === undefined ? {} : { file }), ...(hint === undefined ? {} : { hint }) };
}

function unexpected(error: unknown): LogitmillError {
  const text = error instanceof Error ? error.message : String(error);
  return new LogitmillError('INTERNAL', `this should not have happened: ${text}`, {
    hint: 'LOGITMILL_DEBUG=1, and report what it prints',
    cause: error,
  });
}

/** A name out of a file must not write to the terminal: other control characters are escaped. */
function oneLine(text: string): string {
  return shown(text.replaceAll(/\s*[\r\n]+\s*/g, ' '));
}

/** Text as a terminal may get it: what would move its cursor or change its colours is escaped. */
export function shown(text: string): string {
  return text.replaceAll(
    /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${char.charCodeAt(0).toString(16)}}`,
  );
}

/** JSON that a terminal may get: of the control characters, JSON itself escapes the first 32 only. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
