"""A thousand bytes for one, and archives without an end."""
from package import COMPRESSORS, CONTROL, END, PROGRAM, case, compressed, deb, entry, refused, refused_data, taken

MIB = 1 << 20
ZEROES = bytes(MIB)


def large(head, name, mib, mode=0o644):
    """An archive of one more file, of so many MiB."""
    size = b"%011o\0" % (mib * MIB)
    yield head + entry(name, size=size, mode=mode)
    for _ in range(mib):
        yield ZEROES
    yield END


def bombs():
    """One for each compression and archive."""
    for kind in COMPRESSORS:
        @case(f"bomb-data-{kind}", taken())
        def build(kind=kind):
            data = compressed(kind, large(PROGRAM, b"./usr/zeroes", 256, 0o755))
            assert 256 * MIB > 1000 * len(data)
            return deb(data=data, data_name=f"data.tar.{kind}")
    for kind in ["gz", "xz", "zst"]:
        @case(f"bomb-control-{kind}", refused("control.tar "))
        def build(kind=kind):
            control = compressed(kind, large(CONTROL, b"./md5sums", 256))
            assert 256 * MIB > 1000 * len(control)
            return deb(control, control_name=f"control.tar.{kind}")


bombs()


@case("endless-zeroes", taken())
def endless_zeroes():
    """Behind the end of the archive: dpkg reads them too."""
    chunks = [PROGRAM, END] + [ZEROES] * 256
    return deb(data=compressed("zst", chunks), data_name="data.tar.zst")


@case("endless-long-names", taken())
def endless_long_names():
    """GNU long names, and never the entry that they belong to."""
    name = entry(b"././@LongLink", b"usr/y\0", kind=b"L")
    chunks = [PROGRAM] + [name * 1024] * 32
    return deb(data=compressed("zst", chunks), data_name="data.tar.zst")


def many(head, prefix, count):
    """An archive of so many empty files, each named by a number and its nines' complement: all have the same checksum."""
    yield head
    before, after = entry(prefix + b"00000009999999").split(b"00000009999999")
    for start in range(0, count, 1000):
        numbers = range(start, start + 1000)
        yield b"".join(b"%s%07d%07d%s" % (before, number, 9_999_999 - number, after) for number in numbers)
    yield END


@case("100000-files", taken())
def files():
    return deb(data=compressed("zst", many(PROGRAM, b"./usr/", 100_000)), data_name="data.tar.zst")


@case("a-million-files", refused_data("data.tar has more than 1000000 entries"))
def a_million_files():
    return deb(data=compressed("zst", many(PROGRAM, b"./usr/", 1_000_000)), data_name="data.tar.zst")


@case("a-million-control-members", refused("control.tar"))
def a_million_control_members():
    return deb(compressed("zst", many(CONTROL, b"./", 1_000_000)), control_name="control.tar.zst")


@case("250000-control-members", refused("control.tar"))
def control_members():
    return deb(compressed("zst", many(CONTROL, b"./", 250_000)), control_name="control.tar.zst")
