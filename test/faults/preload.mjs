// NODE_OPTIONS="--import …/preload.mjs", and one of
//   LOGITMILL_FAULT='{"folder":…,"call":"fsync","nth":1,"errno":"EIO"}'   see inject.mjs; threads count together
//   LOGITMILL_CRASH='{"folder":…,"nth":1,"seed":1,"shadow":…}'            see crash.mjs; main thread only
// and LOGITMILL_CLOCK=1000, with which the clock runs so many times faster: a job of some milliseconds then saves what
// it has done as a job of seconds does.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { installCrash } from './crash.mjs';
import { installFaults } from './inject.mjs';

const { LOGITMILL_FAULT: fault, LOGITMILL_CRASH: crash, LOGITMILL_CLOCK: clock } = process.env;
if (clock !== undefined) {
  const now = performance.now.bind(performance);
  performance.now = () => now() * Number(clock);
}
if (fault !== undefined) {
  const known = getEnvironmentData('logitmill-faults');
  const counter = known ?? new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData('logitmill-faults', counter);
  installFaults(JSON.parse(fault), counter);
}
if (crash !== undefined) installCrash(JSON.parse(crash));
