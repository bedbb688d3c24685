// The ops of the softmax kernels. They are constants at every call of an inlined function, so that each op compiles to
// loops of its own.
export const SOFTMAX: i32 = 0;
export const LOG_SOFTMAX: i32 = 1;
export const BOTH: i32 = 2;
