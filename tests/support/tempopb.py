"""The messages of tempopb.StreamingQuerier as protobuf classes, declared from a table, and a client
for it.

The table is spec/api.md 2.4; common.v1 comes from the OpenTelemetry package, which declares the
same wire format.
"""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.common.v1 import common_pb2

# message: fields "name number type", "rep" before repeated types; types with a capital are
# messages.
MESSAGES = {
    "SearchRequest": [
        "MinDurationMs 2 uint32",
        "MaxDurationMs 3 uint32",
        "Limit 4 uint32",
        "start 5 uint32",
        "end 6 uint32",
        "Query 8 string",
        "SpansPerSpanSet 9 uint32",
    ],
    "SearchResponse": ["traces 1 rep TraceSearchMetadata", "metrics 2 SearchMetrics"],
    "TraceSearchMetadata": [
        "traceID 1 string",
        "rootServiceName 2 string",
        "rootTraceName 3 string",
        "startTimeUnixNano 4 uint64",
        "durationMs 5 uint32",
        "spanSet 6 SpanSet",
        "spanSets 7 rep SpanSet",
        "serviceStats 8 rep StatsEntry",
    ],
    "StatsEntry": ["key 1 string", "value 2 ServiceStats"],
    "ServiceStats": ["spanCount 1 uint32", "errorCount 2 uint32"],
    "SpanSet": ["spans 1 rep Span", "matched 2 uint32", "attributes 3 rep KeyValue"],
    "Span": [
        "spanID 1 string",
        "name 2 string",
        "startTimeUnixNano 3 uint64",
        "durationNanos 4 uint64",
        "attributes 5 rep KeyValue",
    ],
    "SearchMetrics": [
        "inspectedTraces 1 uint32",
        "inspectedBytes 2 uint64",
        "totalBlocks 3 uint32",
        "completedJobs 4 uint32",
        "totalJobs 5 uint32",
        "totalBlockBytes 6 uint64",
    ],
    "SearchTagsRequest": [
        "scope 1 string",
        "query 2 string",
        "start 3 uint32",
        "end 4 uint32",
        "maxTagsPerScope 5 uint32",
    ],
    "SearchTagsResponse": ["tagNames 1 rep string", "metrics 2 MetadataMetrics"],
    "SearchTagsV2Response": ["scopes 1 rep SearchTagsV2Scope", "metrics 2 MetadataMetrics"],
    "SearchTagsV2Scope": ["name 1 string", "tags 2 rep string"],
    "SearchTagValuesRequest": [
        "tagName 1 string",
        "query 2 string",
        "start 4 uint32",
        "end 5 uint32",
        "maxTagValues 6 uint32",
    ],
    "SearchTagValuesResponse": ["tagValues 1 rep string", "metrics 2 MetadataMetrics"],
    "SearchTagValuesV2Response": ["tagValues 1 rep TagValue", "metrics 2 MetadataMetrics"],
    "TagValue": ["type 1 string", "value 2 string"],
    "MetadataMetrics": ["inspectedBytes 1 uint64", "totalJobs 2 uint32", "completedJobs 3 uint32"],
    "QueryRangeRequest": [
        "query 1 string",
        "start 2 uint64",
        "end 3 uint64",
        "step 4 uint64",
        "exemplars 16 uint32",
        "maxSeries 17 uint32",
    ],
    "QueryRangeResponse": [
        "series 1 rep TimeSeries",
        "metrics 2 SearchMetrics",
        "status 3 int32",
        "message 4 string",
    ],
    "TimeSeries": ["labels 1 rep KeyValue", "samples 2 rep Sample", "exemplars 4 rep Exemplar"],
    "Sample": ["timestamp_ms 2 int64", "value 1 double"],
    "Exemplar": ["labels 1 rep KeyValue", "value 2 double", "timestamp_ms 3 int64"],
    "QueryInstantRequest": ["query 1 string", "start 2 uint64", "end 3 uint64"],
    "QueryInstantResponse": [
        "series 1 rep InstantSeries",
        "metrics 2 SearchMetrics",
        "status 3 int32",
        "message 4 string",
    ],
    "InstantSeries": ["labels 1 rep KeyValue", "value 2 double"],
}
METHODS = {
    "Search": ("SearchRequest", "SearchResponse"),
    "SearchTags": ("SearchTagsRequest", "SearchTagsResponse"),
    "SearchTagsV2": ("SearchTagsRequest", "SearchTagsV2Response"),
    "SearchTagValues": ("SearchTagValuesRequest", "SearchTagValuesResponse"),
    "SearchTagValuesV2": ("SearchTagValuesRequest", "SearchTagValuesV2Response"),
    "MetricsQueryRange": ("QueryRangeRequest", "QueryRangeResponse"),
    "MetricsQueryInstant": ("QueryInstantRequest", "QueryInstantResponse"),
}
SCALARS = {
    name: getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in ("string", "uint32", "uint64", "int32", "int64", "double")
}


def _declare():
    field_types = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="tempopb_for_tests.proto", package="tempopb", syntax="proto3"
    )
    file.dependency.append(common_pb2.DESCRIPTOR.name)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields:
            field_name, number, *repeated, kind = text.split()
            field = message.field.add(name=field_name, number=int(number))
            field.label = field_types.LABEL_REPEATED if repeated else field_types.LABEL_OPTIONAL
            if kind in SCALARS:
                field.type = SCALARS[kind]
            else:
                field.type = field_types.TYPE_MESSAGE
                field.type_name = (
                    ".opentelemetry.proto.common.v1.KeyValue"
                    if kind == "KeyValue"
                    else f".tempopb.{kind}"
                )
    pool = descriptor_pool.Default()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tempopb.{name}"))
        for name in MESSAGES
    }


Messages = _declare()


def stream(channel, method, metadata=(), timeout=60, **fields):
    """The call of a method: iterate over it for the messages."""
    request, response = METHODS[method]
    call = channel.unary_stream(
        f"/tempopb.StreamingQuerier/{method}",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=Messages[response].FromString,
    )
    return call(Messages[request](**fields), metadata=metadata, timeout=timeout)


def channel_to(port):
    return grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)])
