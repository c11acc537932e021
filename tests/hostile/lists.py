"""Signature lists that lie, or are too much."""
import base64
import hashlib
import itertools
import string

from package import CONTROL, END, case, compressed, deb, entry, listed, refused

FIRST = b"#mtree v2.0\n"
EMPTY = hashlib.sha256(b"").hexdigest().encode()
# A signature of 256 bytes that no key made.
FORGED = base64.b64encode(bytes([3, 2, 4]) + b"\xde\xad\xbe\xef" + b"\x01\x00" + bytes(range(256)))


def line(path, digest=EMPTY, size=0, value=FORGED, more=b""):
    return b"./%s type=file size=%d sha256=%s security.ima=%s%s\n" % (path, size, digest, value, more)


def with_list(text):
    return deb(entry(b"./imasigs", text))


@case("list-of-other-packages-files", listed())
def others():
    paths = [b"bin/dash", b"lib64/ld-linux-x86-64.so.2", b"usr/bin/dpkg", b"usr/lib/systemd/systemd"]
    return with_list(FIRST + b"".join(line(path) for path in paths))


@case("list-of-scripts-that-are-not-there", listed())
def scripts():
    return with_list(FIRST + line(b"DEBIAN/postinst") + line(b"DEBIAN/x") + line(b"usr/x"))


def unknown_keys(count):
    """As many as fit into a line, each another."""
    letters = string.ascii_letters + string.digits + "._"
    names = (letter for length in [2, 3] for letter in itertools.product(letters, repeat=length))
    return "".join(" " + "".join(name) for name in itertools.islice(names, count)).encode()


@case("list-with-8800-unknown-keys-in-every-line", refused("line 2: more than 32 keywords"))
def unknown_keys_everywhere():
    """128 lines of 32 KiB, in a package of some KiB."""
    keys = unknown_keys(8800)
    lines = [line(b"usr/%04d" % number, more=keys) for number in range(128)]
    return deb(compressed("zst", [CONTROL, entry(b"./imasigs", FIRST + b"".join(lines)), END]), control_name="control.tar.zst")


@case("list-with-a-line-of-a-mebibyte", refused("line 2: longer than"))
def long_line():
    return with_list(FIRST + line(b"usr/x", more=b" x" * (1 << 19)))


@case("list-of-a-gigabyte", refused(""))
def gigabyte():
    text = line(b"usr/x") * (1 << 11)
    size = 1 << 30
    head = CONTROL + entry(b"./imasigs", size=b"%011o\0" % size) + FIRST
    return deb(compressed("zst", [head] + [text] * (size // len(text)) + [END]), control_name="control.tar.zst")


def entries(count):
    """As short as they can be."""
    value = base64.b64encode(bytes([3, 2, 4, 0, 0, 0, 1, 0, 1, 1]))
    text = FIRST + b"".join(line(b"%06d" % number, value=value) for number in range(count))
    return deb(compressed("zst", [CONTROL, entry(b"./imasigs", text), END]), control_name="control.tar.zst")


@case("list-of-250000-entries", listed(), memory=192)
def most_entries():
    return entries(250_000)


@case("list-of-800000-entries", refused("line 250002: more than 250000 entries"), memory=192)
def too_many_entries():
    """As many as fit into the largest control archive."""
    return entries(800_000)


@case("list-twice", refused("imasigs"))
def twice():
    text = FIRST + line(b"usr/x")
    return deb(entry(b"./imasigs", text) + entry(b"imasigs", text))


def by(key):
    """A signature that names the key of that number."""
    return base64.b64encode(bytes([3, 2, 4]) + key.to_bytes(4, "big") + bytes([0, 1, 1]))


def wrong():
    """Lines that no list may have."""
    for title, says, text in [
        ("dotdot", "line 2", line(b"../etc/x")),
        ("nul", "line 2", line(b"usr/x\\000y")),
        ("raw-escape", "line 2", line(b"usr/\x1b[2J")),
        ("duplicate", "line 3", line(b"usr/x") * 2),
        ("nine-signatures", "line 10: one path has more than 8 signatures", b"".join(line(b"usr/x", value=by(key)) for key in range(9))),
        ("keys-out-of-order", "line 3", line(b"usr/x", value=by(2)) + line(b"usr/x", value=by(1))),
        ("another-content", "line 3", line(b"usr/x", value=by(1)) + line(b"usr/x", size=1, value=by(2))),
        ("duplicate-key", "line 2", line(b"usr/x", more=b" size=1")),
        ("huge-size", "line 2", line(b"usr/x", size=10 ** 30)),
        ("huge-signature", "line 2", line(b"usr/x", value=base64.b64encode(b"\x03\x02\x04" + bytes(8000)))),
        ("cut", "line 2", line(b"usr/x")[:-1]),
    ]:
        @case(f"list-{title}", refused(says))
        def build(text=text):
            return with_list(FIRST + text)


wrong()


@case("list-empty-file", refused("line 1"))
def empty_file():
    return with_list(b"")


@case("list-escaped-escape", listed())
def escaped():
    """A name that is well-formed, and hostile when it is shown."""
    return with_list(FIRST + line(b"usr/\\033]0;owned\\007"))


@case("list-pipe", refused("control.tar"))
def pipe():
    return deb(entry(b"./imasigs", kind=b"6"))
