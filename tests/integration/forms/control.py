"""Forms of control.tar: GNU tar unpacks it, then dpkg looks at what is there (src/main/unpack.c)."""

from parts import *

PREINST = file(b"./preinst")


def control(*entries, end=END):
    return CONTROL_START + b"".join(entries) + end


def link(name, target, kind=b"2", **fields):
    return header(name, kind, link=target, **fields)


def sparse(name, content, real):
    """GNU's old sparse form: one stretch of data at offset 0, then a hole."""
    block = bytearray(header(name, b"S", size=len(content)))
    block[386:386 + 24] = number(0, 12) + number(len(content), 12)
    block[483:495] = number(real, 12)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + padded(content)


def pax_sparse(content):
    """GNU sparse 1.0: the map is the content's first block."""
    body = padded(b"1\n0\n%d\n" % len(content)) + content
    return pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"./postinst"),
               (b"GNU.sparse.realsize", b"%d" % len(content))) + file(b"./GNUSparseFile.1/postinst", body, magic=USTAR)


ONE = file(b"./postinst")

TARS = {
    # Links between members.
    "control-hard-link": control(PREINST, link(b"./postrm", b"./preinst", b"1")),
    "control-hard-link-bare": control(PREINST, link(b"./postrm", b"preinst", b"1")),
    "control-hard-link-chain": control(PREINST, link(b"./postrm", b"./preinst", b"1"), link(b"./prerm", b"./postrm", b"1")),
    "control-hard-link-before": control(link(b"./postrm", b"./preinst", b"1"), PREINST),
    "control-hard-link-nowhere": control(link(b"./postrm", b"./gone", b"1")),
    "control-hard-link-to-itself": control(link(b"./postrm", b"./postrm", b"1")),
    "control-hard-link-with-size": control(PREINST, link(b"./postrm", b"./preinst", b"1", size=17)),
    "control-hard-link-to-symlink": control(PREINST, link(b"./prerm", b"preinst"), link(b"./postrm", b"./prerm", b"1")),
    "control-hard-link-to-control": control(link(b"./postrm", b"./control", b"1")),
    "control-is-hard-link": folder(b"./") + file(b"./meta", CONTROL) + link(b"./control", b"./meta", b"1") + END,
    "control-symlink": control(PREINST, link(b"./postrm", b"preinst")),
    "control-symlink-dot": control(PREINST, link(b"./postrm", b"./preinst")),
    "control-symlink-before": control(link(b"./postrm", b"preinst"), PREINST),
    "control-symlink-chain": control(PREINST, link(b"./postrm", b"prerm"), link(b"./prerm", b"preinst")),
    "control-symlink-loop": control(link(b"./postrm", b"prerm"), link(b"./prerm", b"postrm")),
    "control-symlink-to-itself": control(link(b"./postrm", b"postrm")),
    "control-symlink-nowhere": control(link(b"./postrm", b"gone")),
    "control-symlink-empty": control(link(b"./postrm", b"")),
    "control-symlink-to-folder": control(link(b"./postrm", b".")),
    "control-symlink-absolute": control(link(b"./postrm", b"/etc/passwd")),
    "control-symlink-parent": control(PREINST, link(b"./postrm", b"../tmp.ci/preinst")),
    "control-symlink-outside": control(link(b"./postrm", b"../status")),
    "control-symlink-nowhere-outside": control(link(b"./postrm", b"/nonexistent/x")),
    "control-symlink-with-size": control(PREINST, link(b"./postrm", b"preinst", size=17)),
    "control-symlink-not-script": control(PREINST, link(b"./other", b"preinst")),
    "control-symlink-to-other": control(file(b"./other"), link(b"./postinst", b"other")),
    "control-symlink-twice": control(PREINST, link(b"./postrm", b"preinst"), link(b"./postrm", b"preinst")),
    "control-is-symlink": folder(b"./") + file(b"./meta", CONTROL) + link(b"./control", b"meta") + END,
    "control-file-over-symlink": control(PREINST, link(b"./postrm", b"preinst"), file(b"./postrm", b"#!/bin/sh\nexit 1\n")),
    # Members of other types.
    "control-fifo": control(header(b"./pipe", b"6")),
    "control-char": control(header(b"./null", b"3", device=b"0000001\x000000003\x00")),
    "control-block": control(header(b"./block", b"4", device=b"0000007\x000000077\x00")),
    "control-folder": control(folder(b"./folder/")),
    "control-folder-with-dot": control(folder(b"./folder.d/")),
    "control-file-in-folder": control(folder(b"./folder/"), file(b"./folder/x")),
    "control-file-in-folder-with-dot": control(folder(b"./folder.d/"), file(b"./folder.d/x")),
    "control-contiguous": control(file(b"./postinst", kind=b"7")),
    "control-type-nul": control(file(b"./postinst", kind=b"\0")),
    "control-type-folder-by-slash": header(b"./", b"\0") + CONTROL_FILE + END,
    "control-volume": header(b"volume", b"V") + control(ONE),
    "control-multi-volume": control(file(b"./m", kind=b"M"), ONE),
    "control-dumpdir": control(header(b"./d", b"D"), ONE),
    "control-type-unknown": control(file(b"./postinst", kind=b"Z")),
    "control-solaris-x": control(file(b"./x", record(b"path", b"./postinst"), kind=b"X"), file(b"./short")),
    "control-solaris-acl": control(file(b"./x", b"acl", kind=b"A"), ONE),
    "control-old-long-name": control(file(b"./x", b"x", kind=b"N"), ONE),
    "control-sparse-old": control(sparse(b"./postinst", padded(SCRIPT), 1024)),
    "control-sparse-pax": control(pax_sparse(SCRIPT)),
    # Names.
    "control-name-bare": file(b"control", CONTROL) + file(b"postinst") + END,
    "control-name-absolute": file(b"/control", CONTROL) + file(b"/postinst") + END,
    "control-name-two-dots": file(b"././control", CONTROL) + END,
    "control-name-two-slashes": file(b".//control", CONTROL) + END,
    "control-name-parent": control(file(b"../evil")),
    "control-name-dot-in-it": control(file(b"./a.b")),
    "control-name-not-utf-8": control(file(b"./a\xff")),
    "control-name-newline": control(file(b"./a\nb")),
    "control-name-space": control(file(b"./a b")),
    "control-name-of-100": control(long(b"L", b"./" + b"n" * 100 + b"\0"), file(b"short")),
    "control-name-of-101": control(long(b"L", b"./" + b"n" * 101 + b"\0"), file(b"short")),
    "control-name-of-101-with-dot": control(long(b"L", b"./." + b"n" * 101 + b"\0"), file(b"short")),
    "control-name-list": control(file(b"./list", b"/x\n")),
    "control-name-twice": control(ONE, file(b"./postinst", b"#!/bin/sh\nexit 0 # other\n")),
    "control-control-twice": control(file(b"./control", CONTROL)),
    "control-name-prefix": control(file(b"postinst", magic=USTAR, prefix=b".")),
    "control-no-root": CONTROL_FILE + ONE + END,
    "control-root-is-dot": folder(b".") + CONTROL_FILE + ONE + END,
    "control-root-twice": control(folder(b"./"), ONE),
    "control-root-last": CONTROL_FILE + ONE + folder(b"./") + END,
    "control-none": folder(b"./") + ONE + END,
    "control-long-name": control(long(b"L", b"./postinst\0"), file(b"short")),
    "control-long-name-not-terminated": control(long(b"L", b"./postinst"), file(b"short")),
    "control-long-name-twice": control(long(b"L", b"./prerm\0"), long(b"L", b"./postinst\0"), file(b"short")),
    "control-long-link": control(PREINST, long(b"K", b"./" * 60 + b"preinst\0"), link(b"./postrm", b"short")),
    "control-v7": folder(b"./", magic=V7) + file(b"./control", CONTROL, magic=V7) + END,
    "control-ustar": folder(b"./", magic=USTAR) + file(b"./control", CONTROL, magic=USTAR) + file(b"./postinst", magic=USTAR) + END,
    # PAX.
    "control-pax-path": control(pax((b"path", b"./postinst")), file(b"./short", magic=USTAR)),
    "control-pax-time": control(pax((b"mtime", b"1700000000.5"), (b"atime", b"1")), ONE),
    "control-pax-size": control(pax((b"size", b"%d" % len(SCRIPT))), header(b"./postinst", size=0, magic=USTAR) + padded(SCRIPT)),
    "control-pax-linkpath": control(PREINST, pax((b"linkpath", b"preinst")), link(b"./postrm", b"short", magic=USTAR)),
    "control-pax-unknown": control(pax((b"VENDOR.x", b"y")), ONE),
    "control-pax-global-comment": pax((b"comment", b"c"), kind=b"g") + control(ONE),
    "control-pax-global-path": control(ONE, pax((b"path", b"./prerm"), kind=b"g"), file(b"./short")),
    "control-pax-damaged": control(file(b"./x", b"garbage", kind=b"x"), ONE),
    "control-pax-length-wrong": control(file(b"./x", b"99 path=./y\n", kind=b"x"), ONE),
    "control-pax-xattr": control(pax((b"SCHILY.xattr.user.a", b"b")), ONE),
    "control-pax-path-and-long-name": control(long(b"L", b"./prerm\0"), pax((b"path", b"./postinst")), file(b"./short", magic=USTAR)),
    "control-pax-path-empty": control(pax((b"path", b"")), ONE),
    "control-pax-path-nul": control(pax((b"path", b"./prerm\0x")), ONE),
    "control-pax-path-twice": control(pax((b"path", b"./prerm"), (b"path", b"./postinst")), file(b"./short")),
    "control-pax-two-headers": control(pax((b"path", b"./postinst")), pax((b"mtime", b"1")), file(b"./prerm")),
    "control-pax-time-wrong": control(pax((b"mtime", b"yesterday")), ONE),
    "control-pax-time-empty": control(pax((b"mtime", b"")), ONE),
    "control-pax-owner-wrong": control(pax((b"uid", b"root")), ONE),
    "control-pax-size-wrong": control(pax((b"size", b"x")), ONE),
    "control-pax-last": control(ONE, pax((b"path", b"./prerm"))),
    # Numbers and checksums, as GNU tar takes them.
    "control-size-base256": control(header(b"./postinst", size=base256(len(SCRIPT), 12)) + padded(SCRIPT)),
    "control-size-negative": control(header(b"./postinst", size=base256(-17, 12)) + padded(SCRIPT)),
    "control-size-base64": control(header(b"./postinst", size=b"+R".ljust(12, b"\0")) + padded(SCRIPT)),
    "control-size-text-behind": control(header(b"./postinst", size=b"21 x".ljust(12, b"\0")) + padded(SCRIPT)),
    "control-size-nul-first": control(header(b"./postinst", size=b"\0 21".ljust(12, b"\0")) + padded(SCRIPT)),
    "control-size-blank": control(header(b"./postinst", size=b" " * 12)),
    "control-size-nul": control(header(b"./postinst", size=bytes(12))),
    "control-size-text": control(header(b"./postinst", size=b"garbage     ") + padded(SCRIPT)),
    "control-size-leading-spaces": control(header(b"./postinst", size=b"         21\0") + padded(SCRIPT)),
    "control-size-huge": control(header(b"./postinst", size=number(1 << 32, 12)) + padded(SCRIPT)),
    "control-mode-blank": control(file(b"./postinst", mode=b" " * 8)),
    "control-mode-text": control(file(b"./postinst", mode=b"rwxr-xr-")),
    "control-mtime-text": control(file(b"./postinst", mtime=b"yesterday   ")),
    "control-mtime-blank": control(file(b"./postinst", mtime=b" " * 12)),
    "control-mtime-nul": control(file(b"./postinst", mtime=bytes(12))),
    "control-mtime-base256": control(file(b"./postinst", mtime=base256(1 << 33, 12))),
    "control-mtime-negative": control(file(b"./postinst", mtime=base256(-5, 12))),
    "control-uid-text": control(file(b"./postinst", uid=b"nobody\0\0")),
    "control-uid-blank": control(file(b"./postinst", uid=b" " * 8)),
    "control-uid-text-unnamed": control(file(b"./postinst", uid=b"nobody\0\0", user=b"")),
    "control-gid-text-unnamed": control(file(b"./postinst", gid=b"nobody\0\0", group=b"")),
    "control-checksum-signed": control(file(b"./a\xff", checksum="signed")),
    "control-checksum-wrong": control(file(b"./postinst", checksum=b"000000\0 ")),
    "control-checksum-wrong-first": file(b"./", checksum=b"000000\0 ") + CONTROL_FILE + END,
    "control-folder-with-size": folder(b"./", size=17) + CONTROL_FILE + ONE + END,
    # The end.
    "control-end-none": control(ONE, end=b""),
    "control-end-one-block": control(ONE, end=bytes(512)),
    "control-end-text-behind": control(ONE, end=END + b"garbage"),
    "control-end-archive-behind": control(ONE, end=END + file(b"./prerm") + END),
    "control-end-archive-behind-one-block": control(ONE, end=bytes(512) + file(b"./prerm") + END),
    "control-end-part-of-block": control(ONE, end=bytes(100)),
    "control-end-text-part-of-block": control(ONE, end=b"garbage"),
    "control-content-cut": control(ONE[:520], end=b""),
    "control-padding-cut": control(ONE[:600], end=b""),
    "control-header-cut": control(ONE[:300], end=b""),
    "control-empty": b"",
    "control-zeros-only": END,
    "control-5000-members": control(*[file(b"./m%d" % i, b"") for i in range(5000)]),
    # The list itself.
    "list-is-symlink": control(file(b"./other", b"#mtree v2.0\n"), link(b"./imasigs", b"other")),
    "list-is-hard-link": control(file(b"./other", b"#mtree v2.0\n"), link(b"./imasigs", b"./other", b"1")),
    "list-is-linked-to": control(file(b"./imasigs", b"#mtree v2.0\n"), link(b"./other", b"./imasigs", b"1")),
    "list-is-symlinked-to": control(file(b"./imasigs", b"#mtree v2.0\n"), link(b"./other", b"imasigs")),
    "list-long-name": control(long(b"L", b"./imasigs\0"), file(b"short", b"#mtree v2.0\n")),
    "list-pax-name": control(pax((b"path", b"./imasigs")), file(b"./short", b"#mtree v2.0\n", magic=USTAR)),
    "list-first": folder(b"./") + file(b"./imasigs", b"#mtree v2.0\n") + CONTROL_FILE + END,
}

FORMS = {form: with_control(gz(content)) for form, content in TARS.items()}
