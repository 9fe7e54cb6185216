#include "server/grpc/grpc_format.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "base/base64.h"

namespace vivace {
namespace {

constexpr size_t kTimeoutDigitsMax = 8;

std::optional<int64_t> UnitNanos(char unit) {
  switch (unit) {
    case 'H':
      return 3'600'000'000'000;
    case 'M':
      return 60'000'000'000;
    case 'S':
      return 1'000'000'000;
    case 'm':
      return 1'000'000;
    case 'u':
      return 1'000;
    case 'n':
      return 1;
    default:
      return std::nullopt;
  }
}

bool IsProtocolField(std::string_view name) {
  return name == "te" || name == "grpc-timeout" || name == "grpc-encoding" ||
         name == "grpc-accept-encoding" || name == "grpc-message-type";
}

// gRPC asks for base64 without padding.
std::string ToUnpaddedBase64(std::string_view bytes) {
  std::string text = ToBase64(bytes);
  text.resize(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace

bool IsGrpcContentType(std::string_view content_type) {
  constexpr std::string_view kBase = "application/grpc";
  if (!content_type.starts_with(kBase)) return false;
  return content_type.size() == kBase.size() || content_type[kBase.size()] == '+' ||
         content_type[kBase.size()] == ';';
}

bool IsGrpcEncoding(std::string_view encoding) {
  return encoding.empty() || encoding == "identity" || encoding == "gzip" ||
         encoding == "deflate" || encoding == "zstd" || encoding == "snappy";
}

std::string GrpcPrefix(bool compressed, size_t message_bytes) {
  const auto size = static_cast<uint32_t>(message_bytes);
  return {static_cast<char>(compressed), static_cast<char>(size >> 24),
          static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)};
}

std::optional<std::chrono::nanoseconds> ParseGrpcTimeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kTimeoutDigitsMax + 1) return std::nullopt;
  const auto unit = UnitNanos(text.back());
  uint32_t amount = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [parsed, error] = std::from_chars(text.data(), end, amount);
  if (!unit || error != std::errc() || parsed != end) return std::nullopt;
  // 8 digits of hours are 11,000 years: more than 64 bits of nanoseconds hold.
  if (amount > INT64_MAX / *unit) return std::chrono::nanoseconds::max();
  return std::chrono::nanoseconds(amount * *unit);
}

std::string EncodeGrpcMessage(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<uint8_t>(c);
    encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

HttpHeaders GrpcTrailers(const RpcResponse& reply) {
  HttpHeaders trailers;
  trailers.emplace_back("grpc-status",
                        reply.error ? std::to_string(static_cast<int>(reply.error->code)) : "0");
  if (reply.error && !reply.error->message.empty())
    trailers.emplace_back("grpc-message", EncodeGrpcMessage(reply.error->message));
  if (!reply.status_details.empty())
    trailers.emplace_back("grpc-status-details-bin", ToUnpaddedBase64(reply.status_details));
  return trailers;
}

HttpHeaders DecodeGrpcMetadata(HttpHeaders headers) {
  std::erase_if(headers, [](const auto& field) { return IsProtocolField(field.first); });
  for (auto& [name, value] : headers) {
    if (!name.ends_with("-bin")) continue;
    if (auto decoded = FromBase64(value)) value = std::move(*decoded);
  }
  return headers;
}

}  // namespace vivace
