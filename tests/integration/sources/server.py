"""A source as a test wants it: server.py MODE ARGUMENT. Prints its port, and serves until it is killed."""
import functools
import http.server
import ssl
import sys
import time

MODE, ARGUMENT = sys.argv[1:]


class Misbehaving(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            getattr(self, MODE)()
        except OSError:
            pass  # Nobody listens any more.

    def answer(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def content(self):
        """The same file, whatever is asked for."""
        with open(ARGUMENT, "rb") as file:
            content = file.read()
        self.answer(200, ("Content-Length", len(content)))
        self.wfile.write(content)

    def slow(self):
        """A byte every now and then, so that no time-out of the connection is met."""
        self.answer(200, ("Content-Length", 1 << 20))
        while True:
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.2)

    def huge(self):
        self.answer(200, ("Content-Length", 1 << 30))
        while True:
            self.wfile.write(bytes(1 << 20))

    def silent(self):
        time.sleep(600)

    def circle(self):
        self.answer(302, ("Location", self.path))

    def elsewhere(self):
        self.answer(302, ("Location", "file:///etc/passwd"))

    def astray(self):
        """To another host, where nobody listens."""
        self.answer(302, ("Location", "http://127.0.0.2:1/"))

    def unknown(self):
        """Never asked: the connection itself is refused, since nobody knows the certificate in ARGUMENT."""
        self.answer(200)

    def broken(self):
        self.answer(503)

    def log_message(self, *_):
        pass


class Tree(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


handler = functools.partial(Tree, directory=ARGUMENT) if MODE == "tree" else Misbehaving
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
if MODE == "unknown":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ARGUMENT)
    # In the thread of the connection, so that one that is refused does not end the server.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
