#include "server/grpc/grpc_call.h"

#include <algorithm>

#include "base/compression/decompress.h"

namespace vivace {
namespace {

// What a prefix alone gets reserved. Typical messages fit, so that they are stored without moving.
constexpr size_t kMessageReserveBytesMax = 1 << 20;

std::unexpected<Error> TooLarge(size_t size, size_t limit) {
  return Fail(ErrorCode::kResourceExhausted, "grpc: received message larger than max (" +
                                                 std::to_string(size) + " vs. " +
                                                 std::to_string(limit) + ")");
}

}  // namespace

Status GrpcCall::Begin(const GrpcService& service, std::string_view path,
                       const HttpHeaders& headers) {
  VIVACE_ASSIGN(method_, service.Find(path));
  timeout_ = ParseGrpcTimeout(FindHeader(headers, "grpc-timeout"));
  encoding_ = FindHeader(headers, "grpc-encoding");
  if (encoding_ == "identity") encoding_.clear();
  if (!IsGrpcEncoding(encoding_)) {
    return Fail(ErrorCode::kUnimplemented,
                "grpc: Decompressor is not installed for grpc-encoding \"" + encoding_ + "\"");
  }
  if (encoding_ == "gzip" || encoding_ == "zstd") response_encoding_ = encoding_;
  return {};
}

Status GrpcCall::OnData(std::string_view data) {
  while (!data.empty()) {
    if (prefix_bytes_ < kGrpcPrefixBytes) {
      const size_t part = std::min(data.size(), kGrpcPrefixBytes - prefix_bytes_);
      std::copy_n(data.data(), part, prefix_.data() + prefix_bytes_);
      prefix_bytes_ += part;
      data.remove_prefix(part);
      if (prefix_bytes_ == kGrpcPrefixBytes) VIVACE_TRY(OnPrefix());
      continue;
    }
    const size_t part = std::min(data.size(), message_bytes_ - message_.size());
    if (part == 0)
      return Fail(ErrorCode::kInternal,
                  "cardinality violation: received more than one request message");
    message_.append(data.substr(0, part));
    data.remove_prefix(part);
  }
  return {};
}

Status GrpcCall::OnPrefix() {
  uint32_t size = 0;
  for (const char byte : std::string_view(prefix_.data() + 1, kGrpcPrefixBytes - 1))
    size = size << 8 | static_cast<uint8_t>(byte);
  if (size > method_->limits.received_bytes_max)
    return TooLarge(size, method_->limits.received_bytes_max);
  if (prefix_[0] != 0 && prefix_[0] != 1) {
    return Fail(ErrorCode::kInternal, "grpc: received unexpected payload format " +
                                          std::to_string(static_cast<uint8_t>(prefix_[0])));
  }
  compressed_ = prefix_[0] == 1;
  if (compressed_ && encoding_.empty()) {
    return Fail(ErrorCode::kInternal, "grpc: compressed flag set with identity or empty encoding");
  }
  message_bytes_ = size;
  message_.reserve(std::min(message_bytes_, kMessageReserveBytesMax));
  return {};
}

Result<std::string> GrpcCall::TakeMessage() {
  if (prefix_bytes_ == 0)
    return Fail(ErrorCode::kInternal, "cardinality violation: received no request message");
  if (prefix_bytes_ < kGrpcPrefixBytes || message_.size() < message_bytes_)
    return Fail(ErrorCode::kInternal, "unexpected EOF");
  if (compressed_) return DecompressMessage();
  return std::move(message_);
}

Result<std::string> GrpcCall::DecompressMessage() const {
  auto decoded = Decompress(encoding_, message_, method_->limits.received_bytes_max);
  if (decoded) return decoded;
  if (decoded.error().code == ErrorCode::kResourceExhausted) {
    return Fail(ErrorCode::kResourceExhausted,
                "grpc: received message after decompression larger than max " +
                    std::to_string(method_->limits.received_bytes_max));
  }
  return Fail(ErrorCode::kInternal,
              "grpc: failed to decompress the received message: " + decoded.error().message);
}

}  // namespace vivace
