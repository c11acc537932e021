"""Names and kinds in data.tar."""
from package import END, PROGRAM, by_dpkg_deb, case, deb, entry, refused_data, taken


def long_name(name):
    """SPEC: GNU's long name, an entry before the one that has it."""
    return entry(b"././@LongLink", name + b"\0", kind=b"L") + entry(name[:100], b"#!", mode=0o755)


def names():
    """What stands for the path of a file."""
    for title, name, expectation in [
        ("dotdot-first", b"../etc/x", refused_data("data.tar")),
        ("dotdot-middle", b"./usr/../../etc/x", refused_data("data.tar")),
        ("dotdot-last", b"./usr/..", refused_data("data.tar")),
        ("absolute", b"/usr/y", taken()),
        ("empty", b"", refused_data("data.tar")),
        ("reserved", b"./DEBIAN/preinst", refused_data("data.tar")),
        ("escape", b"./usr/\x1b]0;owned\x07\x1b[2J", taken()),
        ("line-feed", b"./usr/a\n./usr/b", refused_data("data.tar")),
        ("not-utf-8", b"./usr/\xff\xfe", taken()),
        ("right-to-left", "./usr/\u202egnp.sh".encode(), taken()),
    ]:
        @case(f"name-{title}", expectation)
        def build(name=name):
            return deb(data=PROGRAM + entry(name, b"#!", mode=0o755))


names()


@case("name-of-5000-bytes", refused_data("data.tar"))
def long():
    return deb(data=PROGRAM + long_name(b"./usr/" + b"/".join([b"y" * 99] * 50)))


@case("name-with-nul", taken())
def nul():
    """To dpkg the name ends there, and so it does to us."""
    return deb(data=PROGRAM + long_name(b"./usr/y\0/../../etc/x"))


@case("duplicate-file", refused_data("is there twice"))
def duplicate_file():
    return deb(data=PROGRAM + entry(b"usr/x", b"#!/bin/sh\nevil\n", mode=0o755))


@case("duplicate-link", refused_data("is there twice"))
def duplicate_link():
    return deb(data=PROGRAM + entry(b"./usr/x", kind=b"2", link=b"/bin/sh"))


@case("hard-link-outside", refused_data("data.tar"))
def hard_link_outside():
    return deb(data=PROGRAM + entry(b"./usr/y", kind=b"1", link=b"./../../etc/passwd"))


@case("hard-link-to-nothing", refused_data("is no file before it"))
def hard_link_to_nothing():
    return deb(data=PROGRAM + entry(b"./usr/y", kind=b"1", link=b"./bin/sh"))


@case("hard-link-to-itself", refused_data("data.tar"))
def hard_link_to_itself():
    return deb(data=PROGRAM + entry(b"./usr/y", kind=b"1", link=b"./usr/y"))


@case("symlink-outside", taken())
def symlink_outside():
    """dpkg makes it, whatever it names; nothing is read through it."""
    return deb(data=PROGRAM + entry(b"./usr/y", kind=b"2", link=b"../../../../etc/shadow"))


@case("pipe-by-dpkg-deb", taken())
def pipe():
    return by_dpkg_deb()


def kinds():
    for title, kind in [("character", b"3"), ("block", b"4"), ("pipe", b"6")]:
        @case(f"device-{title}", taken())
        def build(kind=kind):
            return deb(data=PROGRAM + entry(b"./usr/y", kind=kind))


kinds()


@case("unknown-kind", refused_data("data.tar"))
def unknown_kind():
    return deb(data=PROGRAM + entry(b"./usr/y", kind=b"Z"))


@case("trailing-entries", taken())
def trailing_entries():
    """Behind the end of the archive: dpkg does not unpack it, so it is not signed."""
    return deb(data=PROGRAM + END + entry(b"./usr/y", b"#!/bin/sh\n", mode=0o755))
