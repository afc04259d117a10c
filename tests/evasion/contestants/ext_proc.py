"""A service behind Envoy's ext_proc filter as one writes it in an afternoon: buffers the body, parses, masks, prints.

ext_proc.py PORT; it ends when standard input closes.
"""

import json
import sys
from concurrent import futures

import grpc
from envoy.service.ext_proc.v3 import external_processor_pb2 as messages
from envoy.service.ext_proc.v3 import external_processor_pb2_grpc as service

NAMES = {"ssn", "email", "phone", "born", "iban", "notes"}


def mask(value):
    if isinstance(value, list):
        return [mask(item) for item in value]
    if isinstance(value, dict):
        return {name: "***" if name in NAMES else mask(item) for name, item in value.items()}
    return value


def mask_card(value):
    if isinstance(value, list):
        return [mask_card(item) for item in value]
    if isinstance(value, dict):
        card = value.get("card")
        if isinstance(card, dict) and "number" in card:
            value = {**value, "card": {**card, "number": "***"}}
        return {name: mask_card(item) for name, item in value.items()}
    return value


class Processor(service.ExternalProcessorServicer):
    def Process(self, requests, context):
        for request in requests:
            response = messages.ProcessingResponse()
            if request.HasField("response_body"):
                try:
                    body = json.dumps(mask_card(mask(json.loads(request.response_body.body)))).encode()
                except ValueError:
                    body = None
                common = response.response_body.response
                # An answer that sets nothing is an error to Envoy: what is not JSON goes on as it is.
                response.response_body.SetInParent()
                if body is not None:
                    common.body_mutation.body = body
                    common.header_mutation.remove_headers.append("content-length")
            yield response


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    service.add_ExternalProcessorServicer_to_server(Processor(), server)
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    sys.stdin.read()
    server.stop(0)


main()
