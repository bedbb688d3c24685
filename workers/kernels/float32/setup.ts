// What the coordinator of an instance sets once for all calls.

/** 1 / T. */
export let inverse: f64 = 1;
/** Where this instance may write at will. */
export let scratch: usize = 0;

export function set_temperature(temperature: f64): void {
  // Below 2^-1000 any two logits that differ do so by more than float32 holds; above, the inverse is finite.
  inverse = 1 / max(temperature, 9.332636185032189e-302);
}

export function set_scratch(address: usize): void {
  scratch = address;
}
