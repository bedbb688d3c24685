import { spawn } from 'node:child_process';
import fs from 'node:fs';

export interface Command {
  /** Program and arguments; standard input and output are /dev/null. */
  command: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/** What one process took; null where this machine does not tell. */
export interface Measurement {
  seconds: number;
  /** User and system, of the process and of those it waited for. */
  cpuSeconds: number | null;
  /** Largest resident set, files that it has mapped included. */
  peakBytes: number | null;
  /** Largest part of that which is its own memory, not a file's pages. */
  ownBytes: number | null;
}

export interface Outcome extends Measurement {
  code: number | null;
  stderr: string;
}

const POLL_MILLISECONDS = 4;
/** Children are looked for less often than memory is: few programs here have any. */
const POLLS_PER_SEARCH = 25;

/**
 * Runs one command and measures it from outside, the same way for every program:
 *
 * - CPU seconds are what the kernel adds to this process' account of its children when it has waited for one
 *   (cutime and cstime in proc_pid_stat(5)): exact totals, read in steps of 10 ms.
 * - The peak is VmHWM of /proc/PID/status, a mark that the kernel keeps, read every 4 ms: all that can be missed is
 *   growth in the last 4 ms. `wait4` would not do: its ru_maxrss starts from the size of the process that forked.
 *   Of a tree of processes, the peaks are added.
 * - Own memory (RssAnon) has no such mark; it is the largest value seen.
 */
export function measure({ command, environment = {} }: Command): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const cpuBefore = childrenCpuSeconds();
    const start = performance.now();
    const child = spawn(command[0], command.slice(1), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...ownEnvironment(), ...environment },
    });
    const memory = watchMemory(child.pid);
    const kill = (): boolean => child.kill('SIGKILL');
    process.once('exit', kill);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4096);
    });
    let seconds = 0;
    child.on('exit', () => {
      seconds = (performance.now() - start) / 1000;
      memory.stop();
    });
    child.on('error', (error) => {
      memory.stop();
      reject(error);
    });
    child.on('close', (code) => {
      process.off('exit', kill);
      const cpuAfter = childrenCpuSeconds();
      resolve({
        code,
        stderr,
        seconds,
        cpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
        ...memory.peaks(),
      });
    });
  });
}

/** Options from the environment of whoever measures would change what is measured. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('LOGITMILL_') && name !== 'NODE_OPTIONS'),
  );
}

function childrenCpuSeconds(): number | null {
  try {
    const stat = fs.readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return null;
  }
}

function watchMemory(pid: number | undefined) {
  const peaks = new Map<number, number>();
  let own = 0;
  let processes = pid === undefined ? [] : [pid];
  let polls = 0;
  const poll = (): void => {
    if (++polls % POLLS_PER_SEARCH === 0) processes = processes.slice(0, 1).flatMap(tree);
    let ownNow = 0;
    for (const process of processes) {
      const { highest, anonymous } = memoryOf(process);
      peaks.set(process, Math.max(peaks.get(process) ?? 0, highest));
      ownNow += anonymous;
    }
    own = Math.max(own, ownNow);
  };
  const timer = setInterval(poll, POLL_MILLISECONDS);
  return {
    stop: () => clearInterval(timer),
    peaks(): Pick<Measurement, 'peakBytes' | 'ownBytes'> {
      const peak = [...peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
      return peak === 0 ? { peakBytes: null, ownBytes: null } : { peakBytes: peak, ownBytes: own };
    },
  };
}

function memoryOf(pid: number): { highest: number; anonymous: number } {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
    const bytes = (name: string): number =>
      1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return { highest: bytes('VmHWM'), anonymous: bytes('RssAnon') };
  } catch {
    return { highest: 0, anonymous: 0 };
  }
}

function tree(pid: number): number[] {
  try {
    const children = fs
      .readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim().split(' '))
      .filter((text) => text !== '');
    return [pid, ...children.map(Number).flatMap(tree)];
  } catch {
    return [pid];
  }
}
