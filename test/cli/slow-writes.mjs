// Imported before the program: every write of a row's bytes takes a while, as on a slow disk.
import fs from 'node:fs';

const { writeSync } = fs;
const never = new Int32Array(new SharedArrayBuffer(4));
fs.writeSync = (fd, bytes, ...rest) => {
  if (fd > 2) Atomics.wait(never, 0, 0, 100);
  return writeSync(fd, bytes, ...rest);
};
