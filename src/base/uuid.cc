#include "base/uuid.h"

#include <cstring>
#include <random>

#include "base/ids.h"

namespace vivace {
namespace {

constexpr size_t kTextSize = 36;

bool IsDashPosition(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

std::unexpected<Error> Malformed(std::string_view text) {
  return Fail(ErrorCode::kInvalidArgument,
              "not a UUID: \"" + std::string(text.substr(0, 64)) + "\"");
}

}  // namespace

Uuid Uuid::Random() {
  std::random_device device;
  Uuid uuid;
  for (size_t at = 0; at < uuid.bytes.size(); at += sizeof(uint32_t)) {
    const uint32_t word = device();
    std::memcpy(uuid.bytes.data() + at, &word, sizeof word);
  }
  uuid.bytes[6] = (uuid.bytes[6] & 0x0f) | 0x40;
  uuid.bytes[8] = (uuid.bytes[8] & 0x3f) | 0x80;
  return uuid;
}

Result<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != kTextSize) return Malformed(text);
  std::string digits;
  for (size_t at = 0; at < text.size(); ++at) {
    if (IsDashPosition(at) != (text[at] == '-')) return Malformed(text);
    if (text[at] != '-') digits.push_back(text[at]);
  }
  const Result<std::string> raw = FromHex(digits);
  if (!raw.has_value()) return Malformed(text);
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), raw->data(), uuid.bytes.size());
  return uuid;
}

std::string Uuid::ToString() const {
  std::string text = ToHex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

}  // namespace vivace
