"""A Fettle server of one's own: started with the demo's data on a free port, fed and asked as anybody would."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

PATIENCE_S = 60


@dataclass
class Answer:
    """A feature matrix as the server gave it."""

    names: list[str]
    timestamps: np.ndarray
    """Nanoseconds since the Unix epoch."""
    values: np.ndarray
    """A row for each window, a column for each name; NaN where there is no value."""
    metadata: dict | None
    """None where a form has no place for it."""
    warnings: list[dict] | None


class Refused(Exception):
    """The program said no; the text says why, `code` is the problem's where the server answered one."""

    def __init__(self, message: str, code: str | None = None):
        super().__init__(message)
        self.code = code


class Fettle:
    """`fettle demo` in a folder of its own, as a context manager."""

    def __init__(self, binary: Path, folder: Path):
        self.binary = binary
        self.data_dir = folder / "data"
        self.log = folder / "server.log"
        # The way to oneself leads through no proxy.
        self.http = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def command(self) -> list:
        """What starts the server."""
        return [self.binary, "demo", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir]

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.base = self.wait_for_address()
            login = {"username": "test_user", "password": "test_pass"}
            self.token = None
            self.token = self.ask("auth/login", login)["data"]["access_token"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def wait_for_address(self) -> str:
        """The address that the server prints once it has answered a first request of its own."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if line.startswith("Swagger UI: "):
                    return line.split()[2].removesuffix("/docs")
            time.sleep(0.05)
        raise Refused(f"the server did not start:\n{self.log.read_text()}")

    def import_file(self, file: Path, model: str, device: str, options: tuple[str, ...]) -> str:
        """Imports a file while the server runs; answers the program's report."""
        where = ["--data-dir", self.data_dir, "--model", model, "--device", device]
        done = subprocess.run(
            [self.binary, "import", *where, *options, file], capture_output=True, text=True, timeout=PATIENCE_S
        )
        if done.returncode != 0:
            raise Refused(f"import of {file.name} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def methods(self) -> set[tuple[str, str]]:
        """Kind and name of every method that the server offers."""
        return {(method["kind"], method["name"]) for method in self.ask("ai/features/methods")["data"]["methods"]}

    def extract(self, request: dict) -> Answer:
        """The features as JSON."""
        data = self.ask("ai/features/extract", request)["data"]
        times = pd.to_datetime(data["timestamps"], utc=True, format="ISO8601").as_unit("ns")
        return Answer(
            names=data["feature_names"],
            timestamps=times.asi8,
            # null becomes NaN.
            values=np.array(data["features"], dtype=float),
            metadata=data["metadata"],
            warnings=data["warnings"],
        )

    def extract_as(self, media_type: str, request: dict) -> bytes:
        """The features in another form."""
        return self.send("ai/features/extract", request, media_type)

    def stats(self, request: dict) -> dict:
        """What features are like; objects go along as JSON text, lists by repeating their name."""

        def texts(value) -> list[str]:
            items = value if isinstance(value, list) else [value]
            return [item if isinstance(item, str) else json.dumps(item) for item in items]

        query = [(name, text) for name, value in request.items() for text in texts(value)]
        return self.ask(f"ai/features/stats?{urllib.parse.urlencode(query)}")["data"]

    def build(self, request: dict) -> dict:
        """Builds a dataset; the answer's data."""
        return self.ask("ai/features/dataset", request)["data"]

    def manifest(self, dataset_id: str) -> dict:
        return self.ask(f"ai/datasets/{dataset_id}")["data"]

    def replay(self, dataset_id: str) -> dict:
        return self.ask(f"ai/datasets/{dataset_id}/replay", {})["data"]

    def download(self, dataset_id: str, format: str, split: str = "all") -> bytes:
        return self.send(f"ai/datasets/{dataset_id}/download?format={format}&split={split}", None, "*/*")

    def ask(self, path: str, body: dict | None = None) -> dict:
        return json.loads(self.send(path, body, "application/json"))

    def send(self, path: str, body: dict | None, accept: str) -> bytes:
        headers = {"Accept": accept}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/{path}", content, headers)
        try:
            with self.http.open(request, timeout=PATIENCE_S) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            problem = error.read().decode()
            raise Refused(f"{path} answered {error.code}: {problem}", json.loads(problem)["code"]) from error
