// @grpc/grpc-js as the other side of gRPC's interoperability suite.
// "server" prints its port and serves until stdin ends; "client PORT CASE" exits 0 when the case passed.
// https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const protos = fileURLToPath(new URL('../protos', import.meta.url));
const { testing } = grpc.loadPackageDefinition(
  loader.loadSync('grpc/testing/test.proto', { includeDirs: [protos], keepCase: false, defaults: true })).grpc;

const ECHO_INITIAL = 'x-grpc-test-echo-initial';
const ECHO_TRAILING = 'x-grpc-test-echo-trailing-bin';
const zeros = size => ({ body: Buffer.alloc(size) });

function echoMetadata(call) {
  const initial = call.metadata.get(ECHO_INITIAL);
  const trailing = call.metadata.get(ECHO_TRAILING);
  if (initial.length > 0) {
    const headers = new grpc.Metadata();
    headers.set(ECHO_INITIAL, initial[0]);
    call.sendMetadata(headers);
  }
  const trailers = new grpc.Metadata();
  if (trailing.length > 0) trailers.set(ECHO_TRAILING, trailing[0]);
  return trailers;
}

const failure = (status, metadata) => ({ code: status.code, details: status.message, metadata });

async function respond(call, request) {
  for (const { size, intervalUs } of request.responseParameters) {
    if (intervalUs > 0) await new Promise(resolve => setTimeout(resolve, intervalUs / 1000));
    call.write({ payload: zeros(size) });
  }
}

const handlers = {
  emptyCall: (call, done) => done(null, {}),
  unaryCall(call, done) {
    const trailers = echoMetadata(call);
    const { responseStatus, responseSize } = call.request;
    if (responseStatus?.code) done(failure(responseStatus, trailers));
    else done(null, { payload: zeros(responseSize) }, trailers);
  },
  async streamingOutputCall(call) {
    await respond(call, call.request);
    call.end();
  },
  streamingInputCall(call, done) {
    let sum = 0;
    call.on('data', request => { sum += request.payload.body.length; });
    call.on('end', () => done(null, { aggregatedPayloadSize: sum }));
  },
  fullDuplexCall(call) {
    const trailers = echoMetadata(call);
    let turn = Promise.resolve();
    call.on('data', request => {
      turn = turn.then(() => request.responseStatus?.code
        ? call.emit('error', failure(request.responseStatus, trailers))
        : respond(call, request));
    });
    call.on('end', () => turn.then(() => call.end(trailers)));
  },
};

async function serve() {
  const server = new grpc.Server();
  // unimplementedCall is left out on purpose; grpc-js then answers UNIMPLEMENTED itself.
  server.addService(testing.TestService.service, handlers);
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => error ? reject(error) : resolve(port)));
  console.log(`port ${port}`);
  process.stdin.on('end', () => process.exit(0)).resume();
}

/** Runs a call that ends with a callback; answers with response, headers and status. */
function unary(method, request, metadata = new grpc.Metadata()) {
  return new Promise(resolve => {
    const result = {};
    const call = method(request, metadata, (error, response) => {
      Object.assign(result, { error, response });
      if (result.status) resolve(result);
    });
    call.on('metadata', headers => { result.headers = headers; });
    call.on('status', status => {
      result.status = status;
      if ('response' in result) resolve(result);
    });
  });
}

/** A stream whose messages can be awaited one by one; next() is null at the end. */
function listen(call) {
  const messages = [];
  const waiting = [];
  let ended = false;
  call.on('data', message => waiting.length > 0 ? waiting.shift()(message) : messages.push(message));
  call.on('error', () => {});
  const headers = new Promise(resolve => call.on('metadata', resolve));
  const status = new Promise(resolve => call.on('status', result => {
    ended = true;
    resolve(result);
    for (const wake of waiting.splice(0)) wake(null);
  }));
  const next = () => messages.length > 0 ? Promise.resolve(messages.shift())
    : ended ? Promise.resolve(null)
      : new Promise(resolve => waiting.push(resolve));
  return { headers, status, next };
}

async function ping(call, stream, requestSize, responseSize) {
  call.write({ responseParameters: [{ size: responseSize }], payload: zeros(requestSize) });
  assert.equal((await stream.next())?.payload.body.length, responseSize);
}

async function expectStatus(stream, code) {
  const status = await stream.status;
  assert.equal(status.code, code, status.details);
  return status;
}

function echoed() {
  const metadata = new grpc.Metadata();
  metadata.set(ECHO_INITIAL, 'test_initial_metadata_value');
  metadata.set(ECHO_TRAILING, Buffer.from('ababab', 'hex'));
  return metadata;
}

function assertEchoed(headers, trailers) {
  assert.deepEqual(headers.get(ECHO_INITIAL), ['test_initial_metadata_value']);
  assert.equal(trailers.get(ECHO_TRAILING)[0].toString('hex'), 'ababab');
}

async function statusCase(client, message, duplexToo) {
  const responseStatus = { code: grpc.status.UNKNOWN, message };
  const { error } = await unary(client.unaryCall.bind(client), { responseStatus });
  assert.deepEqual([error.code, error.details], [grpc.status.UNKNOWN, message]);
  if (!duplexToo) return;
  const call = client.fullDuplexCall();
  const stream = listen(call);
  call.write({ responseStatus });
  call.end();
  assert.equal((await expectStatus(stream, grpc.status.UNKNOWN)).details, message);
}

const large = { responseSize: 314159, payload: zeros(271828) };

const cases = {
  async empty_unary(client) {
    assert.equal((await unary(client.emptyCall.bind(client), {})).error, null);
  },
  async large_unary(client) {
    const { error, response } = await unary(client.unaryCall.bind(client), large);
    assert.equal(error, null);
    assert.deepEqual(response.payload.body, Buffer.alloc(314159));
  },
  async client_streaming(client) {
    const response = await new Promise((resolve, reject) => {
      const call = client.streamingInputCall((error, message) => error ? reject(error) : resolve(message));
      for (const size of [27182, 8, 1828, 45904]) call.write({ payload: zeros(size) });
      call.end();
    });
    assert.equal(response.aggregatedPayloadSize, 74922);
  },
  async server_streaming(client) {
    const sizes = [31415, 9, 2653, 58979];
    const stream = listen(client.streamingOutputCall({ responseParameters: sizes.map(size => ({ size })) }));
    for (const size of sizes) assert.equal((await stream.next())?.payload.body.length, size);
    assert.equal(await stream.next(), null);
    await expectStatus(stream, grpc.status.OK);
  },
  async ping_pong(client) {
    const call = client.fullDuplexCall();
    const stream = listen(call);
    for (const [request, response] of [[27182, 31415], [8, 9], [1828, 2653], [45904, 58979]]) await ping(call, stream, request, response);
    call.end();
    await expectStatus(stream, grpc.status.OK);
  },
  async empty_stream(client) {
    const call = client.fullDuplexCall();
    const stream = listen(call);
    call.end();
    assert.equal(await stream.next(), null);
    await expectStatus(stream, grpc.status.OK);
  },
  async cancel_after_begin(client) {
    const call = client.streamingInputCall(() => {});
    const stream = listen(call);
    setImmediate(() => call.cancel());
    await expectStatus(stream, grpc.status.CANCELLED);
  },
  async cancel_after_first_response(client) {
    const call = client.fullDuplexCall();
    const stream = listen(call);
    await ping(call, stream, 27182, 31415);
    call.cancel();
    await expectStatus(stream, grpc.status.CANCELLED);
  },
  async timeout_on_sleeping_server(client) {
    const call = client.fullDuplexCall(new grpc.Metadata(), { deadline: Date.now() + 1 });
    const stream = listen(call);
    call.write({ payload: zeros(27182) });
    await expectStatus(stream, grpc.status.DEADLINE_EXCEEDED);
  },
  async custom_metadata(client) {
    const result = await unary(client.unaryCall.bind(client), large, echoed());
    assert.equal(result.response.payload.body.length, 314159);
    assertEchoed(result.headers, result.status.metadata);
    const call = client.fullDuplexCall(echoed());
    const stream = listen(call);
    await ping(call, stream, 271828, 314159);
    call.end();
    assertEchoed(await stream.headers, (await expectStatus(stream, grpc.status.OK)).metadata);
  },
  status_code_and_message: client => statusCase(client, 'test status message', true),
  special_status_message: client => statusCase(client, '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n', false),
  async unimplemented_method(client) {
    const { error } = await unary(client.unimplementedCall.bind(client), {});
    assert.equal(error?.code, grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service(client, port) {
    const other = new testing.UnimplementedService(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const { error } = await unary(other.unimplementedCall.bind(other), {});
    assert.equal(error?.code, grpc.status.UNIMPLEMENTED);
  },
};

const [mode, port, name] = process.argv.slice(2);
if (mode === 'server') {
  await serve();
} else if (mode === 'client' && name in cases) {
  await cases[name](new testing.TestService(`127.0.0.1:${port}`, grpc.credentials.createInsecure()), port);
  console.log(`${name} ok`);
  process.exit(0);
} else {
  console.error('peer.mjs server | peer.mjs client PORT CASE');
  process.exit(64);
}
