"""One message tried until the server takes it, refuses it, or nobody can tell.

The outbox follows every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sheetcredit.model.errors import SendLater, SentPerhaps, SheetcreditError
from sheetcredit.upward.outbox import Intent, Outbox, State
from sheetcredit.upward.settings import MailSettings, password_of
from sheetcredit.upward.smtp import deliver

if TYPE_CHECKING:
    from tenacity import RetryCallState


@dataclass(slots=True)
class Delivery:
    """An intent on its way, as the outbox keeps it. `watch` hears of what takes long."""

    outbox: Outbox
    intent: Intent
    settings: MailSettings
    watch: Callable[..., None]

    def run(self, message: bytes) -> Intent:
        """The intent as sent.

        Raises:
            CannotSend: as `deliver`, after the last attempt; the outbox says so too.
        """
        self._put("intent")
        try:
            reply = self._attempts(message)
        except SentPerhaps as error:
            self._put("unknown", reply=str(error.details.get("reason", "")))
            raise
        except SendLater as error:
            self._put("gave-up", reply=str(error.details.get("reply") or error.details.get("reason") or ""))
            raise
        except SheetcreditError as error:
            self._put("refused", reply=str(error.details.get("reply") or error.code))
            raise
        return self._put("sent", reply=reply)

    def _attempts(self, message: bytes) -> str:
        import tenacity as again  # noqa: PLC0415 - slow to load

        settings, delays = self.settings, self.settings.delays
        password = password_of(settings) if settings.user else None
        retrying = again.Retrying(
            retry=again.retry_if_exception_type(SendLater), stop=again.stop_after_attempt(len(delays) + 1),
            wait=again.wait_chain(*map(again.wait_fixed, delays)) if delays else again.wait_none(),
            before_sleep=self._waiting, reraise=True,
        )  # fmt: skip

        def attempt() -> str:
            self._put("intent", attempts=self.intent.attempts + 1)
            self.watch("send-step-try", host=settings.host, number=self.intent.attempts)
            return deliver(
                message, settings.sender, self.intent.recipients, settings, password, self._handing_over
            )

        return retrying(attempt)

    def _waiting(self, state: RetryCallState) -> None:
        failed = state.outcome.exception() if state.outcome else None
        if isinstance(failed, SheetcreditError) and state.next_action:
            seconds = f"{state.next_action.sleep:g}"
            self.watch("send-step-wait", problem=failed.message(), seconds=seconds)

    def _put(self, state: State, **more: Any) -> Intent:
        self.intent = self.outbox.save(msgspec.structs.replace(self.intent, state=state, **more))
        return self.intent

    def _handing_over(self) -> None:
        self._put("handing-over")
