"""The TLS of both mail servers: certificates are checked, by the system's authorities or one's own."""

from __future__ import annotations

import ssl

from sheetcredit.model.errors import BadUsage
from sheetcredit.settings import settings_file


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """What a server's certificate is checked with; `ca_file` names the authorities trusted beside the usual.

    Raises:
        BadUsage: the file cannot be read, or holds no certificates.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            problem = f"ca_file: {error.strerror or error}"
            raise BadUsage("E-SETTINGS", path=settings_file(), problem=problem) from error
    return context
