"""Replies on their way, each in a thread of its own: what has come can be read at any time, and stopping one keeps its part.

The threads belong to the app, not to a page: whoever reloads the page, or opens it in a second tab, finds them at work.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.base.errors import TunesmithError, WorkspaceError
from core.base.token_cost import answer_usd
from core.base.types import Price
from core.io.openai_calls import Client, ReplyStream
from core.io.workspace import Workspace, plain
from core.io.workspace.records import error_to_json
from core.playground.chat import Conversation, Place, Settings, ask, reply_warnings
from core.playground.talk import Json, Talk, new_answer

SAVE_EVERY_S: Final = 2.0  # what a killed app loses of a reply, at most


@dataclass(frozen=True)
class Question:
    """What one side is asked: everything that a thread needs, since it cannot ask the page."""

    side: str
    client: Client
    model: str
    conversation: Conversation
    settings: Settings
    place: Place = "first"
    price: Price | None = None


class Answering:
    """One reply; `kept` is what has come so far, as a Talk keeps it. `save` is called with it now and then, and at the end."""

    def __init__(self, question: Question, save: Callable[[Json], None]) -> None:
        self.question = question
        self._save = save
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._pieces: list[str] = []
        self._end: Json | None = None
        self._stream: ReplyStream | None = None
        self._beat = threading.Event()
        # daemons: a server that keeps silent must not keep the app from closing
        threading.Thread(target=self._run, name="answering", daemon=True).start()
        threading.Thread(target=self._save_now_and_then, name="answering-save", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether nothing more will come: it has ended, failed or was stopped."""
        return self._end is not None

    @property
    def kept(self) -> Json:
        """What has come so far."""
        with self._lock:
            return self._end or {**new_answer(), "text": "".join(self._pieces)}

    def stop(self) -> None:
        """End it here and keep its part; may be called at any time, and twice. Returns at once, however silent the server is."""
        self._finish({})

    def _run(self) -> None:
        asked = self.question
        try:
            with ask(asked.client, asked.model, asked.conversation, asked.settings, asked.place) as stream:
                for piece in stream:
                    with self._lock:
                        if self._end is not None:  # stopped: leaving the stream closes it, and the server writes no more
                            return
                        self._pieces.append(piece)
                reply = stream.reply
        except TunesmithError as problem:
            self._finish({"problem": error_to_json(problem)})
        else:
            warnings = [[reason.code, dict(reason.params)] for reason in reply_warnings(reply, asked.settings)]
            told = {**plain(reply), "usd": answer_usd(asked.price, reply.prompt_tokens, reply.completion_tokens)}
            self._finish({"reply": told, "done": True, "warnings": warnings})
        finally:
            self._finish({})  # after a slip of our own, too: a page that follows would wait for ever

    def _finish(self, how: Mapping[str, Any]) -> None:
        with self._lock:
            if self._end is not None:
                return
            self._end = {**new_answer(), "text": "".join(self._pieces), **how}
        self._beat.set()
        self._store()

    def _save_now_and_then(self) -> None:
        saved = 0
        while not self._beat.wait(SAVE_EVERY_S):
            if len(self._pieces) > saved:
                saved = len(self._pieces)
                self._store()

    def _store(self) -> None:
        try:
            with self._saving:  # read inside, so that no part is written over the end
                self._save(self.kept)
        except WorkspaceError:  # the project was deleted meanwhile: nobody is left to read it
            self._beat.set()


class Talks:
    """The conversations of one app: changed by pages and by replies that come in, never by two at once."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._lock = threading.Lock()
        self._live: dict[str, dict[tuple[str, str], Answering]] = {}

    def read(self, place: str) -> Talk:
        """The conversation as it is now."""
        return Talk.from_json(self._ws.get_setting(place, []))

    def change(self, place: str, make: Callable[[Talk], Talk]) -> Talk:
        """Keep a changed conversation; what `make` raises leaves it as it was."""
        with self._lock:
            talk = make(self.read(place))
            self._ws.set_setting(place, talk.to_json())
            return talk

    def ask(self, place: str, project_id: str, exchange_id: str, questions: list[Question]) -> None:
        """Put these questions at once; each answer goes into the exchange as it comes. One that is under way is not put twice."""

        def saving(side: str) -> Callable[[Json], None]:
            def save(kept: Json) -> None:
                self._ws.project(project_id)  # raises NotInWorkspace where it was deleted
                self.change(place, lambda talk: talk.answered(exchange_id, side, kept))

            return save

        with self._lock:
            here = self._live.setdefault(place, {})
            for key in [key for key, one in here.items() if one.over]:
                del here[key]
            for question in questions:
                key = (exchange_id, question.side)
                if key not in here:
                    here[key] = Answering(question, saving(question.side))

    def live(self, place: str, exchange_id: str) -> dict[str, Answering]:
        """The replies to an exchange that are under way, by side."""
        with self._lock:
            return {side: one for (exchange, side), one in self._live.get(place, {}).items() if exchange == exchange_id and not one.over}

    def stop(self, place: str, side: str | None = None) -> None:
        """Stop the reply of one side, or all of them; their parts are kept."""
        with self._lock:
            found = [one for (_, of), one in self._live.get(place, {}).items() if side in (None, of)]
        for one in found:
            one.stop()
