"""Writes the Arrow cases of data/hostile: each is a whole file with one lie in it, or one cut short."""

import struct
import sys

from raw_arrow import (DICTIONARY, END_OF_STREAM, INT, LARGE_LIST, LIST, SCHEMA, STRUCT, UTF8, File, Table, batch,
                       field, fixed_list, float32, footer, framed, int64, message, schema)
from reference import GOLDEN, HOSTILE, expect, results

HUGE = 2**62
# Where a file is beyond what is read, whether one calls it corrupt or unsupported is a matter of taste.
EITHER = "INPUT_CORRUPT|INPUT_UNSUPPORTED"


def case(name: str, why: str, data: bytes, code: str = "INPUT_CORRUPT", message: str = "", ending: str = "arrow", exit_code: int = 3, **more) -> None:
    (HOSTILE / f"{name}.{ending}").write_bytes(data)
    expect(name, why, folder=HOSTILE, exitCode=exit_code, error=code, message=message or r"^logitmill: .*\S", **more)


def honest() -> None:
    """What all cases start from is fine as it is, or they would show nothing."""
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] * 2
    (GOLDEN / "built-by-hand.arrow").write_bytes(File().file())
    (GOLDEN / "built-by-hand-stream.arrows").write_bytes(File().stream())
    for name in ("built-by-hand", "built-by-hand-stream"):
        expect(name, "the file that the hostile ones are made from is read", batches=[2, 2], same=["id"],
               schema=["id: Int64", "probs: FixedSizeList[3]<Float32>", "row_sum: Float64"], **results(rows))


def cut() -> None:
    data = File().file()
    for name, length in (("magic-only", 8), ("in-schema", 100), ("in-batch", 400), ("before-footer", data.rindex(END_OF_STREAM) + 8),
                         ("in-footer", len(data) - 30), ("last-byte", len(data) - 1), ("half-magic", 4)):
        code = "INPUT_NOT_RECOGNISED|INPUT_CORRUPT" if name == "half-magic" else "INPUT_CORRUPT"
        case(f"cut-{name}", "a file whose upload stopped", data[:length], code, "" if name == "half-magic" else "(truncated|cut|end|short|incomplete)")
    case("garbage-after-end", "more bytes after the closing magic", data + b"\0" * 64)
    case("closing-magic", "the closing magic is another's", File(tail=b"ARROW2").file())
    case("zeros-in-the-middle", "a hole, as a broken copy leaves it", data[:200] + b"\0" * 400 + data[600:])


def footers() -> None:
    for name, length in (("zero", 0), ("negative", -1), ("lowest", -(2**31)), ("beyond-file", 10**6), ("highest", 2**31 - 1), ("too-short", 40), ("too-long", 500)):
        case(f"footer-length-{name}", "the footer's length lies", File(footer_length=length).file())
    case("footer-zeros", "a footer of zeros", File(footer_bytes=b"\0" * 256).file())
    case("footer-root-outside", "the footer's first offset points outside", File(footer_bytes=struct.pack("<i", 2**30) + b"\0" * 200).file())
    case("footer-no-schema", "a footer without a schema", File(footer_bytes=footer(schema([]), [])).file(), "NO_LOGITS")
    good = bytearray(File().file())
    at = good.rindex(struct.pack("<i", 2), 0, len(good) - 10)
    good[at : at + 4] = struct.pack("<i", 2**28)
    case("footer-many-blocks", "a list of batches longer than the footer", bytes(good))


def blocks() -> None:
    lies = {
        "offset-negative": lambda o, m, b: (-8, m, b),
        "offset-outside": lambda o, m, b: (10**9, m, b),
        "offset-highest": lambda o, m, b: (2**63 - 1, m, b),
        "offset-in-footer": lambda o, m, b: (o + m + b + 24, m, b),
        "offset-unaligned": lambda o, m, b: (o + 3, m, b),
        "metadata-zero": lambda o, m, b: (o, 0, b),
        "metadata-negative": lambda o, m, b: (o, -m, b),
        "metadata-huge": lambda o, m, b: (o, 2**31 - 8, b),
        "metadata-short": lambda o, m, b: (o, 16, b),
        "body-negative": lambda o, m, b: (o, m, -8),
        "body-huge": lambda o, m, b: (o, m, HUGE),
        "body-beyond-file": lambda o, m, b: (o, m, 4096),
        "body-short": lambda o, m, b: (o, m, 16),
    }
    for name, lie in lies.items():
        case(f"block-{name}", "the footer lies about where a batch is", File(block=lie).file())
    case("message-prefix-negative", "a message of negative length", File(metadata_prefix=-16).file())
    case("message-prefix-huge", "a message longer than the file", File(metadata_prefix=2**31 - 8).file())
    case("message-is-schema", "a schema where a batch should be", File(header_type=SCHEMA).file(), EITHER)
    case("message-is-dictionary", "a dictionary where a batch should be", File(header_type=DICTIONARY).file())
    case("message-type-unknown", "a message of no known type", File(header_type=77).file())
    case("message-body-length", "message and footer disagree about the body", File(message_body=HUGE).file())
    case("message-body-negative", "a body of negative length", File(message_body=-1).file())


def batches() -> None:
    nodes, buffers = File().nodes, File().buffers
    rows = {"negative": -1, "huge": HUGE, "2-to-31": 2**31, "too-many": 3, "highest": 2**63 - 1}
    for name, count in rows.items():
        case(f"batch-rows-{name}", "a batch says that it has other rows than its columns", File(rows=count).file())
    case("batch-all-rows-huge", "a batch and its columns agree on rows that no buffer holds",
         File(rows=HUGE, nodes=[(HUGE, 0), (HUGE, 0), (HUGE, 0)]).file())
    case("batch-rows-overflow", "lengths whose bytes overflow 64 bits", File(rows=2**61, nodes=[(2**61, 0), (2**61, 0), (3 * 2**61, 0)]).file())
    case("node-missing", "a column without its length", File(nodes=nodes[:-1]).file())
    case("node-surplus", "more lengths than columns", File(nodes=[*nodes, (2, 0)]).file())
    case("node-length-negative", "a column of negative length", File(nodes=[nodes[0], nodes[1], (-6, 0)]).file())
    case("node-child-short", "fewer values than rows times classes", File(nodes=[nodes[0], nodes[1], (5, 0)]).file())
    case("node-nulls-negative", "fewer nulls than none", File(nodes=[nodes[0], nodes[1], (6, -2)]).file())
    case("node-nulls-too-many", "more nulls than values", File(nodes=[nodes[0], nodes[1], (6, 7)]).file())
    case("nulls-without-bitmap", "nulls, and no bitmap that says which", File(nodes=[nodes[0], nodes[1], (6, 2)]).file())
    case("buffer-missing", "a column without its values", File(buffers=buffers[:-1]).file())
    case("buffer-surplus", "more buffers than columns need", File(buffers=[*buffers, (0, 8)]).file())
    lies = {"offset-negative": (-8, 24), "offset-outside": (400, 24), "offset-highest": (2**63 - 8, 24), "length-negative": (16, -24),
            "length-outside": (16, 4096), "length-huge": (16, HUGE), "length-overflow": (16, 2**63 - 1), "too-short": (16, 20), "empty": (16, 0)}
    for name, lie in lies.items():
        case(f"buffer-{name}", "the values lie outside of the body, or are too few", File(buffers=[*buffers[:-1], lie]).file())
    case("buffer-kept-outside", "a column that passes through lies outside of the body", File(buffers=[buffers[0], (0, 4096), *buffers[2:]]).file())
    case("buffer-kept-too-short", "a column that passes through has too few values", File(buffers=[buffers[0], (0, 8), *buffers[2:]]).file())
    for name, codec in (("codec-unknown", 99), ("codec-negative", -5)):
        case(name, "a compression that nobody knows", File(compression=codec).file(), "INPUT_UNSUPPORTED", "compress")


def schemas() -> None:
    def with_field(item: Table) -> bytes:
        return File(fields=[int64("id"), item]).file()

    case("big-endian", "bytes in the other order", File(endianness=1).file(), "INPUT_UNSUPPORTED", "big-endian")
    case("endianness-unknown", "bytes in no known order", File(endianness=9).file(), EITHER)
    for version in (0, 9):
        case(f"version-{version}", "metadata of a version that is not read", File(version=version, footer_version=version).file(), "INPUT_UNSUPPORTED", "version")
    case("type-unknown", "a column of a type from the future", with_field(field("logits", 99)), "INPUT_UNSUPPORTED", "logits|type")
    case("type-none", "a column without a type", with_field(field("logits", 0)), EITHER)
    case("float-precision-unknown", "a float of no known width", with_field(fixed_list("logits", 3, float32("item", 7))))
    case("list-without-child", "a list of nothing", with_field(field("logits", 16, Table({0: ("i", 3)}))))
    case("list-two-children", "a list of two things", with_field(field("logits", 16, Table({0: ("i", 3)}), [float32("a"), float32("b")])))
    case("list-size-negative", "lists of a negative length", with_field(fixed_list("logits", -3)))
    case("list-size-huge", "lists of 2^31 - 1 classes, with six values", with_field(fixed_list("logits", 2**31 - 1)))
    case("int-width-unknown", "integers of 7 bits", File(fields=[field("id", INT, Table({0: ("i", 7), 1: ("?", True)})), fixed_list("logits", 3)]).file())
    deep = float32("item")
    for _ in range(400):
        deep = field("item", LIST, None, [deep])
    case("nested-too-deep", "lists in lists, four hundred times", with_field(field("logits", LIST, None, [deep])), EITHER)
    twice = int64("x")
    for _ in range(40):
        twice = field("x", STRUCT, None, [twice, twice])
    case("nested-twice", "a struct of two of the same struct, forty times: 2^40 columns in a small file", with_field(twice), EITHER)
    case("no-columns", "a table of no columns", File(fields=[], nodes=[], buffers=[]).file(), "NO_LOGITS")
    case("no-floats", "a table without floats", File(fields=[int64("a"), int64("b")], nodes=[(2, 0)] * 2, buffers=[(0, 0), (0, 16)] * 2).file(),
         "NO_LOGITS", '"?a"?.*"?b"?')


def lists() -> None:
    """Variable lists whose offsets lie: 2 rows, 5 values."""
    def listed(offsets: list[int], large: bool = False, values: int = 5) -> bytes:
        packed = struct.pack(f"<{len(offsets)}{'q' if large else 'i'}", *offsets)
        packed += b"\0" * (-len(packed) % 8)
        body = packed + struct.pack("<5f", 1, 2, 3, 4, 5)
        return File(fields=[field("logits", LARGE_LIST if large else LIST, None, [float32("item")])], nodes=[(2, 0), (values, 0)],
                    buffers=[(0, 0), (0, len(packed)), (len(packed), 0), (len(packed), 20)], body=body, batches=1).file()

    (GOLDEN / "built-by-hand-list.arrow").write_bytes(listed([0, 2, 5]))
    expect("built-by-hand-list", "the file that the hostile lists are made from is read", **results([[1.0, 2.0], [3.0, 4.0, 5.0]]))
    for large in (False, True):
        kind = "large-list" if large else "list"
        top = 2**62 if large else 2**31 - 1
        for name, offsets in (("going-back", [0, 4, 2]), ("negative", [-4, 2, 5]), ("outside", [0, 2, 50]), ("huge", [0, 2, top]), ("lowest", [0, -top - 1, 5])):
            case(f"{kind}-offsets-{name}", "list offsets that lie", listed(offsets, large))
    case("list-offsets-missing", "fewer offsets than rows", listed([0, 2]))


def dictionaries() -> None:
    column = field("kind", UTF8, None, dictionary=7)
    base = dict(fields=[column, fixed_list("logits", 3)], buffers=[(0, 0), (0, 8), (16, 0), (16, 0), (16, 24)])
    case("dictionary-missing", "indices into a dictionary that the file does not have", File(**base).file(), message="dictionary")
    case("dictionary-outside", "a dictionary outside of the file", File(**base, dictionary_blocks=[(10**8, 128, 64)]).file())
    case("dictionary-negative", "a dictionary before the file", File(**base, dictionary_blocks=[(-64, 128, 64)]).file())


def streams() -> None:
    data = File().stream()
    first = File().parts()[0]
    case("stream-no-end", "a stream without its end marker: a cut upload looks like that", data[:-8], message="--allow-missing-eos|end", ending="arrows")
    case("stream-cut-in-body", "a stream that stops in a batch", data[:-20], ending="arrows")
    case("stream-cut-in-header", "a stream that stops in a header", data[: len(first) + 20], ending="arrows")
    case("stream-message-huge", "a message of 2 GiB", first + struct.pack("<Ii", 0xFFFFFFFF, 2**31 - 8) + b"\0" * 64, ending="arrows")
    case("stream-message-negative", "a message of negative length", first + struct.pack("<Ii", 0xFFFFFFFF, -8) + b"\0" * 64, ending="arrows")
    case("stream-body-huge", "a body of 2^62 bytes", File(message_body=HUGE).stream(), ending="arrows")
    case("stream-garbage", "a schema, then noise", first + bytes((i * 37 + 11) % 256 for i in range(256)), ending="arrows")
    case("stream-two-schemas", "a second schema", first + first + END_OF_STREAM, ending="arrows")
    unknown = framed(message(Table({0: ("q", 5), 1: ("T", batch(0, [], []))}), DICTIONARY, 0))
    case("stream-dictionary-unknown", "a dictionary that no column uses", first + unknown + END_OF_STREAM, ending="arrows")
    case("stream-big-endian", "bytes in the other order", File(endianness=1).stream(), "INPUT_UNSUPPORTED", "big-endian", ending="arrows")


def xxh32(data: bytes) -> int:
    """Of fewer than 16 bytes: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md"""
    p1, p2, p3, p4, p5 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
    rotate = lambda value, bits: (value << bits | value >> (32 - bits)) & 0xFFFFFFFF  # noqa: E731
    total = p5 + len(data)
    for at in range(0, len(data) // 4 * 4, 4):
        total = rotate((total + struct.unpack_from("<I", data, at)[0] * p3) & 0xFFFFFFFF, 17) * p4
    for byte in data[len(data) // 4 * 4 :]:
        total = rotate((total + byte * p5) & 0xFFFFFFFF, 11) * p1
    total &= 0xFFFFFFFF
    for shift, factor in ((15, p2), (13, p3), (16, 1)):
        total = (total ^ total >> shift) * factor & 0xFFFFFFFF
    return total


def lz4_frame(*blocks: bytes, flags: int = 0x60, sizes: int = 0x40, end: bytes = bytes(4)) -> bytes:
    header = bytes([flags, sizes])
    return struct.pack("<I", 0x184D2204) + header + bytes([xxh32(header) >> 8 & 255]) + b"".join(struct.pack("<I", len(block)) + block for block in blocks) + end


def compressed() -> None:
    """The last column's 24 bytes of values as LZ4 or ZSTD, with a lie in them or in the length before them."""
    def packed(name: str, codec: int, length: int, data: bytes, message: str = "", code: str = "INPUT_CORRUPT") -> None:
        blob = struct.pack("<q", length) + data
        body = struct.pack("<q2q", -1, 1, 2) + blob + b"\0" * (-len(blob) % 8)
        case(f"packed-{('lz4', 'zstd')[codec]}-{name}", "a compressed buffer that lies about itself", File(
            fields=[int64("id"), fixed_list("logits", 3)], compression=codec, batches=1, body=body,
            buffers=[(0, 0), (0, 24), (24, 0), (24, 0), (24, len(blob))]).file(), code, message)

    for codec in (0, 1):
        packed("noise", codec, 24, b"\xde\xad\xbe\xef" * 4)
        packed("huge", codec, HUGE, bytes(16))
        packed("negative", codec, -2, bytes(16))
        packed("2-gib", codec, 2**31, bytes(16))
        packed("empty", codec, 24, b"")
        packed("raw-too-short", codec, -1, bytes(16))
    good = b"\xf0\x09" + bytes(24)
    literals = lambda count: bytes([count << 4]) + bytes(count)  # noqa: E731
    packed("header-checksum", 0, 24, lz4_frame(good)[:6] + b"\0" + lz4_frame(good)[7:], "header is damaged")
    packed("version", 0, 24, lz4_frame(good, flags=0xA0), "unknown version")
    packed("reserved-bit", 0, 24, lz4_frame(good, flags=0x62), "unknown version")
    packed("dictionary", 0, 24, lz4_frame(good, flags=0x61), "dictionary")
    packed("block-size", 0, 24, lz4_frame(good, sizes=0x30), "block size")
    packed("block-too-long", 0, 24, lz4_frame()[:7] + struct.pack("<I", 2**30) + good, "block of 1073741824 bytes")
    packed("cut", 0, 24, lz4_frame(good)[:-10], "early")
    packed("no-end", 0, 24, lz4_frame(good, end=b""), "early")
    packed("match-before-start", 0, 24, lz4_frame(b"\x44" + bytes(4) + b"\x05\x00" + literals(12)), "malformed")
    packed("match-at-zero", 0, 24, lz4_frame(b"\x44" + bytes(4) + b"\x00\x00" + literals(12)), "malformed")
    packed("literals-outside", 0, 24, lz4_frame(b"\xf0\x40" + bytes(24)), "malformed")
    packed("match-outside", 0, 24, lz4_frame(b"\x4f" + bytes(4) + b"\x01\x00" + b"\xff" * 300 + b"\x00" + literals(5)), "malformed")
    packed("length-without-end", 0, 24, lz4_frame(b"\xf0" + b"\xff" * 400), "malformed")
    packed("ends-in-match", 0, 24, lz4_frame(b"\x40" + bytes(4) + b"\x01\x00"), "malformed")
    packed("too-short", 0, 24, lz4_frame(literals(8)), "8 bytes, not to 24")
    packed("too-long", 0, 24, lz4_frame(good, literals(8)), "more than its 24")
    packed("something-after", 0, 24, lz4_frame(good) + b"more", "after its LZ4 frame")
    packed("block-checksum", 0, 24, lz4_frame(good, flags=0x70, end=bytes(8)), "checksum of a block")
    packed("content-checksum", 0, 24, lz4_frame(good, flags=0x64, end=bytes(8)), "checksum of the content")
    packed("other-codec", 1, 24, lz4_frame(good))
    start = struct.pack("<I", 0xFD2FB528)
    raw_block = lambda count: struct.pack("<I", 1 | count << 3)[:3] + bytes(count)  # noqa: E731
    packed("cut", 1, 24, start + b"\x20\x18" + raw_block(24)[:-4])
    packed("too-short", 1, 24, start + b"\x20\x08" + raw_block(8))
    packed("too-long", 1, 24, start + b"\x20\x20" + raw_block(32))
    packed("reserved-block", 1, 24, start + b"\x20\x18" + b"\x07\0\0" + bytes(24))
    # Blocks that repeat one byte, in a frame that wants two TiB of memory.
    packed("window-huge", 1, 40 * 2**17, start + b"\x00\xf8" + (struct.pack("<I", 2 | 2**17 << 3)[:3] + b"\0") * 40, "window", "INPUT_UNSUPPORTED")


def main() -> None:
    sys.setrecursionlimit(20_000)
    for part in (honest, cut, footers, blocks, batches, schemas, lists, dictionaries, streams, compressed):
        part()


if __name__ == "__main__":
    main()
