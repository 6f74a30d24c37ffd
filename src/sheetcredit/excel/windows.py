"""The few calls of Windows that the set-up needs; elsewhere there are none."""

from __future__ import annotations

import sys
from collections.abc import Sequence

if sys.platform == "win32":
    import ctypes
    import winreg

    def short_name(path: str) -> str:
        """The path in its 8.3 form, which has no accents; the path itself where there is none."""
        room = ctypes.create_unicode_buffer(1024)
        length = ctypes.windll.kernel32.GetShortPathNameW(path, room, len(room))
        return room.value if 0 < length < len(room) else path

    def value(key: str, name: str) -> int | str | None:
        """A value of the current user's registry; None where there is none, or none of these kinds."""
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                found = winreg.QueryValueEx(opened, name)[0]
        except OSError:
            return None
        return found if isinstance(found, int | str) else None

    def subkeys(key: str) -> Sequence[str]:
        """The names of the keys below a key of the current user's registry."""
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                return [winreg.EnumKey(opened, number) for number in range(winreg.QueryInfoKey(opened)[0])]
        except OSError:
            return ()
