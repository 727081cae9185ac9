"""A stand-in for the sandbox: the part of its control interface that `local` calls."""

import argparse
import itertools
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Control(BaseHTTPRequestHandler):
    keys: list[dict[str, str]] = []  # noqa: RUF012 (one process, one list)
    numbers = itertools.count(1)
    database = Path()

    def do_GET(self) -> None:
        answers = {
            "/_sandbox/health": {},
            "/_sandbox/keys": {"keys": self.keys},
            "/_sandbox/dashboard": {"email": "owner@example.com", "password": "pw"},
            "/_sandbox/formaloo": {"api_key": "fl-api", "secret_key": "fl-secret", "forms": []},
        }
        self.answer(answers[self.path])

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = next(self.numbers)
        self.keys.append({"id": f"key-{number}", "status": "active", "name": wanted["name"]})
        self.answer({"id": f"key-{number}", "apiKey": f"fm_sk_{number:040}"})

    def answer(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--db", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.db.write_text("in use")
    ThreadingHTTPServer(("127.0.0.1", chosen.port), Control).serve_forever()
