import { LogitmillError } from '../errors.ts';
import { type NodeLayout, nodeLayouts } from './layout.ts';
import { showName } from './show-name.ts';
import type { BatchHeader, Field, MetadataVersion } from './types.ts';

/**
 * Returns a check of batch headers against a schema: the numbers of nodes and buffers, every length and null
 * count, every buffer inside the body and large enough for its node. What it lets through can be read without
 * leaving the body; only offsets *inside* buffers are still to be distrusted.
 *
 * Of a compressed body only the regions are known here, not what they hold.
 */
export function batchCheck(fields: readonly Field[], version: MetadataVersion): BatchCheck {
  const nodes = nodeLayouts(fields, version).map((layout, _, all) => ({
    layout,
    elementBits: elementBits(layout.field),
    offsetBits: offsetBits(layout.field),
    perParent: layout.parent === -1 ? 1 : lengthPerParent(all[layout.parent]!.field),
  }));
  const fixedBuffers = nodes.reduce((sum, { layout }) => sum + layout.roles.length, 0);
  const variadicNodes = nodes.filter(({ layout }) => layout.variadic >= 0).length;

  return (header, bodyLength, what) => {
    const variadicBuffers = header.variadicCounts.reduce((sum, count) => sum + count, 0);
    expectCount(header.variadicCounts.length, variadicNodes, 'counts of view buffers', what);
    expectCount(header.nodes.length / 2, nodes.length, 'columns and nested columns', what);
    expectCount(header.buffers.length / 2, fixedBuffers + variadicBuffers, 'buffers', what);
    let buffer = 0;
    for (const node of nodes) {
      checkLength(node, header, what);
      const { roles, variadic } = node.layout;
      for (const role of roles) checkBuffer(node, role, header, buffer++, what);
      if (variadic >= 0) buffer += header.variadicCounts[variadic]!;
    }
    checkRegions(header, bodyLength, () => sharedBitmaps(nodes, header), what);
  };
}

/** Bytes of bitmaps that stand for more than one column: each counts once. */
function sharedBitmaps(nodes: readonly CheckedNode[], { buffers, variadicCounts }: BatchHeader): number {
  const lengths = new Map<number, number>();
  let shared = 0;
  let buffer = 0;
  for (const { layout } of nodes) {
    for (const role of layout.roles) {
      const [offset, length] = buffers.subarray(2 * buffer++);
      if (role !== 'validity' || length === 0) continue;
      if (lengths.get(offset!) === length) shared += length!;
      else lengths.set(offset!, length!);
    }
    if (layout.variadic >= 0) buffer += variadicCounts[layout.variadic]!;
  }
  return shared;
}

/** @throws {LogitmillError} INPUT_CORRUPT, beginning with `what` and naming the column */
export type BatchCheck = (header: BatchHeader, bodyLength: number, what: string) => void;

interface CheckedNode {
  layout: NodeLayout;
  /** Of the data buffer; 0 when only its offsets say how long it is. */
  elementBits: number;
  offsetBits: number;
  /** How many elements a node must have at least for one of its parent's; -1 when only offsets say. */
  perParent: number;
}

function corrupt(what: string, why: string): LogitmillError {
  return new LogitmillError('INPUT_CORRUPT', `${what}: ${why}`);
}

function expectCount(found: number, expected: number, name: string, what: string): void {
  if (found !== expected) throw corrupt(what, `has ${found} ${name}; the schema needs ${expected}`);
}

function elementBits(field: Field): number {
  if (field.dictionary !== null) return field.dictionary.indexType.bitWidth;
  switch (field.type.id) {
    case 'bool':
      return 1;
    case 'int':
    case 'float':
    case 'decimal':
    case 'time':
      return field.type.bitWidth;
    case 'date':
      return field.type.unit === 0 ? 32 : 64;
    case 'interval':
      return [32, 64, 128][field.type.unit]!;
    case 'timestamp':
    case 'duration':
      return 64;
    case 'fixedSizeBinary':
      return 8 * field.type.byteWidth;
    default:
      return 0;
  }
}

function offsetBits(field: Field): number {
  switch (field.type.id) {
    case 'largeBinary':
    case 'largeUtf8':
    case 'largeList':
    case 'largeListView':
      return 64;
    default:
      return 32;
  }
}

function lengthPerParent({ type }: Field): number {
  if (type.id === 'fixedSizeList') return type.listSize;
  return type.id === 'struct' || (type.id === 'union' && type.mode === 0) ? 1 : -1;
}

function checkLength({ layout, perParent }: CheckedNode, header: BatchHeader, what: string): void {
  const { node, parent, path } = layout;
  const length = header.nodes[2 * node]!;
  const nulls = header.nodes[2 * node + 1]!;
  if (parent === -1 && length !== header.rows)
    throw corrupt(what, `column ${showName(path)} has ${length} rows, the batch ${header.rows}`);
  if (parent >= 0 && perParent >= 0) {
    const needed = header.nodes[2 * parent]! * perParent;
    if (!(length >= needed))
      throw corrupt(what, `column ${showName(path)} has ${length} elements and needs ${needed}`);
  }
  if (nulls > length)
    throw corrupt(what, `column ${showName(path)} has ${nulls} nulls among ${length} elements`);
}

function checkBuffer(
  node: CheckedNode,
  role: NodeLayout['roles'][number],
  header: BatchHeader,
  buffer: number,
  what: string,
): void {
  const { layout } = node;
  const length = header.nodes[2 * layout.node]!;
  const nulls = header.nodes[2 * layout.node + 1]!;
  const size = header.buffers[2 * buffer + 1]!;
  if (role === 'validity' && size === 0) {
    if (nulls > 0)
      throw corrupt(what, `column ${showName(layout.path)} has ${nulls} nulls but no validity bitmap`);
    return;
  }
  if (header.compression !== null) {
    if (size > 0 && size < 8)
      throw corrupt(what, `column ${showName(layout.path)} has a compressed buffer of ${size} bytes`);
    return;
  }
  const needed = Math.ceil((elementsOf(role, length, node) * bitsOf(role, node)) / 8);
  if (!(size >= needed))
    throw corrupt(
      what,
      `column ${showName(layout.path)} has ${size} bytes of ${role} and needs ${needed} for ${length} elements`,
    );
}

function bitsOf(role: NodeLayout['roles'][number], node: CheckedNode): number {
  switch (role) {
    case 'validity':
      return 1;
    case 'data':
      return node.elementBits;
    case 'offsets':
    case 'sizes':
      return node.offsetBits;
    case 'views':
      return 128;
    case 'typeIds':
      return 8;
  }
}

/** Lists and texts have an offset more than elements, or none at all when they have no elements. */
function elementsOf(role: NodeLayout['roles'][number], length: number, { layout }: CheckedNode): number {
  const counted = layout.roles.includes('sizes') || layout.field.type.id === 'union';
  return role === 'offsets' && !counted && length > 0 ? length + 1 : length;
}

/** @param shared bytes of bitmaps that columns have in common, as in the files that we write */
function checkRegions(header: BatchHeader, bodyLength: number, shared: () => number, what: string): void {
  const { buffers } = header;
  let total = 0;
  for (let i = 0; i < buffers.length; i += 2) {
    const end = buffers[i]! + buffers[i + 1]!;
    if (!(end <= bodyLength))
      throw corrupt(what, `buffer ${i / 2} ends at byte ${end} of a body of ${bodyLength} bytes`);
    total += buffers[i + 1]!;
  }
  // Nobody writes other buffers that share bytes; a small file could pretend to hold any amount that way.
  if (total > bodyLength && total - Math.min(shared(), bodyLength) > bodyLength)
    throw corrupt(what, `its buffers overlap: together they have ${total} bytes in a body of ${bodyLength}`);
}
