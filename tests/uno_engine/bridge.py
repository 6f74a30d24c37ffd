"""Reaching a LibreOffice that listens: Debian's `uno` module, without what it does to `import`."""

from __future__ import annotations

import builtins
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"  # where Debian and Ubuntu keep the bridge
HOW_TO_INSTALL = (
    "the UNO bridge or LibreOffice's macros in Python are missing; Debian/Ubuntu: "
    "sudo apt-get install python3-uno libreoffice-script-provider-python (for Python 3.11)"
)


def load_uno() -> ModuleType:
    """The `uno` module, whichever Python it was packaged for, as long as that is this version.

    Raises ImportError where it is not installed.
    """
    plain = builtins.__import__
    if SYSTEM_PACKAGES not in sys.path:
        sys.path.append(SYSTEM_PACKAGES)  # last: nothing else is taken from there
    try:
        uno = import_module("uno")
    finally:
        builtins.__import__ = plain
        sys.path.remove(SYSTEM_PACKAGES)
    return uno


def connect(pipe: str) -> Any:
    """The component context of the LibreOffice that listens on a pipe of that name."""
    uno = load_uno()
    local = uno.getComponentContext()
    name = "com.sun.star.bridge.UnoUrlResolver"
    resolver = local.ServiceManager.createInstanceWithContext(name, local)
    return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")


def setting(name: str, value: Any) -> Any:
    """A property value, as UNO's functions take their options."""
    made = load_uno().createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, value
    return made
