// The k largest logits of a slice, by falling logit, equal ones by rising class. They lie in a heap whose root is the
// worst of them; most others are passed over a vector at a time, being no better than that.
import { above, anyAbove, boundOf, numberOf } from './numbers';

// A place of the heap: the logit, and its class. After the places lies the bound in the logits' own type.
const VALUE: usize = 0;
const CLASS: usize = 8;
const PLACE: usize = 16;

let heap: usize = 0;
let most: usize = 0;
let held: usize = 0;
let seen: i32 = 0;

export function beginTopK(k: usize, work: usize): void {
  heap = work;
  most = k;
  held = 0;
  seen = 0;
}

/** Logits `stride` bytes apart. */
export function addTopK<T>(source: usize, stride: usize, count: usize): void {
  let i: usize = 0;
  for (; i < count && held < most; i++) offer<T>(source + i * stride, seen + <i32>i);
  if (stride == sizeof<T>()) {
    const lanes: usize = 16 / sizeof<T>(), step: usize = 4 * lanes;
    for (; i + step <= count; i += step) {
      const at = source + i * sizeof<T>(), bound = boundOf<T>(boundAddress());
      const found = v128.or(
        v128.or(above<T>(v128.load(at), bound), above<T>(v128.load(at, 16), bound)),
        v128.or(above<T>(v128.load(at, 32), bound), above<T>(v128.load(at, 48), bound)),
      );
      if (!v128.any_true(found)) continue;
      for (let vector: usize = 0; vector < step; vector += lanes) {
        if (!anyAbove<T>(v128.load(at + vector * sizeof<T>()), boundOf<T>(boundAddress()))) continue;
        for (let lane: usize = vector; lane < vector + lanes; lane++) offer<T>(at + lane * sizeof<T>(), seen + <i32>(i + lane));
      }
    }
  }
  for (; i < count; i++) offer<T>(source + i * stride, seen + <i32>i);
  seen += <i32>count;
}

// @ts-ignore: decorator
@inline
function boundAddress(): usize { return heap + most * PLACE; }

// @ts-ignore: decorator
@inline
function offer<T>(address: usize, index: i32): void {
  const x = numberOf<T>(address);
  if (held < most) {
    if (isNaN(x)) return;
    rise(held++, x, index);
  } else if (x > load<f64>(heap, VALUE)) sink(0, held, x, index);
  else return;
  if (held < most) return;
  const worst = load<f64>(heap, VALUE);
  if (sizeof<T>() == 4) store<f32>(boundAddress(), <f32>worst);
  else if (sizeof<T>() == 8) store<f64>(boundAddress(), worst);
  else storeHalf(worst);
}

/** Of a number that is one. */
function storeHalf(x: f64): void {
  const bits = reinterpret<u32>(<f32>x), magnitude = bits & 0x7fffffff;
  let half: u32;
  if (magnitude >= 0x7f800000) half = 0x7c00;
  else if (magnitude >= 0x38800000) half = (magnitude - 0x38000000) >> 13;
  else half = <u32>(Math.abs(x) * 16777216);
  store<u16>(boundAddress(), <u16>(half | ((bits >> 16) & 0x8000)));
}

/** Whether the first comes after the second. */
// @ts-ignore: decorator
@inline
function isWorse(x: f64, index: i32, y: f64, other: i32): bool { return x < y || (x == y && index > other); }

function rise(place: usize, x: f64, index: i32): void {
  while (place > 0) {
    const parent: usize = (place - 1) >> 1, at = heap + parent * PLACE;
    if (!isWorse(x, index, load<f64>(at, VALUE), load<i32>(at, CLASS))) break;
    put(place, load<f64>(at, VALUE), load<i32>(at, CLASS));
    place = parent;
  }
  put(place, x, index);
}

function sink(place: usize, count: usize, x: f64, index: i32): void {
  for (;;) {
    let child: usize = 2 * place + 1;
    if (child >= count) break;
    let at = heap + child * PLACE;
    if (child + 1 < count && isWorse(load<f64>(at + PLACE, VALUE), load<i32>(at + PLACE, CLASS), load<f64>(at, VALUE), load<i32>(at, CLASS))) {
      child++;
      at += PLACE;
    }
    if (!isWorse(load<f64>(at, VALUE), load<i32>(at, CLASS), x, index)) break;
    put(place, load<f64>(at, VALUE), load<i32>(at, CLASS));
    place = child;
  }
  put(place, x, index);
}

// @ts-ignore: decorator
@inline
function put(place: usize, x: f64, index: i32): void {
  store<f64>(heap + place * PLACE, x, VALUE);
  store<i32>(heap + place * PLACE, index, CLASS);
}

/** The classes, the best first; -1 where there are fewer numbers. */
export function endTopK(classes: usize): void {
  for (let i = held; i < most; i++) store<i32>(classes + (i << 2), -1);
  for (let n = held; n > 0; n--) {
    store<i32>(classes + ((n - 1) << 2), load<i32>(heap, CLASS));
    const last = heap + (n - 1) * PLACE;
    sink(0, n - 1, load<f64>(last, VALUE), load<i32>(last, CLASS));
  }
}
