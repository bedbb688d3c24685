// The ops of the kernels. They are constants at every call of an inlined function, so that each op compiles to loops of
// its own.
export const SOFTMAX: i32 = 0;
export const LOG_SOFTMAX: i32 = 1;
export const BOTH: i32 = 2;
/** Each logit by itself: see sigmoid/. */
export const SIGMOID: i32 = 3;

// What is added up of stored results: their values, their exponentials, or nothing, where each is to be within [0, 1].
export const OF_VALUES: i32 = 0;
export const OF_EXPONENTIALS: i32 = 1;
export const OF_NOTHING: i32 = 2;
