#include "receive/zipkin/zipkin_span.h"

#include <arpa/inet.h>

#include <algorithm>

namespace vivace {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Digits are filled in from the right.
template <typename Id>
bool ParseDigits(std::string_view digits, Id& id) {
  id = {};
  if (digits.empty() || digits.size() > 2 * Id::kBytes) return false;
  size_t nibble = 2 * Id::kBytes - digits.size();
  for (const char c : digits) {
    const int digit = HexDigit(c);
    if (digit < 0) return false;
    id.bytes[nibble / 2] =
        static_cast<uint8_t>(id.bytes[nibble / 2] | digit << (nibble % 2 == 0 ? 4 : 0));
    ++nibble;
  }
  return true;
}

std::string FormatIp(int family, const void* address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, address, text, sizeof text);
}

}  // namespace

void ZipkinSpan::Clear() {
  trace_id = {};
  span_id = parent_span_id = {};
  name = {};
  kind = 0;
  start_is_missing = false;
  start_unix_nanos = duration_nanos = 0;
  local.Clear();
  remote.Clear();
  tags.clear();
  annotations.clear();
}

bool ParseZipkinId(std::string_view digits, TraceId& id) { return ParseDigits(digits, id); }
bool ParseZipkinId(std::string_view digits, SpanId& id) { return ParseDigits(digits, id); }

std::string NormalizeZipkinIp(std::string_view text) {
  const std::string address(text);
  unsigned char bytes[sizeof(in6_addr)];
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, address.c_str(), bytes) == 1) return FormatIp(family, bytes);
  }
  return address;
}

std::string ZipkinIpOfBytes(std::string_view raw) {
  if (raw.size() == sizeof(in_addr)) return FormatIp(AF_INET, raw.data());
  if (raw.size() == sizeof(in6_addr)) return FormatIp(AF_INET6, raw.data());
  return {};
}

}  // namespace vivace
