#!/usr/bin/env python3
"""A client of Usher that is not written in Rust and knows nothing but the address: it learns the contract by reflection.

client.py ADDRESS TOKEN: lists the services, creates a job, reads it back, and shows an error with its details.
"""
import sys

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def main(address, token):
    channel = grpc.insecure_channel(address)
    reflection = ProtoReflectionDescriptorDatabase(channel)
    services = [name for name in reflection.get_services() if name.startswith("usher.")]
    print("\n".join(sorted(services)))
    pool = DescriptorPool(reflection)

    def call(service, method, **fields):
        described = pool.FindServiceByName(service).FindMethodByName(method)
        request = json_format.ParseDict(fields, GetMessageClass(described.input_type)())
        answer = GetMessageClass(described.output_type)
        stub = channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return stub(request, metadata=[("authorization", f"Bearer {token}")], timeout=10)

    job = call("usher.ats.v1.JobService", "CreateJob", title="Data Engineer", companyName="Bluefield Health").job
    again = call("usher.ats.v1.JobService", "GetJob", jobId=job.job_id).job
    assert again.title == "Data Engineer", again
    print("created and read", job.job_id)
    try:
        call("usher.ats.v1.JobService", "GetJob", jobId="not-an-id")
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error
        details = dict(error.trailing_metadata())["grpc-status-details-bin"]
        for packed in status_pb2.Status.FromString(details).details:
            bad = error_details_pb2.BadRequest()
            if packed.Unpack(bad):
                print("refused:", bad.field_violations[0].field, bad.field_violations[0].description)
                return
    raise AssertionError("a malformed id must be refused with its field")


if __name__ == "__main__":
    main(*sys.argv[1:])
