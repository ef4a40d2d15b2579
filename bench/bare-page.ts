/** What the screens are compared with: a bare page whose keys go over a plain WebSocket to an echo and come back as a table of text, without a framework. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const rows = 200;
const html = `<!doctype html><title>bare</title><input id="field" autofocus><output id="echo"></output><table><tbody></tbody></table><script>
  const socket = new WebSocket('ws://' + location.host);
  const field = document.getElementById('field');
  socket.onopen = () => { document.title = 'ready'; };
  field.addEventListener('input', () => socket.send(field.value));
  socket.onmessage = ({ data }) => {
    const { text, rows } = JSON.parse(data);
    document.querySelector('tbody').innerHTML = rows.slice(0, 40).map((row) => '<tr><td>' + row.join('</td><td>') + '</td></tr>').join('');
    document.getElementById('echo').textContent = text;
  };
</script>`;

export interface BarePage extends AsyncDisposable {
  readonly url: string;
}

export async function serveBarePage(): Promise<BarePage> {
  const server = createServer((_request, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end(html));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => socket.send(JSON.stringify({ text: data.toString('utf8'), rows: Array.from({ length: rows }, (_, index) => [`DF-${index}`, `Customer ${index}`, 'paid', '2026-11-18', '1,234.56']) })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
