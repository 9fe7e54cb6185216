#include "server/http/http_target.h"

#include <vector>

#include "base/ascii.h"

namespace vivace {
namespace {

constexpr std::string_view kNotAPath = "the request target is not a path";

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What follows the authority of a target in absolute form; the target itself in other forms.
std::string_view WithoutAuthority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() ||
        !EqualsIgnoringCase(target.substr(0, scheme.size()), scheme))
      continue;
    const size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view() : target.substr(end);
  }
  return target;
}

// Whether `path` is in its one spelling as it is.
bool IsPlain(std::string_view path) {
  if (path.find_first_of("% #") != std::string_view::npos) return false;
  for (size_t slash = 0; slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (slash + 1 < path.size() && (path[slash + 1] == '/' || path[slash + 1] == '.')) return false;
  }
  return true;
}

void AppendByte(char byte, std::string& segment) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (!IsControl(byte) && !std::string_view("/%?# ").contains(byte)) {
    segment += byte;
    return;
  }
  const auto value = static_cast<unsigned char>(byte);
  segment += {'%', kDigits[value >> 4], kDigits[value & 15]};
}

// Appends one segment, every byte in its one spelling.
std::optional<std::string_view> AppendSegment(std::string_view text, std::string& segment) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      AppendByte(text[i], segment);
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0) return "the request target has an invalid percent-escape";
    const char byte = static_cast<char>(high << 4 | low);
    if (byte == '\0') return "the request target has a NUL";
    AppendByte(byte, segment);
    i += 2;
  }
  return std::nullopt;
}

std::optional<std::string_view> CleanPath(std::string_view path, HttpRequest& request) {
  std::vector<std::string> segments;
  std::string segment;
  for (size_t begin = 1; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    segment.clear();
    if (auto problem = AppendSegment(path.substr(begin, end - begin), segment)) return problem;
    const bool is_up = segment == "..";
    const bool is_last = end == path.size();
    if (is_up || segment == "." || (segment.empty() && !is_last)) {
      request.path_was_cleaned = true;
      if (is_up && !segments.empty()) segments.pop_back();
    } else if (!segment.empty()) {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  request.path.clear();
  for (const std::string& each : segments) request.path.append("/").append(each);
  if (request.path.empty() || path.ends_with('/')) request.path += '/';
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> ParseTarget(std::string_view target, HttpRequest& request) {
  for (const char c : target) {
    if (IsControl(c)) return "the request target has a control character";
  }
  if (target.contains('#')) return "the request target has a fragment";
  target = WithoutAuthority(target);
  const size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  request.path_was_cleaned = false;
  if (path.empty()) {
    request.path = "/";
    return std::nullopt;
  }
  if (path == "*" || (path.starts_with('/') && IsPlain(path))) {
    request.path = path;
    return std::nullopt;
  }
  return path.starts_with('/') ? CleanPath(path, request) : kNotAPath;
}

}  // namespace vivace
