#!/usr/bin/env node
// Arguments, signals, exit codes: the only user of `process` beside the report of its memory.
import fs from 'node:fs';
import { hostname } from 'node:os';
import { isatty } from 'node:tty';
import v8 from 'node:v8';
import { parseArguments } from './commands/arguments.ts';
import { type CallPath, checkPaths, isApart, pathsOfOptions } from './commands/check-paths.ts';
import { COMMANDS, type CommandDefinition } from './commands/commands.ts';
import type { CommandContext } from './commands/context.ts';
import { asksForJson, mayHaveSummary, summaryWish } from './commands/early-wishes.ts';
import { SummaryWriter } from './commands/write-summary.ts';
import { LogitmillError } from './errors.ts';
import { describeIoError } from './io/io-error.ts';
import { StandardStream } from './io/standard-stream.ts';
import type { OptionDefinition } from './options/definitions.ts';
import { type RawOptions, resolveReportOptions } from './options/resolve.ts';
import { optionsFromConfig, optionsFromEnvironment } from './options/sources.ts';
import { meantCommand } from './options/suggest.ts';
import { errorFields, errorLines, errorText, noteText, shown } from './report/error-text.ts';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

// What a job makes is soon forgotten, and there is little of it at a time: by itself, the heap for that grows to 48 MB.
v8.setFlagsFromString('--semi-space-growth-factor=1');

const output = new StandardStream(1);
const errors = new StandardStream(2);
const signal = untilStopped();

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

/** The exit code: of the work, whatever became of standard error; of standard output, when the work went well. */
async function main(argv: string[]): Promise<number> {
  const call: Call = {
    ...{ json: asksForJson(argv), command: undefined, summary: undefined },
    facts: { command: null, arguments: argv, options: {}, host: hostname(), started_at: now() },
  };
  let code: number;
  try {
    code = await perform(argv, call);
  } catch (error) {
    code = await failed(error, argv, call);
  }
  await output.drain(signal);
  if (output.failure !== undefined && code === 0) {
    const error = describeIoError(output.failure, '-', 'write to standard output');
    // Whoever reads may go away at any time (`| head`): that is no fault of anybody's.
    if (!(error instanceof LogitmillError && error.code === 'OUTPUT_CLOSED'))
      code = await failed(error, argv, call);
  }
  await errors.drain(signal);
  return code;
}

/** What is known of a call, for the case that it fails. */
interface Call {
  json: boolean;
  command: string | undefined;
  summary: SummaryWriter | undefined;
  facts: CallFacts;
}

/** What every summary says of the call, also of one that is refused. */
interface CallFacts {
  command: string | null;
  arguments: readonly string[];
  /** As they were given, by name; the command line wins. */
  options: RawOptions;
  host: string;
  started_at: string;
}

function now(): string {
  return new Date().toISOString();
}

async function perform(argv: string[], call: Call): Promise<number> {
  const name = argv.find((argument) => !argument.startsWith('-'));
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const asksVersion = argv.includes('--version') || argv[0] === '-V' || (!command && name === 'version');
  if (asksVersion) return printed((await import('./version.ts')).VERSION);
  if (!command && name === 'help') return await printHelp(commandNamed(without(argv, name)[0]));
  if (argv.length === 0 || (!command && (argv.includes('--help') || argv.includes('-h'))))
    return await printHelp(undefined);
  if (!command) {
    if (name !== undefined) commandNamed(name);
    throw new LogitmillError('USAGE', 'no command is given', { hint: Object.keys(COMMANDS).join(', ') });
  }
  call.command = name;
  call.facts.command = name ?? null;
  const { positional, options, help } = parseArguments(without(argv, name as string), command.definitions);
  if (help) return await printHelp(command);
  const environment = optionsFromEnvironment(process.env, allOptions());
  const sources = [options, environment, ...configFile(options.config ?? environment.config, command)];
  call.facts.options = Object.assign({}, ...[...sources].reverse());
  const report = resolveReportOptions(...sources);
  call.json = report.logFormat === 'json';
  const summary = new SummaryWriter(report.summary, output);
  call.summary = summary;
  const tell: CommandContext['tell'] = (event, lines, fields) =>
    errors.write(noteText(event, lines, fields, call.json));
  const { default: run } = await command.load();
  return await run({
    positional,
    sources,
    report,
    begin: (paths) =>
      begin(summary, report.summary, [...pathsOfOptions(command.definitions, sources), ...paths]),
    writeSummary: async (json) => {
      const error = await summary.write({ ...json, ...call.facts, ended_at: now() }, signal);
      if (error !== null) tell('error', errorLines(error), errorFields(error));
    },
    print: (text) => output.write(shown(text)),
    tell,
    terminal: isTerminal(),
    signal,
  });
}

function begin(summary: SummaryWriter, wish: string | undefined, paths: CallPath[]): void {
  try {
    checkPaths(paths);
  } catch (error) {
    const own = paths.find(({ path, use }) => path === wish && use === 'write');
    if (
      own &&
      isApart(
        own,
        paths.filter((path) => path !== own),
      )
    )
      summary.openIfHarmless();
    throw error;
  }
  summary.open();
}

/** Says what went wrong, on standard error and in the summary. */
async function failed(error: unknown, argv: string[], call: Call): Promise<number> {
  const isKnown = error instanceof LogitmillError;
  if (isKnown && error.code === 'OUTPUT_CLOSED') return error.exitCode;
  const { json, command } = call;
  errors.write(errorText(error, { json, command, debug: process.env.LOGITMILL_DEBUG === '1' }));
  const summary = call.summary ?? new SummaryWriter(summaryWish(argv), output);
  const isClash = isKnown && (error.code === 'PATH_CLASH' || error.code === 'OUTPUT_IS_INPUT');
  if (!summary.isDue && !isClash && mayHaveSummary(argv)) summary.openIfHarmless();
  if (summary.isDue && mayHaveSummary(argv)) {
    const status = isKnown && error.code === 'INTERRUPTED' ? 'interrupted' : 'failed';
    const { VERSION } = await import('./version.ts');
    const facts = { ...call.facts, ended_at: now() };
    const json = { schema_version: 1, status, version: VERSION, ...facts, error: errorFields(error) };
    const problem = await summary.write(json, signal);
    if (problem) errors.write(errorText(problem, { json: call.json, command, debug: false }));
  }
  return isKnown ? error.exitCode : 1;
}

/** Whose window may be closed while the bar is drawn. */
function isTerminal(): boolean {
  if (!isatty(2)) return false;
  process.stderr.on('error', () => {});
  return true;
}

/** @throws LogitmillError USAGE when there is no such command; undefined when none is named */
function commandNamed(name: string | undefined): CommandDefinition | undefined {
  if (name === undefined || Object.hasOwn(COMMANDS, name))
    return name === undefined ? undefined : COMMANDS[name];
  const known = Object.keys(COMMANDS);
  const meant = meantCommand(name, known);
  throw new LogitmillError('USAGE', `unknown command ${name}`, {
    hint: meant === undefined ? known.join(', ') : `logitmill ${meant}`,
  });
}

function allOptions(): OptionDefinition[] {
  return Object.values(COMMANDS).flatMap(({ definitions }) => Object.values(definitions));
}

function without(argv: readonly string[], name: string): string[] {
  const at = argv.indexOf(name);
  return [...argv.slice(0, at), ...argv.slice(at + 1)];
}

async function printHelp(command: CommandDefinition | undefined): Promise<number> {
  const { helpText } = await import('./commands/help.ts');
  return printed(await helpText(command));
}

function printed(text: string): number {
  output.write(`${text}\n`);
  return 0;
}

function configFile(config: unknown, { definitions }: CommandDefinition): RawOptions[] {
  if (typeof config !== 'string') return [];
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(config, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new LogitmillError('USAGE', `the config file cannot be used: ${why}`, { file: config, cause });
  }
  return [optionsFromConfig(value, definitions, config)];
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
