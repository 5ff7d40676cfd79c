"""grpcio as the other side of gRPC's interoperability suite.

"server DESCRIPTORS" prints its port and serves until stdin ends; "client DESCRIPTORS PORT CASE" exits 0 when the
case passed. DESCRIPTORS is a file with a serialized FileDescriptorSet: Debian has no matching protoc plugin, and
none is needed. https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
"""
import queue
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
ECHOED = ((ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab"))
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
LIMIT_SECONDS = 15


class Messages:
    """The message classes of grpc.testing, as attributes."""

    def __init__(self, path):
        pool = descriptor_pool.DescriptorPool()
        factory = message_factory.MessageFactory(pool)
        with open(path, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
        for each in files:
            pool.Add(each)
        for each in files:
            for message in each.message_type:
                setattr(self, message.name, factory.GetPrototype(pool.FindMessageTypeByName(f"{each.package}.{message.name}")))

    def zeros(self, size):
        return self.Payload(body=bytes(size))


def serve(m):
    def echo_metadata(context):
        sent = dict(context.invocation_metadata())
        if ECHO_INITIAL in sent:
            context.send_initial_metadata(((ECHO_INITIAL, sent[ECHO_INITIAL]),))
        if ECHO_TRAILING in sent:
            context.set_trailing_metadata(((ECHO_TRAILING, sent[ECHO_TRAILING]),))

    def refuse(status, context):
        if status.code:
            code = next(c for c in grpc.StatusCode if c.value[0] == status.code)
            context.abort(code, status.message)

    def unary_call(request, context):
        echo_metadata(context)
        refuse(request.response_status, context)
        return m.SimpleResponse(payload=m.zeros(request.response_size))

    def respond(request, context):
        for wanted in request.response_parameters:
            time.sleep(wanted.interval_us / 1e6)
            yield m.StreamingOutputCallResponse(payload=m.zeros(wanted.size))

    def sum_up(requests, context):
        return m.StreamingInputCallResponse(aggregated_payload_size=sum(len(r.payload.body) for r in requests))

    def full_duplex(requests, context):
        echo_metadata(context)
        for request in requests:
            refuse(request.response_status, context)
            yield from respond(request, context)

    def handler(kind, behavior, request):
        return kind(behavior, request_deserializer=request.FromString, response_serializer=lambda r: r.SerializeToString())

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.testing.TestService", {
        "EmptyCall": handler(grpc.unary_unary_rpc_method_handler, lambda request, context: request, m.Empty),
        "UnaryCall": handler(grpc.unary_unary_rpc_method_handler, unary_call, m.SimpleRequest),
        "StreamingOutputCall": handler(grpc.unary_stream_rpc_method_handler, respond, m.StreamingOutputCallRequest),
        "StreamingInputCall": handler(grpc.stream_unary_rpc_method_handler, sum_up, m.StreamingInputCallRequest),
        "FullDuplexCall": handler(grpc.stream_stream_rpc_method_handler, full_duplex, m.StreamingOutputCallRequest),
    }),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"port {port}", flush=True)
    sys.stdin.read()
    server.stop(0).wait()


class Requests:
    """A request stream that is fed while the call runs."""

    def __init__(self):
        self._queue = queue.Queue()

    def send(self, message):
        self._queue.put(message)

    def close(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


class Client:
    def __init__(self, m, port):
        self.m = m
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def method(self, kind, name, response, service="TestService"):
        return kind(f"/grpc.testing.{service}/{name}",
                    request_serializer=lambda r: r.SerializeToString(), response_deserializer=response.FromString)

    def empty_call(self, name="EmptyCall", service="TestService"):
        return self.method(self.channel.unary_unary, name, self.m.Empty, service)(self.m.Empty(), timeout=LIMIT_SECONDS)

    def unary_call(self, request, **more):
        return self.method(self.channel.unary_unary, "UnaryCall", self.m.SimpleResponse).with_call(request, timeout=LIMIT_SECONDS, **more)

    def duplex(self, requests, timeout=LIMIT_SECONDS, **more):
        return self.method(self.channel.stream_stream, "FullDuplexCall", self.m.StreamingOutputCallResponse)(iter(requests), timeout=timeout, **more)

    def input_call(self):
        return self.method(self.channel.stream_unary, "StreamingInputCall", self.m.StreamingInputCallResponse)

    def large(self):
        return self.m.SimpleRequest(response_size=314159, payload=self.m.zeros(271828))

    def ping(self, requests, call, request_size, response_size):
        requests.send(self.m.StreamingOutputCallRequest(
            response_parameters=[self.m.ResponseParameters(size=response_size)], payload=self.m.zeros(request_size)))
        equal(len(next(call).payload.body), response_size)

    # The cases.

    def empty_unary(self):
        equal(self.empty_call(), self.m.Empty())

    def large_unary(self):
        response, _ = self.unary_call(self.large())
        equal(response.payload.body, bytes(314159))

    def client_streaming(self):
        sizes = (27182, 8, 1828, 45904)
        requests = (self.m.StreamingInputCallRequest(payload=self.m.zeros(size)) for size in sizes)
        equal(self.input_call()(requests, timeout=LIMIT_SECONDS).aggregated_payload_size, 74922)

    def server_streaming(self):
        sizes = [31415, 9, 2653, 58979]
        call = self.method(self.channel.unary_stream, "StreamingOutputCall", self.m.StreamingOutputCallResponse)
        request = self.m.StreamingOutputCallRequest(response_parameters=[self.m.ResponseParameters(size=size) for size in sizes])
        equal([len(r.payload.body) for r in call(request, timeout=LIMIT_SECONDS)], sizes)

    def ping_pong(self):
        requests = Requests()
        call = self.duplex(requests)
        for request, response in ((27182, 31415), (8, 9), (1828, 2653), (45904, 58979)):
            self.ping(requests, call, request, response)
        requests.close()
        equal(list(call), [])
        equal(call.code(), grpc.StatusCode.OK)

    def empty_stream(self):
        call = self.duplex([])
        equal(list(call), [])
        equal(call.code(), grpc.StatusCode.OK)

    def cancel_after_begin(self):
        requests = Requests()
        call = self.input_call().future(iter(requests), timeout=LIMIT_SECONDS)
        call.cancel()
        equal(call.cancelled(), True)
        equal(call.code(), grpc.StatusCode.CANCELLED)
        requests.close()

    def cancel_after_first_response(self):
        requests = Requests()
        call = self.duplex(requests)
        self.ping(requests, call, 27182, 31415)
        call.cancel()
        expect(grpc.StatusCode.CANCELLED, lambda: next(call))
        requests.close()

    def timeout_on_sleeping_server(self):
        requests = Requests()
        requests.send(self.m.StreamingOutputCallRequest(payload=self.m.zeros(27182)))
        call = self.duplex(requests, timeout=0.001)
        expect(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))
        requests.close()

    def custom_metadata(self):
        response, call = self.unary_call(self.large(), metadata=ECHOED)
        equal(len(response.payload.body), 314159)
        echoed(call)
        requests = Requests()
        call = self.duplex(requests, metadata=ECHOED)
        self.ping(requests, call, 271828, 314159)
        requests.close()
        equal(list(call), [])
        echoed(call)

    def status_case(self, message):
        status = self.m.EchoStatus(code=2, message=message)
        error = expect(grpc.StatusCode.UNKNOWN, lambda: self.unary_call(self.m.SimpleRequest(response_status=status)))
        equal(error.details(), message)
        return status

    def status_code_and_message(self):
        status = self.status_case("test status message")
        call = self.duplex([self.m.StreamingOutputCallRequest(response_status=status)])
        error = expect(grpc.StatusCode.UNKNOWN, lambda: next(call))
        equal(error.details(), status.message)

    def special_status_message(self):
        self.status_case(SPECIAL)

    def unimplemented_method(self):
        expect(grpc.StatusCode.UNIMPLEMENTED, lambda: self.empty_call("UnimplementedCall"))

    def unimplemented_service(self):
        expect(grpc.StatusCode.UNIMPLEMENTED, lambda: self.empty_call("UnimplementedCall", "UnimplementedService"))


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {str(expected)[:200]}, got {str(actual)[:200]}")


def expect(code, action):
    try:
        action()
    except grpc.RpcError as error:
        equal(error.code(), code)
        return error
    raise AssertionError(f"expected {code}, but the call went on")


def echoed(call):
    equal(dict(call.initial_metadata()).get(ECHO_INITIAL), ECHOED[0][1])
    equal(dict(call.trailing_metadata()).get(ECHO_TRAILING), ECHOED[1][1])


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "server":
        serve(Messages(arguments[1]))
    elif len(arguments) == 4 and arguments[0] == "client":
        getattr(Client(Messages(arguments[1]), arguments[2]), arguments[3])()
        print(f"{arguments[3]} ok")
    else:
        sys.exit("peer.py server DESCRIPTORS | peer.py client DESCRIPTORS PORT CASE")


if __name__ == "__main__":
    main(sys.argv[1:])
