#include "object/object_key.h"

#include <string>

namespace vivace {
namespace {

constexpr size_t kKeyBytesMax = 1024;
constexpr size_t kPartBytesMax =
    200;  // file systems end at 255, and a temporary file adds to the name

bool IsLegalPart(std::string_view part) {
  return !part.empty() && part != "." && part != ".." && part.size() <= kPartBytesMax;
}

}  // namespace

Status CheckKey(std::string_view key) {
  bool legal = key.size() <= kKeyBytesMax && key.find('\0') == std::string_view::npos;
  for (size_t begin = 0; legal && begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    legal = IsLegalPart(key.substr(begin, end - begin));
    begin = end + 1;
  }
  if (legal) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "invalid object key \"" + std::string(key.substr(0, kPartBytesMax)) + "\"");
}

Status CheckPrefix(std::string_view prefix) { return prefix.empty() ? Status() : CheckKey(prefix); }

}  // namespace vivace
