#!/bin/bash
# The machine's side of tests/demo: the same program unsigned, installed from a signed package, and tampered with, on a kernel
# that enforces.
. /usr/lib/vm/lib.sh
tampered() { cp --preserve=xattr /usr/bin/hello /root/tampered && printf x >>/root/tampered; }

dpkg-deb -x /host/files/signed/hello_*.deb /root/unpacked
check "hello, unpacked without dpkg: no signature, and refused" expect_refused /root/unpacked/usr/bin/hello /root/unpacked/usr/bin/hello
check "hello, installed from the signed package with dpkg -i: no refusal" expect_no_refusal dpkg -i /host/files/signed/hello_*.deb
check "... and it runs" expect_no_refusal hello
tampered
check "a copy with its signature and one byte more: refused" expect_refused /root/tampered /root/tampered
