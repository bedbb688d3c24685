export interface FaultSpec {
  folder: string;
  call: string;
  nth: number;
  errno: string;
  sticky?: boolean;
  log?: string;
}

export function installFaults(
  spec: FaultSpec,
  counter?: Int32Array,
): { calls: string[]; uninstall: () => void };
