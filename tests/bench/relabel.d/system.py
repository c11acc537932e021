#!/usr/bin/python3
"""Makes a system of many signed files: system.py ROOT PACKAGES FILES SIZE KEYID

PACKAGES packages of FILES programs of SIZE bytes, with dpkg's file lists and our signature lists. The signatures are
noise with a right header: whoever labels does not verify them, and the kernel takes any.
"""
import base64, hashlib, os, sys

root, packages, files, size, keyid = sys.argv[1], *map(int, sys.argv[2:5]), bytes.fromhex(sys.argv[5])
info = f"{root}/var/lib/dpkg/info"
os.makedirs(info)
status = []
for package in range(packages):
    folder = f"usr/lib/package-{package}/programs"
    os.makedirs(f"{root}/{folder}")
    entries, paths = ["#mtree v2.0\n"], []
    for number in range(files):
        path = f"{folder}/a-program-{number:05}"
        content = (b"#!/bin/sh\n: %d %d\n" % (package, number)) + os.urandom(max(0, size - 32))
        with open(os.open(f"{root}/{path}", os.O_WRONLY | os.O_CREAT, 0o755), "wb") as file:
            file.write(content)
        value = b"\3\2\4" + keyid + (256).to_bytes(2, "big") + os.urandom(256)
        digest = hashlib.sha256(content).hexdigest()
        entries.append(f"./{path} type=file size={len(content)} sha256={digest} security.ima={base64.b64encode(value).decode()}\n")
        paths.append(f"/{path}\n")
    for member, lines in ("imasigs", entries), ("list", paths):
        with open(f"{info}/p{package}.{member}", "w") as file:
            file.writelines(lines)
    status.append(f"Package: p{package}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n")
with open(f"{root}/var/lib/dpkg/status", "w") as file:
    file.writelines(status)
