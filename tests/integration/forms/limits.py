"""Packages that ask for memory or time: small as files, large when they are read."""

import lzma
import struct
import zlib

from parts import *

MIB = 1 << 20
GIB = 1 << 30


def zipped(*parts):
    """Compressed as it is made; a number stands for so many zeroes."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    out = []
    for part in parts:
        if isinstance(part, int):
            out += [packer.compress(bytes(min(MIB, part - at))) for at in range(0, part, MIB)]
        else:
            out.append(packer.compress(part))
    return b"".join(out) + packer.flush()


def many(count, content, **fields):
    """So many files, each with a number in its name; the checksum is kept right as the digits change."""
    width, at = 7, len(b"./usr/bin/")
    block = bytearray(file(b"./usr/bin/" + b"0" * width, content, **fields))
    zeros = sum(block[:148]) + sum(block[156:BLOCK]) + 8 * 32
    for number in range(count):
        digits = b"%0*d" % (width, number)
        block[at:at + width] = digits
        block[148:156] = b"%06o\0 " % (zeros + sum(digits) - width * 48)
        yield bytes(block)


def members(count):
    for number in range(count):
        yield file(b"./m%d" % number, b"")


def large(name, size, **fields):
    """An entry and so many zeroes."""
    return header(name, size=number(size, 12), **fields), size


FORMS = {
    "plain": lambda: with_data(gz(DATA)),
    "control-250000-members": lambda: with_control(zipped(CONTROL_START, *members(250000), END)),
    "control-member-of-1-gib": lambda: with_control(zipped(CONTROL_START, *large(b"./zeros", GIB), END)),
    "control-list-of-120-mib-of-zeros": lambda: with_control(zipped(CONTROL_START, *large(b"./imasigs", 120 * MIB), END)),
    "control-list-of-1-gib": lambda: with_control(zipped(CONTROL_START, *large(b"./imasigs", GIB), END)),
    "control-1-gib-behind-its-end": lambda: with_control(zipped(CONTROL_START, END, GIB)),
    "control-long-name-of-1-gib": lambda: with_control(zipped(CONTROL_START, *large(b"././@LongLink", GIB, kind=b"L"), END)),
    "control-pax-of-1-gib": lambda: with_control(zipped(CONTROL_START, *large(b"./PaxHeaders/x", GIB, kind=b"x"), END)),
    "control-long-names-without-end": lambda: with_control(zipped(CONTROL_START, *[long(b"L", b"./x\0")] * 100000, END)),
    "control-claims-8-eib": lambda: with_control(gz(CONTROL_START + header(b"./x", size=base256((1 << 63) - 1, 12)))),
    "data-long-name-of-1-gib": lambda: with_data(zipped(FOLDERS, *large(b"././@LongLink", GIB, kind=b"L"), PROGRAM, END)),
    "data-long-name-of-1-gib-of-text": lambda: with_data(
        zipped(FOLDERS, header(b"././@LongLink", size=GIB, kind=b"L"), *[b"n" * MIB] * 1024, PROGRAM, END)),
    "data-long-link-of-1-gib": lambda: with_data(
        zipped(FOLDERS, *large(b"././@LongLink", GIB, kind=b"K"), header(b"./usr/bin/y", b"2", link=b"x"), END)),
    "data-long-names-without-end": lambda: with_data(zipped(FOLDERS, *[long(b"L", b"./usr/bin/y\0")] * 300000, PROGRAM, END)),
    "data-pax-of-1-gib": lambda: with_data(zipped(FOLDERS, *large(b"./PaxHeaders/x", GIB, kind=b"x"), PROGRAM, END)),
    "data-file-of-1-gib": lambda: with_data(zipped(FOLDERS, *large(b"./usr/bin/zeros", GIB), END)),
    "data-800000-entries": lambda: with_data(zipped(FOLDERS, *many(800000, b"", mode=b"0000644\0"), END)),
    "data-1000001-entries": lambda: with_data(zipped(FOLDERS, *many(1000001, b"", mode=b"0000644\0"), END)),
    "data-300000-programs": lambda: with_data(zipped(FOLDERS, *many(300000, b""), END)),
    "xz-dictionary-of-256-mib": lambda: with_data(
        lzma.compress(FOLDERS + header(b"./usr/bin/zeros", size=number(300 * MIB, 12)) + bytes(300 * MIB) + END, filters=[
            {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 * MIB}]), b"data.tar.xz"),
    "lzma-dictionary-of-4-gib": lambda: with_data(
        b"\x5d" + struct.pack("<IQ", (1 << 32) - 1, 1 << 60) + bytes(64), b"data.tar.lzma"),
}
