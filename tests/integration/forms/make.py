"""Writes one .deb for each form of a module: make.py MODULE FOLDER. dpkg, not this file, says which of them are packages."""

import importlib
import pathlib
import sys

module, folder = sys.argv[1:]
for name, content in importlib.import_module(module).FORMS.items():
    pathlib.Path(folder, name + ".deb").write_bytes(content() if callable(content) else content)
