// NODE_OPTIONS="--import …/preload.mjs", and one of
//   LOGITMILL_FAULT='{"folder":…,"call":"fsync","nth":1,"errno":"EIO"}'   see inject.mjs; threads count together
//   LOGITMILL_CRASH='{"folder":…,"nth":1,"seed":1,"shadow":…}'            see crash.mjs; main thread only
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { installCrash } from './crash.mjs';
import { installFaults } from './inject.mjs';

const { LOGITMILL_FAULT: fault, LOGITMILL_CRASH: crash } = process.env;
if (fault !== undefined) {
  const known = getEnvironmentData('logitmill-faults');
  const counter = known ?? new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData('logitmill-faults', counter);
  installFaults(JSON.parse(fault), counter);
}
if (crash !== undefined) installCrash(JSON.parse(crash));
