// A client of Node's http2 module, with prior knowledge; all it asks goes over one connection.
//
// node_http2_client.js ADDRESS PORT WHAT
//
//   streams    200 uploads at a time, of 0 to 200,000 bytes, each answered with the digest of its own body, as body and trailer
//   large      50 MB up, then 50 MB down
//   early      what the 103 before an answer says, and the answer
//   cancel     gives a request up in the middle of its answer; the connection serves the next one
//   push       what the server says of pushes
'use strict';
const crypto = require('node:crypto');
const http2 = require('node:http2');

const [address, port, what] = process.argv.slice(2);
// Node refuses new streams while 10 MB wait to be sent, which is less than one body here.
const session = http2.connect(`http://${address.includes(':') ? `[${address}]` : address}:${port}`, { maxSessionMemory: 200 });
session.on('error', (error) => {
  console.log(`failed: ${error.message}`);
  process.exit(1);
});

// Ends with the answer; the body is counted, and kept while it is short.
function ask(path, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' });
    const answer = { text: '', length: 0, trailers: {}, early: {} };
    stream.on('headers', (headers) => { answer.early = headers; });
    stream.on('response', (headers) => { answer.status = headers[':status']; });
    stream.on('trailers', (trailers) => { answer.trailers = trailers; });
    stream.on('data', (piece) => {
      answer.length += piece.length;
      answer.text += answer.length < 1000 ? piece : '';
    });
    stream.on('end', () => resolve(answer));
    stream.on('error', reject);
    stream.end(body);
  });
}

function expect(condition, text) {
  if (!condition) {
    throw new Error(text);
  }
}

async function upload(size) {
  const body = crypto.randomBytes(size);
  const digest = `${size} ${crypto.createHash('sha256').update(body).digest('hex')}`;
  const answer = await ask('/digest', body);
  expect(answer.status === 200 && answer.text === digest && answer.trailers['x-digest'] === digest, `${size} bytes: ${JSON.stringify(answer)}`);
}

const tasks = {
  async streams() {
    await Promise.all(Array.from({ length: 200 }, (_, number) => upload(number * 1000)));
    return '200 uploads';
  },
  async large() {
    await upload(50_000_000);
    const answer = await ask('/source?50000000');
    expect(answer.length === 50_000_000 && answer.trailers['x-length'] === '50000000', JSON.stringify(answer));
    return '50 MB each way';
  },
  async early() {
    const answer = await ask('/early');
    return `${answer.early[':status']} ${answer.early.link} ${answer.status} ${answer.text}`;
  },
  async cancel() {
    const stream = session.request({ ':path': '/hang' });
    await new Promise((resolve) => stream.once('data', resolve));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await closed;
    return (await ask('/push')).text;
  },
  async push() {
    return (await ask('/push')).text;
  },
};

tasks[what]().then((text) => {
  console.log(text);
  session.close();
}, (error) => {
  console.log(`failed: ${error.message}`);
  process.exit(1);
});
