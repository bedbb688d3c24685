/**
 * XXH32 with the seed 0, after https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, over bytes that come
 * in pieces. The state has STATE_BYTES bytes: four accumulators, the number of bytes so far (u64), and up to 15 bytes
 * that wait for the rest of their stripe.
 */
const P1: u32 = 0x9e3779b1, P2: u32 = 0x85ebca77, P3: u32 = 0xc2b2ae3d, P4: u32 = 0x27d4eb2f, P5: u32 = 0x165667b1;

const TOTAL: usize = 16;
const WAITING: usize = 32;
const STRIPE: usize = 16;

export function checksum_begin(state: usize): void {
  store<u32>(state, P1 + P2);
  store<u32>(state, P2, 4);
  store<u32>(state, 0, 8);
  store<u32>(state, 0 - P1, 12);
  store<u64>(state, 0, TOTAL);
}

export function checksum_add(state: usize, address: usize, length: usize): void {
  const end = address + length;
  const waiting = <usize>load<u64>(state, TOTAL) & (STRIPE - 1);
  store<u64>(state, load<u64>(state, TOTAL) + <u64>length, TOTAL);
  if (waiting > 0) {
    const taken = min<usize>(STRIPE - waiting, length);
    memory.copy(state + WAITING + waiting, address, taken);
    address += taken;
    if (waiting + taken < STRIPE) return;
    addStripes(state, state + WAITING, state + WAITING + STRIPE);
  }
  const whole = address + ((end - address) & ~(STRIPE - 1));
  addStripes(state, address, whole);
  memory.copy(state + WAITING, whole, end - whole);
}

export function checksum_end(state: usize): u32 {
  const total = load<u64>(state, TOTAL);
  let hash: u32;
  if (total < <u64>STRIPE) hash = P5;
  else {
    hash = rotl<u32>(load<u32>(state), 1) + rotl<u32>(load<u32>(state, 4), 7);
    hash += rotl<u32>(load<u32>(state, 8), 12) + rotl<u32>(load<u32>(state, 12), 18);
  }
  hash += <u32>total;
  let at = state + WAITING;
  const end = at + (<usize>total & (STRIPE - 1));
  for (; at + 4 <= end; at += 4) hash = rotl<u32>(hash + load<u32>(at) * P3, 17) * P4;
  for (; at < end; at++) hash = rotl<u32>(hash + <u32>load<u8>(at) * P5, 11) * P1;
  hash = (hash ^ (hash >> 15)) * P2;
  hash = (hash ^ (hash >> 13)) * P3;
  return hash ^ (hash >> 16);
}

function addStripes(state: usize, from: usize, end: usize): void {
  let a = load<u32>(state), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
  for (; from < end; from += STRIPE) {
    a = rotl<u32>(a + load<u32>(from) * P2, 13) * P1;
    b = rotl<u32>(b + load<u32>(from, 4) * P2, 13) * P1;
    c = rotl<u32>(c + load<u32>(from, 8) * P2, 13) * P1;
    d = rotl<u32>(d + load<u32>(from, 12) * P2, 13) * P1;
  }
  store<u32>(state, a);
  store<u32>(state, b, 4);
  store<u32>(state, c, 8);
  store<u32>(state, d, 12);
}
