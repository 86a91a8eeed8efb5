// A WebSocket client of the package ws.
//
// node_ws_client.js ADDRESS PORT WHAT
//
//   messages   texts and binary messages of many sizes, echoed; some that the server sends; pings both ways; then closes with 4001 'done'
//   closed     asks the server for a close with 4002 'enough'
//   dropped    goes without a close
//
// Prints what it saw, and at the end 'closed CODE REASON'.
'use strict';
const crypto = require('node:crypto');
const WebSocket = require('ws');

const [address, port, what] = process.argv.slice(2);
const socket = new WebSocket(`ws://${address.includes(':') ? `[${address}]` : address}:${port}/chat`, ['chat'], { perMessageDeflate: true });
socket.on('error', (error) => console.log(`failed: ${error.message}`));
socket.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));

const next = (event) => new Promise((resolve) => socket.once(event, (...given) => resolve(given)));

async function echo(data, isBinary) {
  socket.send(data, { binary: isBinary });
  const [answer, answerIsBinary] = await next('message');
  if (!answer.equals(Buffer.from(data)) || answerIsBinary !== isBinary) {
    throw new Error(`${data.length} bytes came back otherwise`);
  }
}

const tasks = {
  async messages() {
    console.log(`open ${socket.protocol} ${socket.extensions.split(';')[0]}`);
    for (const size of [0, 1, 125, 126, 65535, 65536, 2_000_000]) {
      await echo(crypto.randomBytes(size), true);
      await echo('ü'.repeat(size / 2), false);
    }
    socket.send('send 300000');
    const [data, isBinary] = await next('message');
    console.log(`received ${data.length} ${isBinary} ${data.every((byte) => byte === 7)}`);
    socket.send('ping');
    console.log(`${(await next('message'))[0]}`);
    socket.ping('and you');
    console.log(`pong ${(await next('pong'))[0]}`);
    socket.close(4001, 'done');
  },
  async closed() {
    socket.send('close 4002 enough');
  },
  async dropped() {
    await echo('here', false);
    socket.terminate();
  },
};
socket.on('open', () => tasks[what]().catch((error) => {
  console.log(`failed: ${error.message}`);
  process.exit(1);
}));
