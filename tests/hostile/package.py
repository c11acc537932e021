"""What hostile packages are made of, and what can be expected of one."""
import functools
import pathlib
import subprocess
import tempfile

CASES = {}

# What must become of a package: the exit codes of `sign`, `show` and `verify`, and what they and apt's hook say.
# "says" is in the one line of each command that refuses; "load" in that of the hook.
UNSIGNED = "is unsigned"


def taken():
    """dpkg takes it, so it is signed, and verifies then."""
    return {"sign": 0, "show": 1, "verify": 1, "says": "", "load": UNSIGNED}


def refused(says):
    """The file itself or control.tar: nobody gets further."""
    return {"sign": 2, "show": 2, "verify": 2, "says": says, "load": "cannot be used: "}


def refused_data(says):
    """data.tar, which `show` and apt's hook do not read."""
    return {"sign": 2, "show": 1, "verify": 2, "says": says, "load": UNSIGNED}


def listed(load="is signed by key ", verify=1):
    """A well-formed list, which signing replaces; it proves nothing."""
    return {"sign": 0, "show": 0, "verify": verify, "says": "", "load": load}


def case(name, expectation, memory=128):
    """Registers a function that gives a package's bytes. `memory`: the most MiB of each command that meets it."""
    def register(build):
        assert name not in CASES, name
        CASES[name] = ({**expectation, "memory": memory}, build)
        return build
    return register


def ar(*members):
    """An ar archive of (name, content) pairs, or (name, content, size) where the header lies."""
    deb = bytearray(b"!<arch>\n")
    for name, content, *size in members:
        size = size[0] if size else len(content)
        deb += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name.encode(), 0, 0, 0, 0o100644, size)
        deb += content + b"\n" * (len(content) % 2)
    return bytes(deb)


def entry(name, content=b"", kind=b"0", mode=0o644, link=b"", size=None):
    """A tar entry in GNU's format, its content padded. `size`: the field as it stands, where it lies."""
    size = b"%011o\0" % len(content) if size is None else size
    head = name.ljust(100, b"\0") + b"%07o\0" % mode + b"0000000\0" * 2 + size + b"00000000000\0"
    tail = kind + link.ljust(100, b"\0") + b"ustar  \0"
    tail = tail.ljust(512 - 156, b"\0")
    check = b"%06o\0 " % (sum(head) + 8 * 32 + sum(tail))
    return head + check + tail + content + bytes(-len(content) % 512)


END = bytes(1024)
CONTROL_FILE = b"Package: hostile\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n"
CONTROL = entry(b"./", kind=b"5", mode=0o755) + entry(b"./control", CONTROL_FILE)
PROGRAM = entry(b"./usr/", kind=b"5", mode=0o755) + entry(b"./usr/x", b"#!/bin/sh\n", mode=0o755)


def deb(control=b"", data=PROGRAM, control_name="control.tar", data_name="data.tar"):
    """A package with more members in control.tar than `control`, or with other data. Compressed archives come whole."""
    if control_name == "control.tar":
        control = CONTROL + control + END
    if data_name == "data.tar":
        data = data + END
    return ar(("debian-binary", b"2.0\n"), (control_name, control), (data_name, data))


COMPRESSORS = {
    "gz": ["gzip", "-9n"], "xz": ["xz", "-1"], "zst": ["zstd", "-q", "-3"], "bz2": ["bzip2"],
    "lzma": ["xz", "--format=lzma", "-1"],
}


def compressed(kind, chunks):
    """What the real compressor makes of those chunks, which together need not fit into memory."""
    with tempfile.TemporaryFile() as out:
        with subprocess.Popen(COMPRESSORS[kind], stdin=subprocess.PIPE, stdout=out) as process:
            for chunk in chunks:
                process.stdin.write(chunk)
            process.stdin.close()
            assert process.wait() == 0, kind
        out.seek(0)
        return out.read()


@functools.cache
def by_dpkg_deb(*options):
    """A package as the real dpkg-deb builds it, with a pipe beside its program."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder, "tree")
        (tree / "DEBIAN").mkdir(parents=True)
        tree.chmod(0o755)
        (tree / "DEBIAN/control").write_bytes(CONTROL_FILE)
        (tree / "usr").mkdir()
        (tree / "usr/x").write_bytes(b"#!/bin/sh\n")
        (tree / "usr/x").chmod(0o755)
        subprocess.run(["mkfifo", tree / "usr/pipe"], check=True)
        out = pathlib.Path(folder, "x.deb")
        command = ["dpkg-deb", "--root-owner-group", *options, "-b", tree, out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return out.read_bytes()
