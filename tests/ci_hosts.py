"""As much of GitHub's and GitLab's APIs on 127.0.0.1 as the examples use, with the answers' documented shapes."""

import hashlib
import http.server
import json
import re
import threading
import urllib.parse

TOKEN = "a-token-of-the-api"
PAGE = 100


class Host:
    """A server for the time of a test. `notes` are the comments on the one request there is, oldest first."""

    def __init__(self, binary):
        # What is installed leads to the binary, which is too large to be sent again and again.
        self.binary = f'#!/bin/sh\nexec "{binary}" "$@"\n'.encode()
        self.digest = hashlib.sha256(self.binary).hexdigest()
        self.notes = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def handler(host):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = host.route(self.command, url.path, query, self.headers, body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_PUT = answer

            def log_message(self, *_):
                pass

        return Handler

    def route(self, method, path, query, headers, body):
        if path == "/cairn":
            return 200, self.binary
        if not self.allowed(path, headers):
            return 401, {"message": "Unauthorized"}
        for wanted, pattern, answer in self.routes():
            found = re.fullmatch(pattern, path)
            if found and wanted == method:
                return answer(found, query, json.loads(body) if body else None)
        return 404, {"message": f"{method} {path}"}

    def page(self, values, query):
        assert query["per_page"] == str(PAGE)
        first = (int(query["page"]) - 1) * PAGE
        return 200, values[first : first + PAGE]

    def note(self, number):
        return next(n for n in self.notes if n["id"] == int(number))


class GitHub(Host):
    """`merges` are the commits that merged a pull request, with its head; `artifacts` what jobs kept, by name."""

    BOT, REPOSITORY = "github-actions[bot]", "/repos/owner/repository"

    def __init__(self, binary):
        super().__init__(binary)
        self.merges, self.artifacts = {}, []

    def ours(self):
        return [n["body"] for n in self.notes if n["user"]["login"] == self.BOT]

    def comment(self, login, body):
        self.notes.append({"id": 1000 + len(self.notes), "user": {"login": login}, "body": body})
        return 201, self.notes[-1]

    def keep(self, head):
        """What keeps the artifacts of a run on a commit."""

        def kept(name, data):
            run = {"id": 1, "head_sha": head}
            created = f"2026-01-01T00:00:{len(self.artifacts):02}Z"
            self.artifacts.append({"id": len(self.artifacts), "name": name, "expired": False, "created_at": created, "workflow_run": run, "data": data})

        return kept

    def allowed(self, path, headers):
        return headers["Authorization"] == f"Bearer {TOKEN}"

    def routes(self):
        r = self.REPOSITORY
        listed = lambda name: [{k: v for k, v in a.items() if k != "data"} for a in self.artifacts if a["name"] == name]
        return [
            ("GET", "/token", lambda m, q, b: (200, {"value": f"a-token-for-{q['audience']}"})),
            ("GET", f"{r}/issues/7/comments", lambda m, q, b: self.page(self.notes, q)),
            ("POST", f"{r}/issues/7/comments", lambda m, q, b: self.comment(self.BOT, b["body"])),
            ("PATCH", rf"{r}/issues/comments/(\d+)", lambda m, q, b: (200, self.note(m[1]).update(b) or self.note(m[1]))),
            ("GET", rf"{r}/commits/(\w+)/pulls", lambda m, q, b: (200, self.pulls(m[1]))),
            ("GET", f"{r}/actions/artifacts", lambda m, q, b: (200, {"artifacts": listed(q["name"])})),
            ("GET", rf"{r}/actions/artifacts/(\d+)/zip", lambda m, q, b: (200, self.artifacts[int(m[1])]["data"])),
        ]

    def pulls(self, commit):
        head = self.merges.get(commit)
        return [{"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": commit, "head": {"sha": head}}] if head else []


class GitLab(Host):
    """`merges` are the commits that merged a merge request, with its head; `pipelines` its pipelines, newest first."""

    ME, PROJECT = 42, "/api/v4/projects/11"

    def __init__(self, binary):
        super().__init__(binary)
        self.merges, self.pipelines = {}, []

    def ours(self):
        return [n["body"] for n in self.notes if n["author"]["id"] == self.ME]

    def comment(self, author, body):
        self.notes.append({"id": 1000 + len(self.notes), "author": {"id": author}, "body": body})
        return 201, self.notes[-1]

    def keep(self, head):
        """What keeps the artifacts of a job of a pipeline on a commit."""

        def kept(files):
            self.pipelines.insert(0, {"id": 100 + len(self.pipelines), "sha": head, "status": "success", "files": files})

        return kept

    def allowed(self, path, headers):
        return headers["PRIVATE-TOKEN"] == TOKEN

    def routes(self):
        p = self.PROJECT
        listed = lambda: [{k: v for k, v in pipeline.items() if k != "files"} for pipeline in self.pipelines]
        jobs = lambda number: [{"id": int(number) + 1000, "name": "plan", "status": "success"}]
        files = lambda job: next(pipeline["files"] for pipeline in self.pipelines if pipeline["id"] == int(job) - 1000)
        return [
            ("GET", "/api/v4/user", lambda m, q, b: (200, {"id": self.ME})),
            ("GET", f"{p}/merge_requests/7/notes", lambda m, q, b: self.page(self.notes, q)),
            ("POST", f"{p}/merge_requests/7/notes", lambda m, q, b: self.comment(self.ME, b["body"])),
            ("PUT", rf"{p}/merge_requests/7/notes/(\d+)", lambda m, q, b: (200, self.note(m[1]).update(b) or self.note(m[1]))),
            ("GET", rf"{p}/repository/commits/(\w+)/merge_requests", lambda m, q, b: (200, self.requests(m[1]))),
            ("GET", f"{p}/merge_requests/7/pipelines", lambda m, q, b: (200, listed())),
            ("GET", rf"{p}/pipelines/(\d+)/jobs", lambda m, q, b: (200, jobs(m[1]) if q == {"scope": "success"} else [])),
            ("GET", rf"{p}/jobs/(\d+)/artifacts/plan\.cairnplan", lambda m, q, b: (200, files(m[1])["plan.cairnplan"])),
        ]

    def requests(self, commit):
        head = self.merges.get(commit)
        return [{"iid": 7, "state": "merged", "sha": head, "merge_commit_sha": commit, "squash_commit_sha": None}] if head else []
