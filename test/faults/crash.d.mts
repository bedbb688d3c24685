export interface CrashSpec {
  folder: string;
  nth: number;
  seed: number;
  shadow: string;
  keepsAll?: boolean;
  inside?: boolean;
  log?: string;
}

export function installCrash(spec: CrashSpec): { calls: string[]; uninstall: () => void };
