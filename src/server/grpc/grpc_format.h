// The gRPC mapping onto HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) as
// pure functions. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"

namespace vivace {

inline constexpr size_t kGrpcPrefixBytes = 5;
// Every encoding that requests may use.
inline constexpr std::string_view kGrpcEncodings = "identity,gzip,deflate,zstd,snappy";

bool IsGrpcContentType(std::string_view content_type);
bool IsGrpcEncoding(std::string_view encoding);

// The prefix of a message: compressed flag and length.
std::string GrpcPrefix(bool compressed, size_t message_bytes);

// "100m" and the like; nothing where it is missing or malformed.
std::optional<std::chrono::nanoseconds> ParseGrpcTimeout(std::string_view text);

// grpc-status, grpc-message and grpc-status-details-bin of a reply.
HttpHeaders GrpcTrailers(const RpcResponse& reply);

// Percent-encoding of grpc-message.
std::string EncodeGrpcMessage(std::string_view text);

// Metadata as handlers see it: -bin values decoded, the protocol's own fields left out.
HttpHeaders DecodeGrpcMetadata(HttpHeaders headers);

}  // namespace vivace
