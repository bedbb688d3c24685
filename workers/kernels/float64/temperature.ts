// The temperature T of this instance: logits are multiplied by `prescale`, a power of two, and their differences by
// inverse + inverseRest = 1 / (T prescale).
export let divides: bool = false;
/** At most a half, so that differences of logits do not overflow; less where `inverseRest` would be subnormal. */
export let prescale: f64 = 0.5;
export let inverse: f64 = 2;
export let inverseRest: f64 = 0;

export function set_temperature(temperature: f64): void {
  divides = temperature != 1;
  prescale = temperature > 2.582249878086909e120 ? 2.409919865102884e-181 : 0.5; // 2^400, 2^-600
  // Below 2^-1000, any two logits that differ by 2^-989 or more are as far apart as any result can show.
  const divisor = max(temperature, 9.332636185032189e-302) * prescale;
  inverse = 1 / divisor;
  // What the rounded quotient leaves of 1, from exact products of halves.
  const dHigh = upper(divisor), qHigh = upper(inverse), dLow = divisor - dHigh, qLow = inverse - qHigh;
  inverseRest = (1 - dHigh * qHigh - dHigh * qLow - dLow * qHigh - dLow * qLow) / divisor;
}

// @ts-ignore: decorator
@inline
function upper(x: f64): f64 { return reinterpret<f64>(reinterpret<u64>(x) & 0xfffffffff8000000); }
