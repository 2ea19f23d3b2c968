"""python -m sandbox.gateway --port P [--host H] [--keys DIR] [--state FILE] [--speed N] [--seed N] [--url URL]"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.gateway.server import Sandbox


def main() -> int:
    """Serve until told to stop. A taken port is said in one plain line."""
    home = Path(os.environ.get("OPENBERTH_HOME") or Path(__file__).resolve().parents[2] / ".openberth")
    parser = argparse.ArgumentParser(prog="python -m sandbox.gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8009")))
    parser.add_argument("--keys", type=Path, default=Path(os.environ.get("SANDBOX_KEYS") or home / "sandbox-keys"))
    parser.add_argument("--state", type=Path, default=None, help="a file that makes the books outlive a restart")
    parser.add_argument("--speed", type=float, default=1.0, help="divides every wait")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", default="", help="the address under which others reach this server")
    options = parser.parse_args()
    try:
        sandbox = Sandbox(
            keys_folder=options.keys,
            host=options.host,
            port=options.port,
            state=options.state,
            speed=options.speed,
            seed=options.seed,
            public_url=options.url,
        )
    except OSError as error:
        print(f"The sandbox gateway can't listen on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1

    def stop(*_: object) -> None:
        # shutdown waits for the serving thread, which is this one.
        threading.Thread(target=sandbox.stop).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"The sandbox gateway is ready: {sandbox.url}/", flush=True)
    sandbox.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
