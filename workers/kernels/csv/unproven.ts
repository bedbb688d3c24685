import { UNPROVEN, UNPROVEN_BYTES, UNPROVEN_LIST } from './layout';

/** Leaves a number to exact arithmetic outside: its raw field, where it goes, and its format. */
export function leaveUnproven(work: usize, start: usize, end: usize, target: usize, format: u32): void {
  const count = load<u32>(work, UNPROVEN);
  const entry = work + UNPROVEN_LIST + <usize>count * UNPROVEN_BYTES;
  store<u32>(entry, start);
  store<u32>(entry, end, 4);
  store<u32>(entry, target, 8);
  store<u32>(entry, format, 12);
  store<u32>(work, count + 1, UNPROVEN);
}
