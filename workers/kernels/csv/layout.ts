// Offsets, in bytes, of what the CSV kernels and workers/csv/ share in memory. Plain constants: both compilers read this file.

/** The parser's state: parameters that TypeScript writes, and where the walk over the text stands. All u32 but NULL_NUMBER. */
export const CURSOR = 0; // address of the next byte to index
export const END = 4; // just after the newline of the last row
export const COLUMNS = 8;
export const DELIMITER = 12;
export const QUOTE = 16; // the byte; 0: none
export const NEWLINE = 20; // the byte 10: kernels load it from here, because V8 repeats the splat of a literal in loops
export const HAS_QUOTES = 24; // whether this text has any
export const ALL_LOGITS = 28; // 1: every column is a logit
export const SEGMENTS = 32; // address of the runs of columns
export const SEGMENTS_END = 36;
export const NULLS = 40; // address of the null spellings: length (u32), bytes, length, bytes, …
export const NULL_COUNT = 44;
export const NUMERIC_NULLS = 48; // count of the spellings of null that are numbers
export const NUMERIC_NULLS_AT = 52; // address of their bits in the format, a u64 each
export const QUOTED_EMPTY_IS_NULL = 120;
export const NULL_NUMBER = 56; // float64 that stands in the matrix for a null
export const FORMAT = 64;
export const LOGITS = 68; // address where the next logit goes
export const LOGITS_VALIDITY = 72; // bitmap, one bit an element, row-major
export const LOGITS_DONE = 76; // elements
export const LOGITS_NULLS = 80;
export const ROWS_DONE = 84;
export const ROW_LIMIT = 88;
export const COLUMN = 92; // of the first field after CURSOR's last delimiter
export const INSIDE = 96; // 1: CURSOR is inside quotes
export const PREVIOUS = 100; // position of the last delimiter before CURSOR
export const SEGMENT = 104; // address of the current run of columns
export const SEGMENT_LEFT = 108; // columns of it still to come
export const UNPROVEN = 112; // count of numbers that only exact arithmetic can round
export const TEXT = 116; // address that the places of text fields are counted from
export const SHAPE = 124; // SHAPE_… that the fast loops expect
export const MEASURE = 128; // 1: only the bytes of text columns are wanted
export const CLASSES = 132; // address of a table: CLASS_… of each byte
export const RETURNS = 136; // how many carriage returns stand before a newline at most: 1, or 2
export const STATE_BYTES = 192;

/** A run of neighbouring columns with one fate. */
export const SEGMENT_COLUMNS = 0;
export const SEGMENT_KIND = 4;
export const SEGMENT_SLOT = 8;
export const SEGMENT_BYTES = 12;
export const KIND_LOGITS = 0;
export const KIND_PASS = 1;
/** Left out of the output; where there are quotes, they are checked all the same. */
export const KIND_SKIP = 2;

/** A passed-through column. */
export const SLOT_TYPE = 0;
export const SLOT_DATA = 4; // values, bits, or the offsets of text
export const SLOT_VALIDITY = 8;
export const SLOT_NULLS = 12;
export const SLOT_FIELDS = 16; // of text: where each row's field lies (u32 each)
export const SLOT_TEXT_BYTES = 20;
export const SLOT_ROW = 24;
export const SLOT_BYTES = 32;

export const TYPE_SKIP = 0;
/** Plain integers: no plus sign, no leading zeros. */
export const TYPE_PLAIN_INT64 = 1;
export const TYPE_INT64 = 2;
export const TYPE_FLOAT64 = 3;
export const TYPE_BOOLEAN = 4;
export const TYPE_UTF8 = 5;

/** In SLOT_FIELDS: the field has doubled quotes; the rest is the offset of its first byte from TEXT. */
export const FIELD_ESCAPED = 0x80000000;

export const FLOAT16 = 0;
export const FLOAT32 = 1;
export const FLOAT64 = 2;

/** What parse_rows returns. */
export const DONE = 0;
/** A row of another width, or a field that is not of its column's type: workers/csv/diagnose.ts says which. */
export const MALFORMED = 1;
/** Numbers wait in the list of the unproven; resolve them and call again. */
export const RESOLVE = 2;

/** An unproven number: start and end of its field, where the result goes, its format. */
export const UNPROVEN_BYTES = 16;

/** Bytes of text that are taken at once, so that they and their index stay in the first-level cache. */
export const TILE = 8192;
/** One entry for every field that a tile can have, and some for loops that work in fours. */
const ENTRIES = TILE + 64;
const LIST_BYTES = ENTRIES * 4;

/** The work area of one worker: the state, then lists of u32. */
export const INDEX = STATE_BYTES + 64; // the entry before it is the last one of the tile before
export const INDEX_STARTS = INDEX + LIST_BYTES;
export const STARTS = INDEX_STARTS + LIST_BYTES;
export const ENDS = STARTS + LIST_BYTES;
export const PASS_STARTS = ENDS + LIST_BYTES;
export const PASS_ENDS = PASS_STARTS + LIST_BYTES;
export const PASS_SLOTS = PASS_ENDS + LIST_BYTES;
export const FLAGGED = PASS_SLOTS + LIST_BYTES;
export const UNPROVEN_LIST = FLAGGED + LIST_BYTES;
export const TRIMMED_STARTS = UNPROVEN_LIST + ENTRIES * UNPROVEN_BYTES;
export const TRIMMED_ENDS = TRIMMED_STARTS + LIST_BYTES;
export const SCRATCH = TRIMMED_ENDS + LIST_BYTES; // float64, one a field
export const WORK_BYTES = SCRATCH + ENTRIES * 8;

/** What survey writes: u32 words. */
export const SURVEY_OUTSIDE = 0; // newlines that end a row when the range begins outside quotes
export const SURVEY_INSIDE = 4; // and when it begins inside
export const SURVEY_ODD = 8; // 1: an odd number of quotes
export const SURVEY_QUOTES = 12; // 1: any quotes
export const SURVEY_BLANK = 16; // 1: there may be blank lines
export const SURVEY_HIGH = 20; // 1: bytes that are not ASCII
export const SURVEY_BYTES = 64;

/** How most numbers of a tile are written: it picks the loop. */
export const SHAPE_SHORT = 0; // up to 8 digits, and 15 characters
export const SHAPE_PLAIN = 1; // up to 15 characters
export const SHAPE_EXPONENT = 2; // the same, or followed by an exponent with a sign and two digits
export const SHAPE_LONG = 3; // 16 characters and more, with or without such an exponent
/** Added to these when blanks or quotes stand around the numbers. */
export const SHAPE_TRIM = 4;

/** Values in CLASSES; the delimiter has 0 even where it is a blank. */
export const CLASS_BLANK = 1;
export const CLASS_QUOTE = 3;

/** Tables, from tables_address() on; workers/csv/tables.ts writes them. */
export const SMALLEST_POWER = -342;
export const LARGEST_POWER = 308;
/** The first 128 bits of each 5^q, low word first. */
export const POWERS_OF_FIVE = 0;

/**
 * What to do with the 16 bytes that end at a field's end. A row for each sign, each length of the field (0 to 15),
 * and each place of the last point, counted from the end (16: there is none).
 */
export const DIGIT_ROWS = 10432;
export const DIGIT_ROWS_OF_SIGN = 16384;
export const DIGIT_ROWS_OF_LENGTH = 1024;
export const DIGIT_ROW_BYTES = 32;
export const ROW_SWIZZLE = 0; // the digits to the right, without the point
export const ROW_DIVISOR = 16; // float64 10^(digits after the point), with the sign
export const ROW_FRACTION = 24; // u16: digits after the point
export const ROW_LONG_FRACTION = 26; // u16: the same when TAIL_DIGITS digits follow the 16 bytes; 0 without a point
export const ROW_SIGN = 28; // offset among the powers of ten: 0, or POWERS_OF_SIGN
/** A long number is cut into a head, with the point, and so many digits. */
export const TAIL_DIGITS = 15;

/** 10^q for q from -FIRST_POWER on, then -10^q. */
export const POWERS = 43200;
export const POWERS_OF_SIGN = 4096;
export const POWER_BYTES = 32;
export const FIRST_POWER = 80;
export const POWER_VALUE = 0; // float64 nearest to it, with the sign
export const POWER_FACTOR = 8; // 10^q where that is exact, 1 for q < 0; NaN where |q| > 22
export const POWER_DIVISOR = 16; // 10^-q for q < 0, with the sign, 1 otherwise

/** v128 constants: V8 builds a splat anew in every turn of a loop, but keeps a load. */
export const CONSTANTS = 51392;
export const ZEROS = 0; // sixteen times "0"
export const POINTS = 16; // sixteen times what stands before a fraction: a point, or a comma
export const NINES = 32; // sixteen times 9
export const TENS = 48; // 16 bits: times this, the high byte of two digits is their number
export const HUNDREDS = 64; // 100 and 1
export const MYRIADS = 80; // 10000 and 1
export const HUNDRED_MILLIONS = 96; // float64 1e8
export const TAIL = 112; // all but the first byte
export const LOST_BITS = 128; // of a float64's low word: those that float32 has no place for
export const HALF = 144; // those bits of a number halfway between two float32
export const EIGHT_NINES = 160; // in the upper half, zeros in the lower one
export const TABLE_BYTES = CONSTANTS + 176;
