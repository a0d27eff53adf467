# SPDX-License-Identifier: Apache-2.0
"""A hub on loopback that speaks the protocol of huggingface.co, for tests.

Run: python3 hub_server.py FOLDER LOG [FAULT...]       prints its URL, serves until it is killed

FOLDER/models/ORG/NAME/FILE and FOLDER/datasets/ORG/NAME/FILE are repositories, FOLDER/copies/ORG/NAME/CONFIG/SPLIT/FILE the branch
refs/convert/parquet of a data set; a FOLDER/.../gated or private file in one makes it
so. Files of 1 kB and more are "large": their etag is their SHA-256, and they are served by a second origin behind a redirect, as
the hub does. LOG gets a line a request: method, origin (hub or content), path, range, whether a token came.
Faults: break=BYTES (an answer ends after so many bytes), slow=BYTES (so many a 50th of a second), no-ranges, wrong (a byte of a
large file differs), busy=N (each path answers 503 N times), page=N (files a page of a listing), steps-out (the listing names a path
outside), many=N (so many empty files more in a listing), refuse=STATUS:CODE:MESSAGE (each request of the API is answered so),
limit=N (each path answers 429 N times, with the hub's own header), bigger=N (large files are listed with so many bytes more),
once (only the first answer of each path breaks), other-part (an answer to a range begins a byte behind it), gzip (listings are compressed whether or not that was asked for),
renamed (org/NAME.old is answered by a relative redirect to org/NAME), circle (each request is redirected to itself), links (the
next page of a listing is named without its host).
"""
import gzip
import hashlib
import http.server
import json
import pathlib
import re
import sys
import threading
import time
import urllib.parse

root, log = pathlib.Path(sys.argv[1]), open(sys.argv[2], "a", encoding="utf-8", buffering=1)
faults = dict((one.split("=") + ["1"])[:2] for one in sys.argv[3:])
busy, lock = {}, threading.Lock()
TOKEN = "Bearer hf_right"


def is_large(data):
    return len(data) >= 1000


def etag(data):
    return hashlib.sha256(data).hexdigest() if is_large(data) else hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def files(repo):
    return {str(p.relative_to(repo)): p.read_bytes() for p in sorted(repo.rglob("*")) if p.is_file() and p.name not in ("gated", "private")}


COPY = "refs/convert/parquet"


def version(repo, revision):
    """The folder of a revision: main, or the copy as Parquet in FOLDER/copies/ORG/NAME; nothing where there is none."""
    copy = root / "copies" / repo.relative_to(root / repo.parts[len(root.parts)])
    for one, branch in ((repo, "main"), (copy, COPY)):
        if one.is_dir() and revision in (branch, commit(one)):
            return one
    return None


def commit(repo):
    return hashlib.sha1(repr([(n, etag(d)) for n, d in files(repo).items()]).encode()).hexdigest()


def entry(repo, path):
    """As the hub's API describes a file or a folder; nothing where there is none."""
    if (repo / path).is_dir():
        return {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}
    data = files(repo).get(path)
    if data is None:
        return None
    size = len(data) + (int(faults.get("bigger", 0)) if is_large(data) else 0)
    large = {"lfs": {"oid": etag(data), "size": size, "pointerSize": 134}} if is_large(data) else {}
    return {"type": "file", "path": path, "size": size, "oid": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), **large}


def entries(repo, folder, whole):
    inside = [n for n in files(repo) if not folder or n.startswith(folder + "/")]
    folders = {str(p) for n in inside for p in pathlib.PurePosixPath(n).parents if str(p) != "." and str(p).startswith(folder) and str(p) != folder}
    depth = folder.count("/") + 1 if folder else 0
    return [entry(repo, n) for n in sorted(folders) + inside if whole or n.count("/") == depth]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code):
        self.say(status, json.dumps({"error": code}).encode(), [("X-Error-Code", code)])

    def repository(self, kind, name):
        repo = root / kind / name
        if not repo.is_dir() or ((repo / "private").exists() and self.headers.get("Authorization") != TOKEN):
            self.refuse(401, "RepoNotFound")
        elif (repo / "gated").exists() and self.headers.get("Authorization") != TOKEN:
            self.refuse(403 if self.headers.get("Authorization") else 401, "GatedRepo")
        else:
            return repo
        return None

    def do_HEAD(self):
        self.do_GET()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        log.write(f"POST hub {self.path} - {'token' if self.headers.get('Authorization') else '-'}\n")
        if not (found := re.fullmatch(r"/api/(models|datasets)/([^/]+/[^/]+)/paths-info/([^/]+)", urllib.parse.urlsplit(self.path).path)):
            return self.refuse(404, "EntryNotFound")
        if (repo := self.repository(found[1], found[2])) is None:
            return None
        try:
            paths = json.loads(body)["paths"]
        except ValueError:
            paths = urllib.parse.parse_qs(body.decode())["paths"]
        rows = [one for one in (entry(repo, p) for p in ([paths] if isinstance(paths, str) else paths)) if one is not None]
        return self.say(200, json.dumps(rows).encode(), [("Content-Type", "application/json")])

    def do_GET(self):
        origin = "content" if self.server.server_port == content.server_port else "hub"
        log.write(f"{self.command} {origin} {self.path} {self.headers.get('Range', '-')} {'token' if self.headers.get('Authorization') else '-'}\n")
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        with lock:
            busy[path] = busy.get(path, 0) + 1
            if busy[path] <= int(faults.get("busy", 0)):
                return self.say(503, b"busy", [("Retry-After", "0")])
            if busy[path] <= int(faults.get("limit", 0)):
                return self.say(429, b"", [("RateLimit", '"api";r=0;t=1'), ("RateLimit-Policy", '"fixed window";"api";q=500;w=300')])
        if "circle" in faults:
            return self.say(302, b"", [("Location", self.path)])
        if "refuse" in faults and origin == "hub" and path.startswith("/api/"):
            status, code, message = faults["refuse"].split(":", 2)
            return self.say(int(status), b"<html><title>No entry</title></html>" if message == "page" else b"",
                            ([("X-Error-Code", code)] if code else []) + ([("X-Error-Message", message)] if message not in ("", "page") else []))
        if "renamed" in faults and ".old" in path:
            return self.say(307, b"", [("Location", self.path.replace(".old", "", 1))])
        if origin == "content":
            return self.send_file((root / path.lstrip("/")).read_bytes(), [])
        if found := re.fullmatch(r"/api/(models|datasets)/([^/]+/[^/]+)(?:/revision/(.+))?", url.path):
            if (repo := self.repository(found[1], found[2])) is None:
                return None
            if (repo := version(repo, urllib.parse.unquote(found[3] or "main"))) is None:
                return self.refuse(404, "RevisionNotFound")
            body = {"id": found[2], "sha": commit(repo), "siblings": [{"rfilename": n} for n in files(repo)], "private": False,
                    "gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": [], "author": "org"}
            return self.say(200, json.dumps(body).encode(), [("Content-Type", "application/json")])
        if found := re.fullmatch(r"/api/(models|datasets)/([^/]+/[^/]+)/tree/([^/]+)(?:/(.*))?", url.path):
            if (repo := self.repository(found[1], found[2])) is None:
                return None
            if (repo := version(repo, urllib.parse.unquote(found[3]))) is None:
                return self.refuse(404, "RevisionNotFound")
            folder = urllib.parse.unquote(found[4] or "").rstrip("/")
            if folder and not (repo / folder).is_dir():
                return self.refuse(404, "EntryNotFound")
            whole = urllib.parse.parse_qs(url.query).get("recursive", ["false"])[0].lower() in ("true", "1")
            rows = entries(repo, folder, whole)
            if "steps-out" in faults:
                rows.append({"type": "file", "path": "../../../out.jsonl", "size": 1, "oid": "0" * 40})
            rows += [{"type": "file", "path": f"more/{i}.bin", "size": 0, "oid": "0" * 40} for i in range(int(faults.get("many", 0)))]
            page, start = int(faults.get("page", 1000)), int(urllib.parse.parse_qs(url.query).get("cursor", ["0"])[0])
            headers = [("Content-Type", "application/json")]
            if start + page < len(rows):
                base = "" if "links" in faults else hub_url
                headers.append(("Link", f'<{base}{url.path}?recursive={whole}&cursor={start + page}>; rel="next"'))
            body = json.dumps(rows[start:start + page]).encode()
            if "gzip" in faults:
                body = gzip.compress(body)
                headers.append(("Content-Encoding", "gzip"))
            return self.say(200, body, headers)
        if found := re.fullmatch(r"/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            kind = "datasets" if found[1] else "models"
            if (repo := self.repository(kind, found[2])) is None:
                return None
            if (repo := version(repo, found[3])) is None:
                return self.refuse(404, "RevisionNotFound")
            data = files(repo).get(found[4])
            if data is None:
                return self.refuse(404, "EntryNotFound")
            about = [("X-Repo-Commit", commit(repo)), ("ETag", f'"{etag(data)}"')]
            if is_large(data):
                about += [("X-Linked-Etag", f'"{etag(data)}"'), ("X-Linked-Size", str(len(data)))]
                to = f"{content_url}/{repo.relative_to(root)}/{urllib.parse.quote(found[4])}"
                return self.say(302, b"", [*about, ("Location", to)])
            return self.send_file(data, about)
        return self.refuse(404, "EntryNotFound")

    def send_file(self, data, headers):
        start = 0
        if (asked := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))) and "no-ranges" not in faults:
            start = int(asked[1])
        if "wrong" in faults and is_large(data):
            data = data[:-1] + bytes([data[-1] ^ 1])
        if "other-part" in faults and start:
            start += 1
        if start >= len(data) > 0:
            return self.say(416, b"", [("Content-Range", f"bytes */{len(data)}")])
        self.send_response(206 if start else 200)
        for name, value in headers:
            self.send_header(name, value)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.command == "HEAD":
            return None
        end = min(len(data), start + int(faults["break"])) if "break" in faults and not ("once" in faults and busy[self.path] > 1) else len(data)
        step = int(faults.get("slow", 1 << 20))
        for at in range(start, end, step):
            self.wfile.write(data[at:min(at + step, end)])
            if "slow" in faults:
                time.sleep(0.02)
        if end < len(data):
            self.close_connection = True
            self.connection.shutdown(2)
        return None

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


hub = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
content = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
hub_url, content_url = (f"http://127.0.0.1:{one.server_port}" for one in (hub, content))
print(hub_url, flush=True)
threading.Thread(target=content.serve_forever, daemon=True).start()
hub.serve_forever()
