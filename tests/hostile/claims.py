"""Lengths that a header claims and nothing backs, and those that something does back."""
import lzma
import zlib

from package import CONTROL, END, PROGRAM, ar, case, compressed, deb, entry, refused, refused_data, taken

MIB = 1 << 20
# SPEC: tar(5): a number in base 256; the largest that is positive.
LARGEST = b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7
EIGHT_GIB = b"77777777777\0"
FOUR_GIB = b"\x80" + bytes(6) + b"\x01" + bytes(4)


@case("claim-ar-size", refused("data.tar"))
def ar_size():
    head = ("debian-binary", b"2.0\n"), ("control.tar", CONTROL + END)
    return ar(*head, ("data.tar", PROGRAM + END, 4 << 30))


@case("claim-ar-control-size", refused("control.tar"))
def ar_control_size():
    head = ("debian-binary", b"2.0\n"), ("control.tar", CONTROL + END, 9_999_999_999)
    return ar(*head, ("data.tar", PROGRAM + END))


def sizes():
    """Of a tar entry, in both archives."""
    for name, size in [("8-gib", EIGHT_GIB), ("4-gib-base-256", FOUR_GIB), ("2-to-the-63", LARGEST)]:
        for kind, title in [(b"0", "file"), (b"L", "long-name"), (b"K", "long-link"), (b"x", "pax")]:
            @case(f"claim-{title}-{name}", refused_data("data.tar"))
            def in_data(kind=kind, size=size):
                return deb(data=PROGRAM + entry(b"./usr/y", b"y" * 600, kind=kind, size=size))

            @case(f"claim-control-{title}-{name}", refused("control.tar"))
            def in_control(kind=kind, size=size):
                return deb(entry(b"./y", b"y" * 600, kind=kind, size=size))


sizes()


def backed(kind):
    """256 MiB of a name, link or PAX record, in a file of some KiB."""
    size = b"%011o\0" % (256 * MIB)
    yield PROGRAM + entry(b"././@LongLink", kind=kind, size=size)
    for _ in range(256):
        yield b"y" * MIB
    yield entry(b"./usr/y") + END


def lengths():
    for kind, title in [(b"L", "long-name"), (b"K", "long-link"), (b"x", "pax"), (b"g", "global-pax")]:
        @case(f"backed-{title}", refused_data("data.tar"))
        def in_data(kind=kind):
            return deb(data=compressed("zst", backed(kind)), data_name="data.tar.zst")


lengths()


@case("sparse-map", refused_data("data.tar"))
def sparse_map():
    """One byte that claims to be the end of a file of 8 GiB; dpkg takes no sparse file."""
    header = bytearray(entry(b"./usr/y", b"y", kind=b"S", mode=0o755))
    header[386:410] = b"%011o\0%011o\0" % ((8 << 30) - 1, 1)
    header[483:495] = EIGHT_GIB
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return deb(data=PROGRAM + bytes(header))


def xz_with_dictionary(data, code):
    """An xz stream whose block claims another dictionary. SPEC: the .xz format, 3.1 and 5.3.1."""
    stream = bytearray(lzma.compress(data, check=lzma.CHECK_CRC32, preset=0))
    end = 12 + (stream[12] + 1) * 4 - 4
    at = stream.index(b"\x21\x01", 12, end) + 2
    stream[at] = code
    stream[end:end + 4] = zlib.crc32(stream[12:end]).to_bytes(4, "little")
    return bytes(stream)


@case("dictionary-xz-256-mib", taken())
def dictionary_that_dpkg_takes():
    return deb(data=xz_with_dictionary(PROGRAM + END, 32), data_name="data.tar.xz")


@case("dictionary-xz-4-gib", refused_data("data.tar"))
def dictionary_xz():
    return deb(data=xz_with_dictionary(PROGRAM + END, 40), data_name="data.tar.xz")


@case("dictionary-control-xz-4-gib", refused("control.tar"))
def dictionary_control_xz():
    return deb(xz_with_dictionary(CONTROL + END, 40), control_name="control.tar.xz")


@case("dictionary-lzma-4-gib", refused_data("data.tar"))
def dictionary_lzma():
    stream = bytearray(lzma.compress(PROGRAM + END, lzma.FORMAT_ALONE, preset=0))
    stream[1:5] = b"\xff" * 4
    return deb(data=bytes(stream), data_name="data.tar.lzma")


@case("window-zstd-2-gib", refused_data("data.tar"))
def window_zstd():
    """SPEC: RFC 8878, 3.1.1.1.2: the byte behind magic and descriptor."""
    stream = bytearray(compressed("zst", [PROGRAM + END]))
    assert not stream[4] & 0x20, "a single segment has no window"
    stream[5] = (31 - 10) << 3
    return deb(data=bytes(stream), data_name="data.tar.zst")
