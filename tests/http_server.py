"""A server for tests: it keeps what it is sent, and answers what it is told to."""

import contextlib
import http.server
import json
import threading


class Request:
    """One request as it came."""

    def __init__(self, handler):
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """Where it listens, and every request so far."""

    def __init__(self, url):
        self.url, self.requests = url, []


@contextlib.contextmanager
def serve(answer=lambda request: (200, {})):
    """A server on loopback while the block lasts. `answer` gives a status, and JSON or text."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def respond(self):
            request = Request(self)
            server.requests.append(request)
            status, body = answer(request)
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = respond

        def log_message(self, *_):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{listening.server_port}")
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
