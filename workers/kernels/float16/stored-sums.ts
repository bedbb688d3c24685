// A sum that is NaN says why its row is invalid, and stays: see storeReason.

/** Whether one of `count` sums is NaN. */
export function anyNaN(sums: usize, count: usize): bool {
  for (; count > 0; count--, sums += 8) if (isNaN(load<f64>(sums))) return true;
  return false;
}

/** Sums that are not NaN become those of `better`. */
export function replaceSums(sums: usize, better: usize, count: usize): void {
  for (; count > 0; count--, sums += 8, better += 8) if (!isNaN(load<f64>(sums))) store<f64>(sums, load<f64>(better));
}
