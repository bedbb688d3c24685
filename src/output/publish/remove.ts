import fs from 'node:fs';
import { errnoOf } from '../io-error.ts';

export function removeIfThere(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
