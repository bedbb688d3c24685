export interface FaultSpec {
  folder: string;
  call: string;
  nth: number;
  errno: string | number;
  sticky?: boolean;
  log?: string;
}

export function installFaults(
  spec: FaultSpec,
  counter?: Int32Array,
): { calls: string[]; uninstall: () => void };

export declare const ERRNOS: readonly number[];
export declare const NO_SPACE: ReadonlySet<number>;
