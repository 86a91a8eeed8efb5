// An HTTP/2 server without TLS, of Node's http2 module.
//
// node_http2_server.js PORT
//
//   /digest     'LENGTH SHA256' of the request's body, with the trailer x-digest, which is the same
//   /source?N   N bytes, with the trailer x-length
//   /early      a 103 before the answer
//   /hang       the head of an answer, and nothing more; 'ended CODE' on standard output when its stream is
//   /push       whether a push is allowed, as 'push true' or 'push false'
'use strict';
const crypto = require('node:crypto');
const http2 = require('node:http2');

function answerDigest(stream) {
  const hash = crypto.createHash('sha256');
  let length = 0;
  let digest;
  stream.respond({ ':status': 200, 'content-type': 'text/plain' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-digest': digest }));
  stream.on('data', (piece) => {
    length += piece.length;
    hash.update(piece);
  });
  stream.on('end', () => {
    digest = `${length} ${hash.digest('hex')}`;
    stream.end(digest);
  });
}

function answerSource(stream, size) {
  const block = Buffer.alloc(50000, 'x');
  let left = size;
  stream.respond({ ':status': 200 }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-length': `${size}` }));
  const fill = () => {
    while (left > 0) {
      const piece = block.subarray(0, Math.min(left, block.length));
      left -= piece.length;
      if (!stream.write(piece) && left > 0) {
        stream.once('drain', fill);
        return;
      }
    }
    stream.end();
  };
  fill();
}

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  const [path, argument] = headers[':path'].split('?');
  stream.on('error', () => {});
  if (path === '/digest') {
    answerDigest(stream);
  } else if (path === '/source') {
    answerSource(stream, Number(argument));
  } else if (path === '/early') {
    stream.additionalHeaders({ ':status': 103, link: '</style.css>; rel=preload' });
    stream.respond({ ':status': 200 });
    stream.end('late');
  } else if (path === '/hang') {
    stream.respond({ ':status': 200 });
    stream.write('x');
    stream.on('close', () => console.log(`ended ${stream.rstCode}`));
  } else {
    stream.respond({ ':status': 200 });
    stream.end(`push ${stream.pushAllowed}`);
  }
});
server.listen(Number(process.argv[2]), '::', () => console.log('ready'));
