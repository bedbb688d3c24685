"""Builds Arrow files piece by piece, so that each piece can be made to lie. Offsets are those of the format's
File.fbs, Message.fbs and Schema.fbs."""

import struct
from dataclasses import dataclass, field as made

import flatbuffers

INT, FLOAT, UTF8, LIST, STRUCT, FIXED_LIST, LARGE_LIST = 2, 3, 5, 12, 13, 16, 21
SCHEMA, DICTIONARY, BATCH = 1, 2, 3
MAGIC = b"ARROW1"


@dataclass
class Table:
    """A flatbuffer table: slot -> (kind, value). Scalars by their struct letter, 'T' a table, 'S' a text,
    'V' a vector of tables, and 'W' a vector of structs, given as (bytes of one, how many, all bytes)."""

    slots: dict = made(default_factory=dict)
    built: tuple = (None, 0)

    def build(self, builder: flatbuffers.Builder) -> int:
        """A table that stands in several places is written once, which the format allows."""
        if self.built[0] is not builder:
            self.built = (builder, self.write(builder))
        return self.built[1]

    def write(self, builder: flatbuffers.Builder) -> int:
        children = {slot: build_child(builder, kind, value) for slot, (kind, value) in self.slots.items() if kind in "TSVW"}
        builder.StartObject(max(self.slots, default=-1) + 1)
        for slot, (kind, value) in self.slots.items():
            if slot in children:
                builder.PrependUOffsetTRelativeSlot(slot, children[slot], 0)
                continue
            write = {"b": builder.PrependInt8, "B": builder.PrependUint8, "?": builder.PrependBool, "h": builder.PrependInt16,
                     "i": builder.PrependInt32, "q": builder.PrependInt64}[kind]
            write(value)
            builder.Slot(slot)
        return builder.EndObject()


def build_child(builder: flatbuffers.Builder, kind: str, value) -> int:
    if kind == "T":
        return value.build(builder)
    if kind == "S":
        return builder.CreateString(value)
    if kind == "V":
        offsets = [item.build(builder) for item in value]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    size, count, data = value
    builder.StartVector(size, count, 8)
    builder.head = builder.head - len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data
    return builder.EndVector()


def finish(table: Table) -> bytes:
    builder = flatbuffers.Builder(4096)
    builder.Finish(table.build(builder))
    return bytes(builder.Output())


def field(name: str, kind: int, kind_table: Table | None = None, children=(), dictionary: int | None = None) -> Table:
    slots = {0: ("S", name), 1: ("?", True), 2: ("B", kind), 3: ("T", kind_table or Table()), 5: ("V", list(children))}
    if dictionary is not None:
        slots[4] = ("T", Table({0: ("q", dictionary)}))
    return Table(slots)


def float32(name: str, precision: int = 1) -> Table:
    return field(name, FLOAT, Table({0: ("h", precision)}))


def int64(name: str) -> Table:
    return field(name, INT, Table({0: ("i", 64), 1: ("?", True)}))


def fixed_list(name: str, length: int, child: Table | None = None) -> Table:
    return field(name, FIXED_LIST, Table({0: ("i", length)}), [child or float32("item")])


def schema(fields, endianness: int = 0) -> Table:
    return Table({0: ("h", endianness), 1: ("V", list(fields))})


def structs(letters: str, rows) -> tuple[int, int, bytes]:
    size = struct.calcsize("<" + letters)
    return size, len(rows), b"".join(struct.pack("<" + letters, *row) for row in rows)


def batch(rows: int, nodes, buffers, compression: int | None = None) -> Table:
    slots = {0: ("q", rows), 1: ("W", structs("qq", nodes)), 2: ("W", structs("qq", buffers))}
    if compression is not None:
        slots[3] = ("T", Table({0: ("b", compression)}))
    return Table(slots)


def message(header: Table, header_type: int, body_length: int, version: int = 4) -> bytes:
    slots = {0: ("h", version), 1: ("B", header_type), 2: ("T", header), 3: ("q", body_length)}
    return finish(Table(slots))


def framed(metadata: bytes, body: bytes = b"", length: int | None = None) -> bytes:
    padded = metadata + b"\0" * (-(len(metadata) + 8) % 8)
    size = len(padded) if length is None else length
    return struct.pack("<Ii", 0xFFFFFFFF, size) + padded + body


END_OF_STREAM = struct.pack("<Ii", 0xFFFFFFFF, 0)


def footer(table: Table, blocks, dictionaries=(), version: int = 4) -> bytes:
    block = "qi4xq"
    return finish(Table({0: ("h", version), 1: ("T", table), 2: ("W", structs(block, list(dictionaries))), 3: ("W", structs(block, list(blocks)))}))


@dataclass
class File:
    """Two columns, `id` int64 and `logits` fixed-size lists of 3 float32, in two batches of 2 rows. Every part
    can be replaced by one that lies."""

    fields: list = made(default_factory=lambda: [int64("id"), fixed_list("logits", 3)])
    endianness: int = 0
    version: int = 4
    footer_version: int = 4
    rows: int = 2
    nodes: list = made(default_factory=lambda: [(2, 0), (2, 0), (6, 0)])
    buffers: list = made(default_factory=lambda: [(0, 0), (0, 16), (16, 0), (16, 0), (16, 24)])
    body: bytes = made(default_factory=lambda: struct.pack("<2q6f", 1, 2, 1, 2, 3, 4, 5, 6))
    compression: int | None = None
    header_type: int = BATCH
    message_body: int | None = None
    metadata_prefix: int | None = None
    """(offset, metadata length, body length) -> the same of the second batch's block in the footer."""
    block: object = None
    footer_length: int | None = None
    footer_bytes: bytes | None = None
    tail: bytes = MAGIC
    dictionary_blocks: list = made(default_factory=list)
    batches: int = 2

    def parts(self) -> tuple[bytes, list[bytes]]:
        first = framed(message(schema(self.fields, self.endianness), SCHEMA, 0, self.version))
        body = self.body + b"\0" * (-len(self.body) % 8)
        honest = File()
        messages = []
        for index in range(self.batches):
            lie = self if index == self.batches - 1 else honest if self.fields == honest.fields else self
            length = len(body) if lie.message_body is None else lie.message_body
            header = batch(lie.rows, lie.nodes, lie.buffers, lie.compression)
            messages.append(framed(message(header, lie.header_type, length, lie.version), body, lie.metadata_prefix))
        return first, messages

    def stream(self) -> bytes:
        first, messages = self.parts()
        return first + b"".join(messages) + END_OF_STREAM

    def file(self) -> bytes:
        first, messages = self.parts()
        out = MAGIC + b"\0\0" + first
        blocks = []
        body = len(self.body) + -len(self.body) % 8
        for item in messages:
            blocks.append((len(out), len(item) - body, body))
            out += item
        if self.block is not None:
            blocks[-1] = self.block(*blocks[-1])
        out += END_OF_STREAM
        end = self.footer_bytes
        if end is None:
            end = footer(schema(self.fields, self.endianness), blocks, self.dictionary_blocks, self.footer_version)
        length = len(end) if self.footer_length is None else self.footer_length
        return out + end + struct.pack("<i", length) + self.tail
