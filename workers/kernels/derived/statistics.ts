// What entropy, log-sum-exp, the largest probability and its distance from the second are made of: four float64 a slice.
// With m the largest logit and d = (x - m) / T: m; the second largest (m again where two are equal); the sum of e^d over all
// but the first largest; and that of e^d (-d). All are NaN for a slice without softmax. Nothing is ever subtracted from a
// sum, so that a sure winner's tiny rest is as exact as any other.
export const LARGEST: usize = 0;
export const SECOND: usize = 8;
export const OTHERS: usize = 16;
export const WEIGHTED: usize = 24;
export const STATISTICS: usize = 32;

export function storeStatistics(at: usize, largest: f64, second: f64, others: f64, weighted: f64): void {
  const isSound = isFinite(largest) && !isNaN(others);
  store<f64>(at, isSound ? largest : NaN, LARGEST);
  store<f64>(at, isSound ? second : NaN, SECOND);
  store<f64>(at, isSound ? others : NaN, OTHERS);
  store<f64>(at, isSound ? weighted : NaN, WEIGHTED);
}
