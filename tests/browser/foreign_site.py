"""Another site: a page of its own on loopback, which tries from a browser what any site may try."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

# Each attempt ends with what it could read, or with "refused"; a form leads to what was answered.
ATTEMPTS = """
<!doctype html><title>Another site</title><script>
const refused = () => 'refused';
const ended = (element, address) => new Promise((done) => {
  element.onload = () => done('loaded');
  element.onerror = () => done('refused');
  Object.assign(element, address);
  document.body.append(element);
});
const attempts = {
  read: (url) => fetch(url, { credentials: 'include' }).then((answer) => answer.text()).catch(refused),
  sendJson: (url, body) =>
    fetch(url, {
      method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body,
    }).then((answer) => answer.text()).catch(refused),
  sendBlindly: (url, body) =>
    fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).then(refused, refused),
  readBlindly: (url) => fetch(url, { mode: 'no-cors', credentials: 'include' }).then(
    (answer) => answer.type === 'opaque' ? 'refused' : answer.text(), refused),
  beacon: async (url, body) => (navigator.sendBeacon(url, body), 'refused'),
  image: (url) => ended(new Image(), { src: url }),
  script: (url) => ended(document.createElement('script'), { src: url }),
  style: (url) => ended(document.createElement('link'), { rel: 'stylesheet', href: url }),
  events: (url) => new Promise((done) => {
    const source = new EventSource(url, { withCredentials: true });
    source.onopen = () => done('opened');
    source.onerror = () => (source.close(), done('refused'));
  }),
  socket: (url) => new Promise((done) => {
    const socket = new WebSocket(url.replace('http', 'ws'));
    socket.onopen = () => done('opened');
    socket.onerror = () => done('refused');
  }),
  frame: (url) => ended(document.createElement('iframe'), { src: url }),
  form: (url, body) => {
    const form = Object.assign(document.createElement('form'), {
      action: url, method: 'POST', enctype: 'text/plain',
    });
    form.append(Object.assign(document.createElement('input'), { name: body, value: '' }));
    document.body.append(form);
    form.submit();
  },
};
</script><body></body>
"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the page; below /cookie with the cookies that came, to any site, and one more."""
        is_cookie = self.path == "/cookie"
        body = (self.headers.get("Cookie", "") if is_cookie else ATTEMPTS).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if is_cookie else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if is_cookie:
            self.send_header("Set-Cookie", "from=anywhere; SameSite=None; Secure")
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
            self.send_header("Access-Control-Allow-Credentials", "true")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class ForeignSite:
    """Serves the page while it is entered; `port` is where, on loopback."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
