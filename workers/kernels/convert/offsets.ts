import { offsetAt } from '../ragged';

export function rebase_offsets(
  source: usize, offsetBytes: i32, count: usize, target: usize, base: f64, limit: f64,
): f64 {
  const from = <i64>base, most = <i64>limit;
  let previous: i64 = from;
  for (let i: usize = 0; i < count; i++) {
    const offset = offsetAt(source, offsetBytes, i);
    if (offset < previous || offset > most) return <f64>i;
    previous = offset;
    if (offsetBytes == 4) store<i32>(target + (i << 2), <i32>(offset - from));
    else store<i64>(target + (i << 3), offset - from);
  }
  return -1;
}
