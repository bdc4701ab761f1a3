"""`python -m tests.engine.export_stub --order FILE --watch-stdin`: writes a model out as the order's name says: at once, never, or not."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from engine.lora.parent import end_with_stdin

end_with_stdin()
order = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
(Path(order["to"]) / "weights").write_bytes(b"12345")
if order["name"] == "slow":
    time.sleep(60)
if order["name"] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if order["name"] == "refused":
    print("There is no such form.", file=sys.stderr)
    sys.exit(3)
