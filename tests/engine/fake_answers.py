"""`python -m tests.engine.fake_answers`: speaks the lines of the answering process without a model.

It says back the last message, a word at a time; a message that begins with an order does as it says: "wait" says one word and then
nothing, "die" ends the process as a lack of memory would, "tear" does so in the middle of a line, "refuse" gets a 400, "break" fails
after one word. One answers at a time or many.
"""

import json
import os
import signal
import sys
import threading
import time
from typing import Any

LOCK = threading.Lock()


def say(line: dict[str, Any]) -> None:
    with LOCK:
        print(json.dumps(line), flush=True)


def answer(number: int, adapter: str | None, ask: dict[str, Any], cancelled: threading.Event) -> None:
    words = ask["messages"][-1]["content"].split()
    if words[:1] == ["refuse"]:
        say({"id": number, "error": {"message": "No.", "status": 400, "code": "invalid_json_schema", "param": "response_format"}})
        return
    if words[:1] == ["die"]:
        os.kill(os.getpid(), signal.SIGKILL)
    say({"id": number, "begun": {"prompt_tokens": len(words), "ignored": ["tools"] if words[:1] == ["toolless"] else []}})
    if words[:1] == ["tear"]:
        sys.stdout.write('{"id": 1, "pie')
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    said = [adapter.rsplit("/", 1)[-1]] if adapter else []
    for choice in range(ask["n"]):
        for word in [*said, *words, f"#{choice}" if ask["n"] > 1 else ""][: ask["max_tokens"]]:
            if cancelled.is_set():
                with open(os.environ["FAKE_ANSWERS_LOG"], "a", encoding="utf-8") as log:
                    log.write(f"cancelled {number}\n")
                return
            entry = {"token": word, "logprob": -0.5, "bytes": list(word.encode()), "top_logprobs": []}
            told = [entry] if ask["top_logprobs"] is not None else []
            say({"id": number, "piece": {"choice": choice, "text": word + " ", "logprobs": told}})
            if words[:1] == ["wait"]:
                cancelled.wait(30)
            if words[:1] == ["break"]:
                say({"id": number, "error": {"message": "It broke.", "status": 507, "code": "out_of_memory", "param": None}})
                return
        say({"id": number, "ended": {"choice": choice, "finish_reason": "stop", "tokens": len(words)}})
    say({"id": number, "end": True})


def main() -> None:
    if "unloadable" in sys.argv[1]:
        say({"failed": {"message": "The model cannot be loaded: torn.", "status": 500, "code": "damaged_model"}})
        sys.exit(3)
    time.sleep(0.05)
    say({"ready": {"context": 512}})
    under_way: dict[int, threading.Event] = {}
    for line in sys.stdin:
        told = json.loads(line)
        if "cancel" in told:
            under_way[told["cancel"]].set()
            continue
        event = under_way[told["id"]] = threading.Event()
        threading.Thread(target=answer, args=(told["id"], told["adapter"], told["ask"], event), daemon=True).start()
    os._exit(0)


if __name__ == "__main__":
    main()
