import { type BatchCheck, batchCheck } from '../../src/arrow/check-batch.ts';
import { newHeaderArrays } from '../../src/arrow/decode.ts';
import { batchMessageLength, encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import type { Block } from '../../src/arrow/types.ts';
import { decodeBlock, type PlacedHeader } from '../../src/input/arrow/batches.ts';
import { type BatchLayout, headerOf } from '../../src/layout/batch-layout.ts';
import { LayoutLists } from '../../src/layout/number-lists.ts';
import type { ArrowSetup } from '../../src/layout/small-batches.ts';
import { type BatchContext, layoutBatch } from '../../src/layout/table-batch.ts';

/** Reads batch headers in a worker, as the coordinator did before, and encodes those of the output. What it gives holds until it is asked again. */
export class ArrowReader {
  readonly context: BatchContext;
  private readonly setup: ArrowSetup;
  private readonly check: BatchCheck;
  private readonly arrays = newHeaderArrays();
  private readonly lists = new LayoutLists();
  private bytes: Uint8Array | undefined;

  constructor(setup: ArrowSetup) {
    this.setup = setup;
    this.context = setup.context;
    this.check = batchCheck(setup.fields, setup.version);
  }

  /**
   * @param bytes the message, with its prefix
   * @throws LogitmillError INPUT_CORRUPT when it is not what the coordinator read
   */
  header(bytes: Uint8Array, block: Block, batch: number): PlacedHeader {
    const what = `record batch ${batch}`;
    const { header } = decodeBlock(bytes, block, what, { expected: 'batch', arrays: this.arrays });
    this.check(header, block.bodyLength, what);
    const { rows, nodes, buffers, variadicCounts, compression } = header;
    const { offset, metadataLength, bodyLength } = block;
    return {
      rows,
      nodes,
      buffers,
      variadicCounts,
      compression,
      bodyOffset: offset + metadataLength,
      bodyLength,
    };
  }

  layout(batch: PlacedHeader): BatchLayout {
    return layoutBatch(this.context, batch, this.lists);
  }

  messageLength(layout: BatchLayout): number {
    return batchMessageLength(headerOf(layout, 0), { version: this.setup.outputVersion });
  }

  message(layout: BatchLayout, nullRows: number): Uint8Array {
    const { outputVersion: version } = this.setup;
    this.bytes = encodeBatchMessage(headerOf(layout, nullRows), layout.bodyLength, { version }, this.bytes);
    return this.bytes;
  }
}
