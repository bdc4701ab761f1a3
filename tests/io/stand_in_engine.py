"""What the engine promises to whoever starts it, and nothing more: `python stand_in_engine.py HOME [--mode MODE]`."""

import argparse
import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--mode", default="")
    asked = parser.parse_args()
    with (asked.home / "starts.txt").open("a") as starts:
        starts.write(f"{os.getpid()}\n")
    (asked.home / "environment.json").write_text(json.dumps(dict(os.environ)))
    if asked.mode == "fails":
        print("something is missing: libexample.so", file=sys.stderr)
        return 1
    if asked.mode == "hangs":
        time.sleep(60)
    try:
        with FileLock(asked.home / "engine.lock", timeout=0):
            serve(asked.home)
    except Timeout:
        return 3
    return 0


def serve(home: Path) -> None:
    token = secrets.token_urlsafe(16)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("authorization") == f"Bearer {token}" and self.path == "/v1/models"
            with (home / "asked.txt").open("a") as log:
                log.write("." if known else "x")
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            print(f"asked for {self.path}", file=sys.stderr)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    record = {"pid": os.getpid(), "port": port, "base_url": f"http://127.0.0.1:{port}/v1", "token": token}
    half = home / "engine.json.half"
    half.write_text(json.dumps({**record, "started": psutil.Process().create_time()}))
    half.replace(home / "engine.json")
    print(json.dumps({"base_url": record["base_url"], "token": token}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
