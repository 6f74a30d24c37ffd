"""For Wine 8 only: it lacks CopyFile2, which `shutil` uses where Python offers it."""

import _winapi

if hasattr(_winapi, "CopyFile2"):
    del _winapi.CopyFile2
