"""Packages that ask for memory or time: small as files, large when they are read."""

import lzma
import struct
import zlib

from parts import *

MIB = 1 << 20


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


def many(count, content, within=b"./usr/bin/", **fields):
    """So many files, each named by a number and its nines' complement, so that all have the same checksum. Some at a time."""
    width = 7
    before, after = file(within + b"0" * width + b"9" * width, content, **fields).split(b"0" * width + b"9" * width)
    for start in range(0, count, 4096):
        numbers = range(start, min(start + 4096, count))
        yield b"".join(b"%s%07d%07d%s" % (before, number, 9_999_999 - number, after) for number in numbers)


def large(name, size, **fields):
    """An entry and so many zeroes."""
    return header(name, size=number(size, 12), **fields), size


FORMS = {
    "plain": lambda: with_data(gz(DATA)),
    "control-250000-members": lambda: with_control(zipped(CONTROL_START, *many(250000, b"", b"./m"), END)),
    "control-member-of-256-mib": lambda: with_control(zipped(CONTROL_START, *large(b"./zeros", 256 * MIB), END)),
    "control-list-of-120-mib-of-zeros": lambda: with_control(zipped(CONTROL_START, *large(b"./imasigs", 120 * MIB), END)),
    "control-list-of-256-mib": lambda: with_control(zipped(CONTROL_START, *large(b"./imasigs", 256 * MIB), END)),
    "control-256-mib-behind-its-end": lambda: with_control(zipped(CONTROL_START, END, 256 * MIB)),
    "control-long-name-of-256-mib": lambda: with_control(zipped(CONTROL_START, *large(b"././@LongLink", 256 * MIB, kind=b"L"), END)),
    "control-pax-of-256-mib": lambda: with_control(zipped(CONTROL_START, *large(b"./PaxHeaders/x", 256 * MIB, kind=b"x"), END)),
    "control-long-names-without-end": lambda: with_control(zipped(CONTROL_START, *[long(b"L", b"./x\0")] * 100000, END)),
    "control-claims-8-eib": lambda: with_control(gz(CONTROL_START + header(b"./x", size=base256((1 << 63) - 1, 12)))),
    "data-long-name-of-256-mib": lambda: with_data(zipped(FOLDERS, *large(b"././@LongLink", 256 * MIB, kind=b"L"), PROGRAM, END)),
    "data-long-name-of-256-mib-of-text": lambda: with_data(
        zipped(FOLDERS, header(b"././@LongLink", size=256 * MIB, kind=b"L"), *[b"n" * MIB] * 256, PROGRAM, END)),
    "data-long-link-of-256-mib": lambda: with_data(
        zipped(FOLDERS, *large(b"././@LongLink", 256 * MIB, kind=b"K"), header(b"./usr/bin/y", b"2", link=b"x"), END)),
    "data-long-names-without-end": lambda: with_data(zipped(FOLDERS, *[long(b"L", b"./usr/bin/y\0")] * 300000, PROGRAM, END)),
    "data-pax-of-256-mib": lambda: with_data(zipped(FOLDERS, *large(b"./PaxHeaders/x", 256 * MIB, kind=b"x"), PROGRAM, END)),
    "data-file-of-256-mib": lambda: with_data(zipped(FOLDERS, *large(b"./usr/bin/zeros", 256 * MIB), END)),
    "data-800000-entries": lambda: with_data(zipped(FOLDERS, *many(800000, b"", mode=b"0000644\0"), END)),
    "data-1000001-entries": lambda: with_data(zipped(FOLDERS, *many(1000001, b"", mode=b"0000644\0"), END)),
    "data-300000-programs": lambda: with_data(zipped(FOLDERS, *many(300000, b""), END)),
    "xz-dictionary-of-256-mib": lambda: with_data(
        lzma.compress(FOLDERS + header(b"./usr/bin/zeros", size=number(300 * MIB, 12)) + bytes(300 * MIB) + END, filters=[
            {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 * MIB}]), b"data.tar.xz"),
    "lzma-dictionary-of-4-gib": lambda: with_data(
        b"\x5d" + struct.pack("<IQ", (1 << 32) - 1, 1 << 60) + bytes(64), b"data.tar.lzma"),
}
