import fs from 'node:fs';
import path from 'node:path';
import { LogitmillError } from '../errors.ts';

/** INTERIM: replaced by the publish protocol. */
export interface Partial {
  fd: number;
  publish(): void;
  discard(): void;
}

export function openPartial(output: string, size: number, overwrite: boolean): Partial {
  if (!fs.existsSync(path.dirname(output)))
    throw new LogitmillError('OUTPUT_FOLDER_MISSING', `the folder ${path.dirname(output)} does not exist`, {
      file: output,
      hint: `mkdir -p ${path.dirname(output)}`,
    });
  if (!overwrite && fs.existsSync(output))
    throw new LogitmillError('OUTPUT_EXISTS', 'the output exists', { file: output, hint: '--overwrite' });
  const partial = `${output}.partial`;
  const fd = fs.openSync(partial, 'w+');
  fs.ftruncateSync(fd, size);
  return {
    fd,
    publish: () => {
      fs.fsyncSync(fd);
      fs.closeSync(fd);
      fs.renameSync(partial, output);
    },
    discard: () => {
      fs.closeSync(fd);
      fs.unlinkSync(partial);
    },
  };
}
