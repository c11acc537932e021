"""Forms of compression: what lies behind a stream, second streams, large dictionaries, damage."""

import bz2
import gzip
import lzma
import struct

from parts import *

# Content that stays large when compressed: more than a pipe holds.
LARGE = FOLDERS + file(b"./usr/bin/x", b"#!" + b"".join(struct.pack("<I", i * 2654435761 % 2**32) for i in range(50000))) + END


def xz(content, dictionary=None, check=lzma.CHECK_CRC64):
    if dictionary is None:
        return lzma.compress(content, check=check)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": dictionary}]
    return lzma.compress(content, filters=filters)


def alone(content, dictionary=1 << 20):
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 0, "dict_size": dictionary}]
    return lzma.compress(content, format=lzma.FORMAT_ALONE, filters=filters)


def alone_with_size(content):
    """With the length in its header, and an end marker all the same."""
    stream = alone(content)
    return stream[:5] + struct.pack("<Q", len(content)) + stream[13:]


def claiming(stream, dictionary):
    """The same .lzma stream, whose header asks for another dictionary."""
    return stream[:1] + struct.pack("<I", dictionary) + stream[5:]


def zst(content, window_log=20, checksum=False):
    """A zstd frame of raw blocks, by hand: RFC 8878."""
    frame = struct.pack("<IBB", 0xFD2FB528, 0, (window_log - 10) << 3)
    size = min(1 << 17, 1 << window_log)
    blocks = [content[at:at + size] for at in range(0, len(content), size)] or [b""]
    for at, block in enumerate(blocks):
        last = at == len(blocks) - 1
        frame += struct.pack("<I", len(block) << 3 | last)[:3] + block
    return frame


def skippable(content=b"skip"):
    return struct.pack("<II", 0x184D2A50, len(content)) + content


def gz_with(flags, extra=b""):
    """A gzip stream with those flags, and what they announce."""
    plain = gz(DATA)
    return plain[:3] + bytes([flags]) + plain[4:10] + extra + plain[10:]


def halves(compress):
    """The archive cut between two blocks, each half a stream of its own."""
    return compress(DATA[:1024]) + compress(DATA[1024:])


def damaged(stream, at):
    return stream[:at] + bytes([stream[at] ^ 1]) + stream[at + 1:]


CONTROLS = {
    "gz-control-zeros-behind": gz(CONTROL_TAR) + bytes(512),
    "gz-control-text-behind": gz(CONTROL_TAR) + b"garbage!",
    "gz-control-two-streams": gz(CONTROL_TAR[:1536]) + gz(CONTROL_TAR[1536:]),
    "gz-control-not-compressed": CONTROL_TAR,
    "gz-control-damaged-check": damaged(gz(CONTROL_TAR), -5),
    "gz-control-cut": gz(CONTROL_TAR)[:-4],
    "gz-control-empty": b"",
    "xz-control": xz(CONTROL_TAR),
    "xz-control-zeros-behind": xz(CONTROL_TAR) + bytes(512),
    "xz-control-two-streams": xz(CONTROL_TAR) + xz(CONTROL_TAR),
    "xz-control-256-mib-dictionary": xz(CONTROL_TAR, 256 << 20),
    "xz-control-cut": xz(CONTROL_TAR)[:-4],
    "zst-control": zst(CONTROL_TAR),
    "zst-control-text-behind": zst(CONTROL_TAR) + b"garbage!",
    "zst-control-two-frames": zst(CONTROL_TAR[:1536]) + zst(CONTROL_TAR[1536:]),
    "zst-control-cut": zst(CONTROL_TAR)[:-4],
}

DATAS = {
    # gzip, as zlib's gzread takes it.
    "gz-zeros-behind": gz(DATA) + bytes(512),
    "gz-text-behind": gz(DATA) + b"garbage!",
    "gz-one-byte-behind": gz(DATA) + b"x",
    "gz-half-magic-behind": gz(DATA) + b"\x1f",
    "gz-half-magic-and-text-behind": gz(DATA) + b"\x1fx",
    "gz-magic-behind": gz(DATA) + b"\x1f\x8b",
    "gz-magic-and-text-behind": gz(DATA) + b"\x1f\x8b" + b"x" * 30,
    "gz-much-behind": gz(DATA) + b"x" * 300000,
    "gz-two-streams": halves(gz),
    "gz-two-streams-text-behind": halves(gz) + b"garbage!",
    "gz-streams-apart": gz(DATA[:1024]) + bytes(8) + gz(DATA[1024:]),
    "gz-empty-stream-first": gz(b"") + gz(DATA),
    "gz-many-empty-streams": gz(b"") * 1000 + gz(DATA),
    "gz-not-compressed": DATA,
    "gz-zeros-before": bytes(4) + gz(DATA),
    "gz-empty": b"",
    "gz-one-byte": b"\x1f",
    "gz-magic-only": b"\x1f\x8b",
    "gz-damaged-check": damaged(gz(DATA), -5),
    "gz-damaged-length": damaged(gz(DATA), -1),
    "gz-damaged-content": damaged(gz(DATA), len(gz(DATA)) // 2),
    "gz-method-unknown": damaged(gz(DATA), 2),
    "gz-cut": gz(DATA)[:-1],
    "gz-cut-in-content": gz(DATA)[:-30],
    "gz-flag-text": gz_with(1),
    "gz-flag-name": gz_with(8, b"name\0"),
    "gz-flag-comment": gz_with(16, b"comment\0"),
    "gz-flag-extra": gz_with(4, b"\4\0abcd"),
    "gz-flag-check-wrong": gz_with(2, b"xx"),
    "gz-flag-reserved": gz_with(0x80),
    "gz-flag-name-long": gz_with(8, b"n" * 200000 + b"\0"),
    # xz: one stream.
    "xz": xz(DATA),
    "xz-large": xz(LARGE),
    "xz-zeros-behind": xz(DATA) + bytes(512),
    "xz-padding-behind": xz(DATA) + bytes(4),
    "xz-text-behind": xz(DATA) + b"garbage!",
    "xz-two-streams": halves(xz),
    "xz-second-archive-behind": xz(DATA) + xz(DATA),
    "xz-much-behind": xz(DATA) + b"x" * 300000,
    "xz-empty": b"",
    "xz-empty-stream": xz(b""),
    "xz-not-compressed": DATA,
    "xz-cut": xz(DATA)[:-1],
    "xz-cut-in-content": xz(DATA)[:-60],
    "xz-damaged-content": damaged(xz(DATA), 40),
    "xz-check-none": xz(DATA, check=lzma.CHECK_NONE),
    "xz-check-sha256": xz(DATA, check=lzma.CHECK_SHA256),
    "xz-64-mib-dictionary": xz(DATA, 64 << 20),
    "xz-192-mib-dictionary": xz(DATA, 192 << 20),
    "xz-256-mib-dictionary": xz(DATA, 256 << 20),
    "xz-512-mib-dictionary": xz(DATA, 512 << 20),
    # .lzma.
    "lzma": alone(DATA),
    "lzma-with-size": alone_with_size(DATA),
    "lzma-zeros-behind": alone(DATA) + bytes(512),
    "lzma-text-behind": alone(DATA) + b"garbage!",
    "lzma-two-streams": halves(alone),
    "lzma-second-archive-behind": alone(DATA) + alone(DATA),
    "lzma-much-behind": alone(DATA) + b"x" * 300000,
    "lzma-cut": alone(DATA)[:-4],
    "lzma-256-mib-dictionary": claiming(alone(DATA), 256 << 20),
    "lzma-odd-dictionary": claiming(alone(DATA), 12345677),
    "lzma-512-mib-dictionary": claiming(alone(DATA), 512 << 20),
    "lzma-is-xz": xz(DATA),
    "lzma-empty": b"",
    # bzip2, as BZ2_bzread takes it.
    "bz2": bz2.compress(DATA),
    "bz2-zeros-behind": bz2.compress(DATA) + bytes(512),
    "bz2-text-behind": bz2.compress(DATA) + b"garbage!",
    "bz2-much-behind": bz2.compress(DATA) + b"x" * 300000,
    "bz2-two-streams": halves(bz2.compress),
    "bz2-second-archive-behind": bz2.compress(DATA) + bz2.compress(DATA),
    "bz2-cut": bz2.compress(DATA)[:-1],
    "bz2-damaged": damaged(bz2.compress(DATA), 30),
    "bz2-not-compressed": DATA,
    "bz2-empty": b"",
    # zstd: one frame.
    "zst": zst(DATA),
    "zst-large": zst(LARGE),
    "zst-text-behind": zst(DATA) + b"garbage!",
    "zst-much-behind": zst(DATA) + b"x" * 300000,
    "zst-two-frames": halves(zst),
    "zst-second-archive-behind": zst(DATA) + zst(DATA),
    "zst-skippable-behind": zst(DATA) + skippable(),
    "zst-skippable-first": skippable() + zst(DATA),
    "zst-window-128-mib": zst(DATA, 27),
    "zst-window-256-mib": zst(DATA, 28),
    "zst-cut": zst(DATA)[:-1],
    "zst-not-compressed": DATA,
    "zst-empty": b"",
    "zst-reserved-bit": zst(DATA)[:4] + bytes([8]) + zst(DATA)[5:],
}


def name(form, archive):
    kind = form.split("-")[0]
    return archive + b".tar." + kind.encode()


FORMS = {
    **{form: with_control(content, name(form, b"control")) for form, content in CONTROLS.items()},
    **{form: with_data(content, name(form, b"data")) for form, content in DATAS.items()},
}
