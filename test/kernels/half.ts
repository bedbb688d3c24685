/** The value of a half's bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the half nearest to `x`, ties to even. Every step is exact in float64. */
export function exactToHalf(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = Object.is(Math.sign(x), -0) || x < 0 ? 0x8000 : 0;
  const magnitude = Math.min(Math.abs(x), 2 ** 17);
  let exponent = -14;
  while (exponent < 16 && magnitude >= 2 ** (exponent + 1)) exponent++;
  const units = magnitude * 2 ** (10 - exponent);
  let whole = Math.floor(units);
  const rest = units - whole;
  if (rest > 0.5 || (rest === 0.5 && whole % 2 === 1)) whole++;
  const bits = (exponent + 14) * 1024 + whole;
  return sign | Math.min(bits, 0x7c00);
}
