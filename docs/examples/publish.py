"""Signs in, creates a release, publishes it, and asks for it as any reader does.

    PRESS_URL=http://127.0.0.1:8080 PRESS_EMAIL=… PRESS_PASSWORD=… python3 publish.py "A title"

Python's standard library is all that it needs. It may be run again after a time-out: the idempotency keys, made from the
title, see to it that nothing is created or published twice within a day.
"""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request

URL = os.environ.get("PRESS_URL", "http://127.0.0.1:8080") + "/graphql"


class Refused(Exception):
    """What the newsroom said no to: a code for programs, a message for people."""

    def __init__(self, error):
        extensions = error.get("extensions", {})
        self.code = extensions.get("code")
        self.fields = extensions.get("fields", [])
        super().__init__(f"{self.code}: {error['message']}")


def ask(query, variables, token=None):
    """Asks by GraphQL and answers the data."""
    headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps({"query": query, "variables": variables}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(URL, body, headers), timeout=30) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        answer = json.load(error)
    if answer.get("errors"):
        raise Refused(answer["errors"][0])
    return answer["data"]


def key(step, title):
    """A name for this step that stays the same however often the script is run."""
    return f"{step}-{hashlib.sha256(title.encode()).hexdigest()[:32]}"


def main():
    title = sys.argv[1] if len(sys.argv) > 1 else "Observers arrive"
    signed_in = ask(
        "mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }",
        {"input": {"email": os.environ["PRESS_EMAIL"], "password": os.environ["PRESS_PASSWORD"]}},
    )
    token = signed_in["signIn"]["accessToken"]

    created = ask(
        """mutation($input: CreateReleaseInput!) {
             createRelease(input: $input) { version release { id original { locale } } }
           }""",
        {
            "input": {
                "originalLocale": "en",
                "type": "press-release",
                "text": {
                    "title": title,
                    "lead": "They will stay until the count is done.",
                    "body": {"format": "MARKDOWN", "text": "More in the **annex**."},
                },
                "idempotencyKey": key("create", title),
            }
        },
        token,
    )["createRelease"]

    published = ask(
        """mutation($input: PublishTranslationInput!) {
             publishTranslation(input: $input) { release { slug } }
           }""",
        {
            "input": {
                "id": created["release"]["id"],
                "locale": created["release"]["original"]["locale"],
                "version": created["version"],
                "idempotencyKey": key("publish", title),
            }
        },
        token,
    )["publishTranslation"]

    # From here on as a reader, without a token.
    slug = published["release"]["slug"]
    found = ask("query($slug: String!) { release(slug: $slug) { title publishedAt } }", {"slug": slug})
    print(json.dumps({"slug": slug, **found["release"]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
