// NODE_OPTIONS="--import …/preload.mjs" LOGITMILL_FAULT='{"folder":…,"call":"fsync","nth":1,"errno":"EIO"}' COMMAND
// Worker threads load it too, and count together with the main thread.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { installFaults } from './inject.mjs';

const spec = process.env.LOGITMILL_FAULT;
if (spec !== undefined) {
  const known = getEnvironmentData('logitmill-faults');
  const counter = known ?? new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData('logitmill-faults', counter);
  installFaults(JSON.parse(spec), counter);
}
