"""Names, kinds and fields in control.tar, and members of the package beside it."""
from package import CONTROL, CONTROL_FILE, END, PROGRAM, ar, case, deb, entry, refused, taken


def members():
    """More members of control.tar."""
    for title, member, expectation in [
        ("dotdot", entry(b"../x", b"x"), refused("control.tar")),
        ("folder", entry(b"./a/b", b"x"), refused("control.tar")),
        ("absolute", entry(b"/etc/x", b"x"), refused("control.tar")),
        ("long-name", entry(b"././@LongLink", b"./y\0/../../x\0", kind=b"L") + entry(b"./y"), taken()),
        ("twice", entry(b"control", CONTROL_FILE.replace(b"hostile", b"evil")), refused("there twice")),
        ("pipe", entry(b"./templates", kind=b"6"), refused("control.tar")),
        ("device", entry(b"./config", kind=b"3"), refused("control.tar")),
        ("symlink-outside", entry(b"./postinst", kind=b"2", link=b"/etc/shadow"), taken()),
        ("hard-link-outside", entry(b"./postinst", kind=b"1", link=b"../../etc/shadow"), refused("control.tar")),
        ("escape", entry(b"./\x1b[2J/x", b"x"), refused("control.tar")),
    ]:
        @case(f"control-{title}", expectation)
        def build(member=member):
            return deb(member)


members()


def with_control(control):
    archive = entry(b"./", kind=b"5", mode=0o755) + entry(b"./control", control) + END
    return ar(("debian-binary", b"2.0\n"), ("control.tar", archive), ("data.tar", PROGRAM + END))


def fields():
    """Signing changes no field and needs none: what dpkg makes of it is dpkg's affair. Nothing of it reaches a terminal."""
    for title, old, new in [
        ("package-escape", b"hostile", b"\x1b]0;owned\x07\x1b[2J"),
        ("package-path", b"hostile", b"../../../etc/x"),
        ("package-of-a-mebibyte", b"hostile", b"x" * (1 << 20)),
        ("package-not-utf-8", b"hostile", b"\xff\xfe"),
        ("version-escape", b"Version: 1", b"Version: 1\x1b[2J"),
        ("nul", b"Version: 1", b"Version: 1\0"),
        ("empty", CONTROL_FILE, b""),
    ]:
        @case(f"field-{title}", taken())
        def build(old=old, new=new):
            return with_control(CONTROL_FILE.replace(old, new))


fields()


@case("ar-two-control", refused("control.tar"))
def two_control():
    control = ("control.tar", CONTROL + END)
    return ar(("debian-binary", b"2.0\n"), control, control, ("data.tar", PROGRAM + END))


@case("ar-two-data", refused("data.tar"))
def two_data():
    head = ("debian-binary", b"2.0\n"), ("control.tar", CONTROL + END)
    return ar(*head, ("data.tar", PROGRAM + END), ("data.tar.gz", b""))


@case("ar-path", refused("member"))
def path():
    return ar(("debian-binary", b"2.0\n"), ("control.tar", CONTROL + END), ("../data.tar", PROGRAM + END))


@case("ar-escape", refused("member"))
def escape():
    return ar(("debian-binary", b"2.0\n"), ("\x1b[2J", b""), ("control.tar", CONTROL + END))


@case("ar-a-million-members", refused("members"))
def million():
    return ar(("debian-binary", b"2.0\n")) + ar(("_x", b""))[8:] * 1_000_000


@case("ar-long-name", refused("member"))
def long_name():
    return ar(("debian-binary", b"2.0\n"), ("#1/9999999999", b"x"))
