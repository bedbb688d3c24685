import { isSet } from '../../src/arrow/bits.ts';
import type { Piece, SourceValidity } from '../../src/layout/pieces.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import { type InputPart, readInput } from '../io/files.ts';

/** Rows whose bits are read at a time. */
const ROWS = 1024;

/** The columns in which nothing but nulls was met so far. */
export class UnseenColumns {
  columns: number[];
  private readonly maskNulls: boolean;

  constructor({ inner, maskNulls }: TransformSpec) {
    this.columns = Array.from({ length: inner }, (_, column) => column);
    this.maskNulls = maskNulls;
  }

  /** All columns have an element among so many rows. */
  seeAll(rows: number): void {
    if (rows > 0) this.columns = [];
  }

  see(rows: number, isElement: (row: number, column: number) => boolean): void {
    this.columns = this.columns.filter((column) => {
      for (let row = 0; row < rows; row++) if (isElement(row, column)) return false;
      return true;
    });
  }

  look(input: InputPart, piece: Piece): void {
    // A null logit that counts as -inf is an element; a null row never is.
    const levels = piece.validity.filter(({ run }) => run < 0 || !this.maskNulls);
    for (let row = 0; row < piece.rows && this.columns.length > 0; row += ROWS) {
      this.lookAt(input, levels, row, Math.min(ROWS, piece.rows - row));
    }
  }

  private lookAt(input: InputPart, levels: readonly SourceValidity[], from: number, rows: number): void {
    const ofRun = new Map<number, LevelBits[]>();
    const bitsOf = (column: number): LevelBits[] => {
      const known = ofRun.get(column);
      if (known) return known;
      // Of a wide table each column has its own bitmap; else all levels hold for all columns.
      const own = levels.filter(({ perRow, run }) => perRow !== 1 || run < 0 || run === column);
      const bits = own.map((level) => new LevelBits(input, level, from, rows));
      ofRun.set(column, bits);
      return bits;
    };
    const isWide = levels.some(({ perRow, run }) => perRow === 1 && run >= 0);
    const shared = isWide ? null : levels.map((level) => new LevelBits(input, level, from, rows));
    this.see(rows, (row, column) => (shared ?? bitsOf(column)).every((level) => level.isSet(row, column)));
  }
}

/** Some rows' bits of one level. */
class LevelBits {
  private readonly bytes: Uint8Array;
  private readonly offset: number;
  private readonly level: SourceValidity;

  constructor(input: InputPart, level: SourceValidity, row: number, rows: number) {
    const first = level.bit + row * level.perRow;
    this.level = level;
    this.offset = first % 8;
    this.bytes = new Uint8Array(Math.ceil((this.offset + rows * level.perRow) / 8));
    readInput(input, this.bytes, level.position + Math.floor(first / 8));
  }

  isSet(row: number, column: number): boolean {
    const { perRow, valuesPerBit } = this.level;
    const bit = this.offset + row * perRow + (perRow === 1 ? 0 : Math.floor(column / valuesPerBit));
    return isSet(this.bytes, bit);
  }
}
