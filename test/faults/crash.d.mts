export interface CrashSpec {
  folder: string;
  nth: number;
  seed: number;
  shadow: string;
  keepsAll?: boolean;
  inside?: boolean;
  log?: string;
}

/** `die`: now, and not before a call. */
export function installCrash(spec: CrashSpec): { calls: string[]; die: () => void; uninstall: () => void };
