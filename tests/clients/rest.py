"""Lets schemathesis ask a running newsroom all that openapi.json describes, and look at each answer.

    python rest.py http://127.0.0.1:8080

It makes up requests from the document, sound ones and unsound ones, and finds whatever answers with an error of the server's
or in a way that the document does not describe. What readers have is asked without credentials; the desk by an API key of the
account in PRESS_EMAIL and PRESS_PASSWORD. Sessions and accounts are left out: whatever signs out or locks an account would leave
the rest unasked.
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

URL = sys.argv[1]
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]
# What readers send must be looked at whole: nothing that the document does not allow is passed over.
READERS = [*CHECKS, "negative_data_rejection", "unsupported_method"]


def post(path, body, token=None):
    """Sends a command of the desk's, and answers what it answers."""
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def judge(checks, examples, *more):
    """Runs schemathesis; what it finds ends this."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "run", f"{URL}/v1/openapi.json", "--url", URL, "--checks", ",".join(checks)]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--generation-deterministic"]
    command += ["--continue-on-failure", "--warnings", "off", *more]
    subprocess.run(command, check=True, timeout=90)


def main():
    """Readers, then the desk."""
    judge(READERS, 15, *(argument for tag in ("Releases", "Newsroom", "Changes") for argument in ("--include-tag", tag)))
    person = {"email": os.environ["PRESS_EMAIL"], "password": os.environ["PRESS_PASSWORD"]}
    token = post("/v1/desk/sessions", person)["accessToken"]
    key = post("/v1/desk/api-keys", {"name": "schemathesis"}, token)["secret"]
    asked = [f"Desk: {part}" for part in ("releases", "schedule", "newsroom", "webhooks")]
    included = [argument for tag in asked for argument in ("--include-tag", tag)]
    judge(CHECKS, 5, *included, "-H", f"Authorization: Bearer {key}")


main()
