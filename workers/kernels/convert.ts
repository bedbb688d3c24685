export function placeholder(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
}
