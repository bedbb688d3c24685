/** Median, quartiles and extremes of some numbers, of which there is at least one. */
export interface Spread {
  median: number;
  lower: number;
  upper: number;
  least: number;
  most: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  /** Between neighbours, linearly. */
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  };
  return { median: at(0.5), lower: at(0.25), upper: at(0.75), least: at(0), most: at(1) };
}

export function median(values: readonly number[]): number {
  return spread(values).median;
}
