"""What can go wrong so badly that nothing was checked.

    SheetcreditError
    ├── CannotRead          the file cannot be opened as a workbook
    │   └── HostileFile     it breaks a safety limit
    ├── NotOurTemplate      it is a workbook, but not one of ours (or of another version)
    ├── CannotWrite         the result cannot be put where it should go
    │   ├── FileLocked      somebody has it open, or another run is writing it
    │   └── ChangedMeanwhile  it changed between our reading and our writing
    ├── CannotPatch         a cell cannot be written without breaking something else
    ├── CannotSend          the mail was not delivered
    │   ├── SendLater           for a reason that may pass
    │   └── SentPerhaps         the connection broke when it may have been taken already
    ├── CannotReceive       the mailbox cannot be read
    ├── BadDefinition       a YAML of ours has a mistake
    └── BadUsage            a command was given something that makes no sense

Everything that is wrong *inside* a readable workbook is a finding, never an exception.
"""

from __future__ import annotations

from collections.abc import Mapping

from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, message_of, one_line


class SheetcreditError(Exception):
    """The tool could not run. `code` names an entry of `schemas/messages/errors.yaml`."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(code, details)

    def __reduce__(self) -> tuple[object, ...]:
        """How it is pickled: it has to come back whole from another process."""
        return _again, (type(self), self.code, self.details)

    def message(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """What happened, one line: names that came from a file lose their control characters."""
        return one_line(message_of("errors", self.code, "message", language, self.details))

    def remedy(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """What to do about it, one line."""
        return one_line(message_of("errors", self.code, "remedy", language, self.details))

    def __str__(self) -> str:
        return f"{self.message()} {self.remedy()}"


def _again(kind: type[SheetcreditError], code: str, details: Mapping[str, object]) -> SheetcreditError:
    return kind(code, **details)


class CannotRead(SheetcreditError):
    """The file cannot be opened as a workbook."""


class HostileFile(CannotRead):
    """The file breaks a safety limit: too large when unpacked, too many parts, forbidden XML."""


class NotOurTemplate(SheetcreditError):
    """A workbook, but not an office workbook of this template version."""


class CannotWrite(SheetcreditError):
    """The result could not be put where it should go; what was there is untouched."""


class FileLocked(CannotWrite):
    """The file is open in a spreadsheet program, or another run is writing it."""


class ChangedMeanwhile(CannotWrite):
    """The file changed between our reading and our writing."""


class CannotPatch(SheetcreditError):
    """A cell cannot be written without breaking something else in the workbook."""


class CannotSend(SheetcreditError):
    """The mail was not delivered; trying again without changing something would not help."""


class CannotReceive(SheetcreditError):
    """The mailbox cannot be read; what was taken from it is there, and the next run goes on."""


class SendLater(CannotSend):
    """The mail was not delivered, for a reason that may pass: trying again is safe."""


class SentPerhaps(CannotSend):
    """Nobody can tell whether the mail was delivered: trying again might deliver it twice."""


class BadDefinition(SheetcreditError):
    """A YAML file under `schemas/` has a mistake; the message gives file, place and remedy."""


class BadUsage(SheetcreditError):
    """A command was given something that makes no sense."""
