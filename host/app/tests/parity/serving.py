"""`fettle serve` on a folder of components, as an operator sets it up."""

import re
import subprocess
import time
from pathlib import Path

from client import Fettle, Refused

BUILTIN = ("missing-value", "outlier", "window", "statistics", "normalize")

# Components that hold an interpreter take a while to compile.
PATIENCE_S = 300

SETTINGS = """
[data]
dir = "data"
[server]
listen = "127.0.0.1:0"
[auth]
secret = "a secret of the tests, long enough for anyone"
[steps]
plugins_file = "plugins.toml"
"""


class Serving(Fettle):
    """A server that loads the built-in plugins and some components; `plugins` has for each what its entry says more."""

    def __init__(self, binary: Path, folder: Path, plugins: dict[Path, str]):
        super().__init__(binary, folder)
        self.folder = folder
        entries = [entry(name, f"builtin:{name}") for name in BUILTIN]
        entries += [entry(component.stem, component, more) for component, more in plugins.items()]
        (folder / "plugins.toml").write_text("\n".join(entries))
        (folder / "fettle.toml").write_text(SETTINGS)
        add = [binary, "user", "add", "test_user", "--password-stdin", "--config", "fettle.toml"]
        subprocess.run(add, cwd=folder, input="test_pass", text=True, check=True, capture_output=True)

    def command(self) -> list:
        return [self.binary, "serve", "--config", self.folder / "fettle.toml"]

    def wait_for_address(self) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:[1-9]\d*", self.log.read_text()):
                return f"{found[0]}/api/v2"
            time.sleep(0.05)
        raise Refused(f"the server did not start:\n{self.log.read_text()}")


def entry(name: str, source, more: str = "") -> str:
    return f'[[plugin]]\nname = "{name}"\nsource = "{source}"\n{more}'
