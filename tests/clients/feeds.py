"""Reads the newsroom's feeds with other people's readers, and holds its documents against schemas.

    python feeds.py target/debug/newsroom FOLDER

`feedparser` reads each feed of the list in Atom and in RSS, and has to find what is in the JSON Feed beside them. JSON Feeds
are held against `jsonfeed.schema.json`; the sitemap against the schema of sitemaps.org, which the npm package `sitemap` brings along
(`npm ci` in this folder), so that nothing is fetched.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import feedparser
import jsonschema
import xmlschema

PROGRAM, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
HERE = Path(__file__).resolve().parent
SEED = HERE.parent.parent / "data" / "newsroom.jsonl"
SITEMAP = HERE / "node_modules" / "sitemap" / "schema" / "sitemap.xsd"
VERSIONS = {"atom": "atom10", "rss": "rss20"}

# What the schema of sitemaps.org leaves to other schemas: a page in another language.
XHTML_LINK = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xhtml">
  <xs:element name="link"><xs:complexType>
    <xs:attribute name="rel" use="required" fixed="alternate"/>
    <xs:attribute name="hreflang" type="xs:language" use="required"/>
    <xs:attribute name="href" type="xs:anyURI" use="required"/>
  </xs:complexType></xs:element>
</xs:schema>"""

# Beside the seed: a text in two languages, one that is withdrawn, one dated back, and one that is not easy to write down.
MORE = [
    {"slug": "two-languages", "publishingDate": "2024-11-22", "offices": ["osce-presence-in-albania"],
     "originalLocale": "en", "translations": {"en": {"title": "Observers arrive"}, "ru": {"title": "Прибыли наблюдатели"}}},
    {"slug": "withdrawn", "state": "withdrawn", "publishingDate": "2024-11-21",
     "withdrawal": {"at": "2024-11-23T00:00:00Z", "notice": {"en": "It was <premature>."}},
     "translations": {"en": {"title": "Observers leave"}}},
    {"slug": "dated-back", "publishingDate": "1994-02-01", "translations": {"en": {"title": "The first of all"}}},
    {"slug": "hostile", "publishingDate": "2024-11-20",
     "attachments": [{"url": "https://files.example/a.pdf?x=1&y=2", "mediaType": "application/pdf", "length": 7, "title": "A & B"}],
     "translations": {"en": {"title": "]]> <b>&amp; “quotes” \u202eعربي\u202c 📰 \ufffe", "lead": "<![CDATA[ ]]> \uffff",
                             "body": {"format": "MARKDOWN", "text": "*]]>* & <https://a.example/?a=1&b=2>"}}}},
]


def get(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        return answer.read()


@contextlib.contextmanager
def newsroom(data):
    """The program, serving, and where."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSROOM_", "DATABASE_"))}
    settings = {"NEWSROOM_RELEASE_URL": "https://news.example/{locale}/{slug}", "NEWSROOM_LOCALES": "en, ru"}
    environment = {**inherited, "NEWSROOM_DATA_DIR": str(data), **settings}
    more = data.parent / "more.jsonl"
    lines = ({"sourceId": line["slug"], "state": "live", **line} for line in MORE)
    more.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    for command in [["migrate"], ["import", SEED], ["import", more]]:
        subprocess.run([PROGRAM, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
    with (data.parent / f"{data.name}.log").open("w+") as log:
        process = subprocess.Popen([PROGRAM, "serve", "--listen", f"127.0.0.1:{port}"], env=environment, stdout=log, stderr=log)
        try:
            root = f"http://127.0.0.1:{port}"
            for _ in range(300):
                assert process.poll() is None, "the newsroom ended"
                with contextlib.suppress(urllib.error.URLError, ConnectionError):
                    get(f"{root}/readyz")
                    break
                time.sleep(0.2)
            yield root
        except BaseException:
            log.seek(0)
            print("".join(log.readlines()[-40:]), file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait()


def is_json_feed(document):
    schema = json.loads((HERE / "jsonfeed.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    faults = list(jsonschema.Draft202012Validator(schema, format_checker=checker).iter_errors(document))
    assert not faults, faults


def reads_alike(address):
    """A feed is read the same in all formats; answers how many entries it has, and where its archives begin."""
    stem, query = address.split(".atom", 1)
    feed = json.loads(get(f"{stem}.json{query}"))
    is_json_feed(feed)
    for ending, version in VERSIONS.items():
        found = feedparser.parse(get(f"{stem}.{ending}{query}"))
        assert not found.bozo, (address, ending, found.get("bozo_exception"))
        assert found.version == version, found.version
        assert found.feed.title == feed["title"], found.feed.title
        assert [entry.id for entry in found.entries] == [item["id"] for item in feed["items"]], address
        for entry, item in zip(found.entries, feed["items"]):
            assert entry.link == item["url"], entry
            assert ending == "atom" or not entry.guidislink, entry
            published = time.strptime(item["date_published"][:19], "%Y-%m-%dT%H:%M:%S")
            assert entry.published_parsed[:6] == published[:6], entry
            assert entry.updated_parsed[:6] == time.strptime(item["date_modified"][:19], "%Y-%m-%dT%H:%M:%S")[:6], entry
            expected = [tag["label"] if ending == "atom" else tag["term"] for tag in entry.get("tags", [])]
            assert expected == item.get("tags", []), (ending, entry.get("tags"), item.get("tags"))
            enclosures = [enclosure.href for enclosure in entry.get("enclosures", [])]
            attachments = [attachment["url"] for attachment in item.get("attachments", [])]
            assert enclosures == attachments[: 1 if ending == "rss" else None], entry
            assert item["content_html"] == "" or entry.content, entry
        relations = {link.rel: link.href for link in found.feed.links}
        assert relations["self"] == f"{stem}.{ending}{query}", relations
        previous = relations.get("prev-archive", "").replace(f".{ending}", ".json")
        assert previous == feed.get("next_url", ""), relations
    return len(feed["items"]), feed.get("next_url")


def main():
    data = FOLDER / "feeds"
    data.mkdir()
    with newsroom(data) as root:
        outline = ElementTree.fromstring(get(f"{root}/feeds.opml"))
        listed = [element.get("xmlUrl") for element in outline.iter("outline") if element.get("type") == "rss"]
        assert len(listed) > 20, listed
        read = [reads_alike(address) for address in listed]
        entries, archive = read[0]
        assert entries == 7 + len(MORE), entries
        archived, _ = reads_alike(archive.replace(".json", ".atom"))
        assert archived == entries, archived
        print(f"feedparser reads {len(listed)} feeds in Atom and RSS as the JSON Feeds have them")

        schema = xmlschema.XMLSchema(str(SITEMAP), build=False)
        schema.add_schema(XHTML_LINK, namespace="http://www.w3.org/1999/xhtml")
        schema.build()
        index = ElementTree.fromstring(get(f"{root}/sitemap.xml"))
        name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        parts = [part.text for part in index.iter(f"{name}loc")]
        assert index.tag == f"{name}sitemapindex" and parts, parts
        pages = 0
        for part in parts:
            document = get(part).decode()
            schema.validate(document)
            pages += document.count("<loc>")
        assert pages == entries + 1, "one page for each text"
        for wrong in ["<url><lastmod>2024-11-22</lastmod></url>", "<url><loc>https://a.example/</loc><loc>https://b.example/</loc></url>", ""]:
            assert not schema.is_valid(f'<urlset xmlns="{name[1:-1]}">{wrong}</urlset>'), "the schema lets anything pass"
        print(f"the sitemap's {pages} pages are as its schema asks for")


main()
