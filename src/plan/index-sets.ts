/** Which of `indices` are not among `others`. There may be 200,000 of each. */
export function without(indices: readonly number[], others: readonly number[]): number[] {
  const known = new Set(others);
  return indices.filter((index) => !known.has(index));
}

/** Which of `indices` are among `others`. */
export function among(indices: readonly number[], others: readonly number[]): number[] {
  const known = new Set(others);
  return indices.filter((index) => known.has(index));
}
