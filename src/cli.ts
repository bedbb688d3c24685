#!/usr/bin/env node
// Arguments, signals, exit codes: the only user of `process` beside the report of its memory.
import fs from 'node:fs';
import v8 from 'node:v8';
import { parseArguments } from './commands/arguments.ts';
import { pathsOfOptions } from './commands/check-paths.ts';
import { COMMANDS, type CommandDefinition } from './commands/commands.ts';
import { LogitmillError } from './errors.ts';
import { optionsFromEnvironment, type RawOptions, resolveReportOptions } from './options/resolve.ts';
import { errorText, noteText } from './report/error-text.ts';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

// What a job makes is soon forgotten, and there is little of it at a time: by itself, the heap for that grows to 48 MB.
v8.setFlagsFromString('--semi-space-growth-factor=1');

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(argv: string[]): Promise<number> {
  const name = argv.find((argument) => !argument.startsWith('-'));
  const command = name === undefined ? undefined : COMMANDS[name];
  let json = argv.includes('--log-format=json') || argv[argv.indexOf('--log-format') + 1] === 'json';
  try {
    if (argv.includes('--version')) return await printed((await import('./version.ts')).VERSION);
    if (
      argv.length === 0 ||
      (!command && (argv.includes('--help') || argv.includes('-h') || name === 'help'))
    ) {
      return await printHelp(undefined);
    }
    if (!command)
      throw new LogitmillError(
        'USAGE',
        name === undefined ? 'no command is given' : `unknown command ${name}`,
        { hint: Object.keys(COMMANDS).join(', ') },
      );
    const { positional, options, help } = parseArguments(without(argv, name as string), command.definitions);
    if (help) return await printHelp(command);
    const sources = [options, optionsFromEnvironment(process.env), ...configFile(options, command)];
    const report = resolveReportOptions(...sources);
    json = report.logFormat === 'json';
    const { default: perform } = await command.load();
    return await perform({
      positional,
      sources,
      report,
      files: pathsOfOptions(command.definitions, sources),
      print: printQuietly,
      tell: (event, lines, fields) => fs.writeSync(2, noteText(event, lines, fields, json)),
      terminal: process.stderr.isTTY === true,
      signal: untilStopped(),
    });
  } catch (error) {
    if (error instanceof LogitmillError && error.code === 'OUTPUT_CLOSED') return error.exitCode;
    fs.writeSync(
      2,
      errorText(error, { json, command: command && name, debug: process.env.LOGITMILL_DEBUG === '1' }),
    );
    return error instanceof LogitmillError ? error.exitCode : 1;
  }
}

function without(argv: readonly string[], name: string): string[] {
  const at = argv.indexOf(name);
  return [...argv.slice(0, at), ...argv.slice(at + 1)];
}

async function printHelp(command: CommandDefinition | undefined): Promise<number> {
  const { helpText } = await import('./commands/help.ts');
  return printed(await helpText(command));
}

/** Whoever reads may go away at any time (`| head`): that is no fault of anybody's. */
function printQuietly(text: string): void {
  try {
    fs.writeSync(1, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function printed(text: string): Promise<number> {
  printQuietly(`${text}\n`);
  return 0;
}

function configFile({ config }: RawOptions, { definitions }: CommandDefinition): RawOptions[] {
  if (typeof config !== 'string') return [];
  try {
    const value: unknown = JSON.parse(fs.readFileSync(config, 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('it holds no object');
    const known = new Set(Object.entries(definitions).flatMap(([key, { name }]) => [key, name]));
    const unknown = Object.keys(value).find((key) => !known.has(key));
    if (unknown !== undefined)
      throw new Error(`it has no option of this command in ${JSON.stringify(unknown)}`);
    return [value as RawOptions];
  } catch (cause) {
    throw new LogitmillError(
      'USAGE',
      `the config file cannot be used: ${cause instanceof Error ? cause.message : cause}`,
      { file: config, cause },
    );
  }
}

/** Aborted by the first signal; the second one ends the process at once. */
function untilStopped(): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(new LogitmillError('INTERRUPTED', `stopped by ${name}`, { exitCode }));
    });
  }
  return controller.signal;
}
