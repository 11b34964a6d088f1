"""Verifies what webhooks.mjs has kept with the library of Standard Webhooks for Python.

    python webhooks.py FOLDER/webhooks.jsonl
"""

import json
import sys
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

deliveries = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
assert len(deliveries) >= 50, f"only {len(deliveries)} were kept"
for delivery in deliveries:
    judge, body, headers = Webhook(delivery["secret"]), delivery["body"], delivery["headers"]
    event = judge.verify(body, headers)
    assert event["type"] == "release.published" and event["data"]["release"]["title"].startswith("Release "), event
    try:
        judge.verify(body.replace("Release", "release"), headers)
    except WebhookVerificationError:
        continue
    raise SystemExit("what was tampered with was verified")
print(f"{len(deliveries)} webhooks verified")
