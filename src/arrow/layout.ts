import type { BatchHeader, ColumnLayout, Field, MetadataVersion } from './types.ts';

/** What a buffer holds, as the columnar format names it. Variadic data buffers come after a node's others. */
export type BufferRole = 'validity' | 'data' | 'offsets' | 'sizes' | 'views' | 'typeIds';

/** One entry of the pre-order walk over a schema's fields that nodes and buffers follow. */
export interface NodeLayout {
  field: Field;
  /** Names from the top-level column down, joined by dots. */
  path: string;
  /** Index of the node; that of the field that holds this one, -1 for a column. */
  node: number;
  parent: number;
  /** Index of the first buffer when all variadic counts are 0. */
  firstBuffer: number;
  roles: readonly BufferRole[];
  /** Index into the variadic counts, -1 when the type has none. */
  variadic: number;
}

/** Buffers of a field's own, without its children's, in their order. A dictionary column has those of its indices. */
export function bufferRoles(field: Field, version: MetadataVersion = 5): readonly BufferRole[] {
  if (field.dictionary !== null) return VALIDITY_DATA;
  switch (field.type.id) {
    case 'null':
      return [];
    case 'runEndEncoded':
      return version === 4 ? VALIDITY : [];
    case 'struct':
    case 'fixedSizeList':
      return VALIDITY;
    case 'list':
    case 'largeList':
    case 'map':
      return VALIDITY_OFFSETS;
    case 'listView':
    case 'largeListView':
      return VALIDITY_OFFSETS_SIZES;
    case 'binary':
    case 'utf8':
    case 'largeBinary':
    case 'largeUtf8':
      return VALIDITY_OFFSETS_DATA;
    case 'binaryView':
    case 'utf8View':
      return VALIDITY_VIEWS;
    case 'union': {
      const own: readonly BufferRole[] = field.type.mode === 0 ? ['typeIds'] : ['typeIds', 'offsets'];
      return version === 4 ? ['validity', ...own] : own;
    }
    default:
      return VALIDITY_DATA;
  }
}

const VALIDITY: readonly BufferRole[] = ['validity'];
const VALIDITY_DATA: readonly BufferRole[] = ['validity', 'data'];
const VALIDITY_OFFSETS: readonly BufferRole[] = ['validity', 'offsets'];
const VALIDITY_OFFSETS_SIZES: readonly BufferRole[] = ['validity', 'offsets', 'sizes'];
const VALIDITY_OFFSETS_DATA: readonly BufferRole[] = ['validity', 'offsets', 'data'];
const VALIDITY_VIEWS: readonly BufferRole[] = ['validity', 'views'];

function hasVariadicBuffers(field: Field): boolean {
  return field.dictionary === null && (field.type.id === 'binaryView' || field.type.id === 'utf8View');
}

/** The children whose data stand in the batch: a dictionary's values stand elsewhere. */
export function storedChildren(field: Field): readonly Field[] {
  return field.dictionary === null ? field.children : [];
}

/** The pre-order walk over all `fields`. */
export function nodeLayouts(fields: readonly Field[], version: MetadataVersion = 5): NodeLayout[] {
  const layouts: NodeLayout[] = [];
  let buffer = 0;
  let variadic = 0;
  const walk = (field: Field, parent: number, prefix: string): void => {
    const node = layouts.length;
    const roles = bufferRoles(field, version);
    const path = prefix + field.name;
    const isVariadic = hasVariadicBuffers(field);
    layouts.push({
      field,
      path,
      node,
      parent,
      firstBuffer: buffer,
      roles,
      variadic: isVariadic ? variadic : -1,
    });
    buffer += roles.length;
    if (isVariadic) variadic++;
    for (const child of storedChildren(field)) walk(child, node, `${path}.`);
  };
  for (const field of fields) walk(field, -1, '');
  return layouts;
}

/** What each top-level column takes of a batch header's lists. */
export function columnLayouts(fields: readonly Field[], version: MetadataVersion = 5): ColumnLayout[] {
  const layouts: ColumnLayout[] = [];
  for (const layout of nodeLayouts(fields, version)) {
    if (layout.parent === -1)
      layouts.push({
        firstNode: layout.node,
        nodeCount: 0,
        firstBuffer: layout.firstBuffer,
        bufferCount: 0,
        firstVariadic: 0,
        variadicCount: 0,
      });
    const column = layouts.at(-1)!;
    column.nodeCount++;
    column.bufferCount += layout.roles.length;
    if (layout.variadic >= 0) column.variadicCount++;
  }
  let variadic = 0;
  for (const column of layouts) {
    column.firstVariadic = variadic;
    variadic += column.variadicCount;
  }
  return layouts;
}

/**
 * Where the buffers of each top-level column begin in one batch, variadic ones counted: column i has those from
 * the result's [i] up to, not including, its [i + 1].
 */
export function columnBuffers(columns: readonly ColumnLayout[], header: BatchHeader): Float64Array {
  if (header.variadicCounts.length > 0) return countBuffers(columns, header.variadicCounts);
  let starts = withoutVariadics.get(columns);
  if (starts === undefined) {
    starts = countBuffers(columns, header.variadicCounts);
    withoutVariadics.set(columns, starts);
  }
  return starts;
}

/** Then the result is the same for all batches of a file. */
const withoutVariadics = new WeakMap<readonly ColumnLayout[], Float64Array>();

function countBuffers(columns: readonly ColumnLayout[], variadicCounts: Float64Array): Float64Array {
  const starts = new Float64Array(columns.length + 1);
  columns.forEach((column, i) => {
    let end = starts[i]! + column.bufferCount;
    for (let k = 0; k < column.variadicCount; k++) end += variadicCounts[column.firstVariadic + k]!;
    starts[i + 1] = end;
  });
  return starts;
}

/** The ids of all dictionaries that a column needs, nested ones and those inside dictionaries included. */
export function dictionaryIds(field: Field): bigint[] {
  const ids = new Set<bigint>();
  const walk = (at: Field): void => {
    if (at.dictionary !== null) ids.add(at.dictionary.id);
    at.children.forEach(walk);
  };
  walk(field);
  return [...ids];
}

/**
 * Whether metadata versions 4 and 5 store these columns differently: 5 took the validity bitmap away from unions,
 * and with it from run-end encoding, which is younger, but which Arrow C++ gives a bitmap when it writes version 4.
 */
export function dependsOnVersion(fields: readonly Field[]): boolean {
  return fields.some(
    ({ type, children }) => type.id === 'union' || type.id === 'runEndEncoded' || dependsOnVersion(children),
  );
}
