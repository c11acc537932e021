"""The parts of a .deb, byte by byte, so that each of them can be made wrong."""

import gzip

CONTROL = b"Package: x\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: x\n"
SCRIPT = b"#!/bin/sh\nexit 0\n"
TIME = 1700000000
BLOCK = 512
END = bytes(2 * BLOCK)

USTAR = b"ustar\x0000"
GNU = b"ustar  \x00"
V7 = bytes(8)


def number(value, width):
    """Octal digits and a NUL, as most programs write it."""
    return b"%0*o\0" % (width - 1, value)


def base256(value, width):
    """GNU tar's form for what octal digits cannot say; two's complement below zero."""
    first = 0x80 if value >= 0 else 0xFF
    return bytes([first]) + (value % (1 << 8 * (width - 1))).to_bytes(width - 1, "big")


def header(name, kind=b"0", size=0, mode=b"0000755\0", uid=b"0000000\0", gid=b"0000000\0", mtime=None,
           link=b"", magic=GNU, prefix=b"", user=b"root", group=b"root", device=bytes(16), checksum=None):
    """One header block. `size` is a number, or the field's bytes."""
    size = size if isinstance(size, bytes) else number(size, 12)
    mtime = number(TIME, 12) if mtime is None else mtime
    block = b"".join([
        name.ljust(100, b"\0"), mode, uid, gid, size, mtime, b" " * 8, kind, link.ljust(100, b"\0"),
        magic, user.ljust(32, b"\0"), group.ljust(32, b"\0"), device, prefix.ljust(167, b"\0"),
    ])
    assert len(block) == BLOCK, len(block)
    if checksum is None:
        checksum = b"%06o\0 " % sum(block)
    elif checksum == "signed":
        checksum = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in block)
    return block[:148] + checksum + block[156:]


def padded(content):
    return content + bytes(-len(content) % BLOCK)


def file(name, content=SCRIPT, **fields):
    """A regular file: header, content, padding."""
    return header(name, **{"size": len(content), **fields}) + padded(content)


def folder(name, **fields):
    return header(name, b"5", **fields)


def long(kind, content, **fields):
    """A GNU record: L is the next entry's name, K its link."""
    return file(b"././@LongLink", content, kind=kind, **fields)


def record(key, value):
    """One PAX record, which holds its own length."""
    body = b" " + key + b"=" + value + b"\n"
    length = len(body)
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d" % length + body


def pax(*records, kind=b"x"):
    content = b"".join(record(*one) for one in records)
    return file(b"./PaxHeaders/x", content, kind=kind, magic=USTAR)


FOLDERS = folder(b"./") + folder(b"./usr/") + folder(b"./usr/bin/")
PROGRAM = file(b"./usr/bin/x")
DATA = FOLDERS + PROGRAM + END
CONTROL_FILE = file(b"./control", CONTROL, mode=b"0000644\0")
CONTROL_START = folder(b"./") + CONTROL_FILE
CONTROL_TAR = CONTROL_START + file(b"./postinst") + END


def gz(content):
    return gzip.compress(content, mtime=0)


def member(name, content, size=None, mtime=b"1700000000", uid=b"0", gid=b"0", mode=b"100644", end=b"`\n", pad=b"\n"):
    """One ar member. `size` is the field's bytes, where they do not say the content's length."""
    fields = (name, 16), (mtime, 12), (uid, 6), (gid, 6), (mode, 8), (b"%d" % len(content) if size is None else size, 10)
    head = b"".join(field.ljust(width, b" ") for field, width in fields)
    return head + end + content + (pad if len(content) % 2 else b"")


def odd(content, compress=gz):
    """Compressed to an odd length, by zeroes behind the archive's end."""
    while len(compress(content)) % 2 == 0:
        content += bytes(BLOCK)
    return compress(content)


def deb(*members, version=b"2.0\n", first=None, tail=b"", magic=b"!<arch>\n"):
    return magic + (first or member(b"debian-binary", version)) + b"".join(members) + tail


def with_data(data, name=b"data.tar.gz", **fields):
    return deb(member(b"control.tar.gz", gz(CONTROL_TAR)), member(name, data, **fields))


def with_control(control, name=b"control.tar.gz", **fields):
    return deb(member(name, control, **fields), member(b"data.tar.gz", gz(DATA)))
