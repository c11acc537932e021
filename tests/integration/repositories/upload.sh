# A source package of one script, built by dpkg-buildpackage: afterwards `upload` has the package and its .changes.
mkdir -p upload/alpha/debian
cd upload/alpha
cat >debian/changelog <<'END'
alpha (1.0-1) bookworm; urgency=low

  * New.

 -- Test <test@example.org>  Fri, 27 Nov 2026 12:00:00 +0000
END
cat >debian/control <<'END'
Source: alpha
Section: misc
Priority: optional
Maintainer: Test <test@example.org>

Package: alpha
Architecture: all
Description: test
END
install -m 755 /dev/stdin debian/rules <<'END'
#!/bin/sh -e
[ "$1" = binary ] || exit 0
install -D -m 755 /dev/stdin debian/alpha/usr/bin/alpha <<'PROGRAM'
#!/bin/sh
echo alpha
PROGRAM
mkdir -p debian/alpha/DEBIAN
dpkg-gencontrol -Pdebian/alpha
dpkg-deb --root-owner-group -b debian/alpha ..
END
dpkg-buildpackage -b -us -uc -d
cd ..
rm -r alpha
