// A WebSocket server of the package ws.
//
// node_ws_server.js PORT
//
// Answers every message with itself, but 'send N' with N binary bytes of its own accord, 'ping' with a ping, and 'close CODE REASON' with that
// close. Prints 'closed CODE REASON' for what ended each connection.
'use strict';
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({ port: Number(process.argv[2]), perMessageDeflate: true }, () => console.log('ready'));
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    const [word, argument, ...rest] = isBinary || data.length > 100 ? [''] : data.toString().split(' ');
    if (word === 'send') {
      socket.send(Buffer.alloc(Number(argument), 7));
    } else if (word === 'ping') {
      socket.ping('are you there');
      socket.once('pong', (answer) => socket.send(`pong ${answer}`));
    } else if (word === 'close') {
      socket.close(Number(argument), rest.join(' '));
    } else {
      socket.send(data, { binary: isBinary });
    }
  });
  socket.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));
});
