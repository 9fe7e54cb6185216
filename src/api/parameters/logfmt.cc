#include "api/parameters/logfmt.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/utf8.h"

namespace vivace {
namespace {

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' '; }

class LogfmtReader {
 public:
  explicit LogfmtReader(std::string_view text) : text_(text) {}

  Result<std::vector<std::pair<std::string, std::string>>> Read() {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (SkipBlanks()) {
      const std::string_view key = ReadBare(true);
      if (key.empty()) return Bad(fmt::format("unexpected '{}' at pos {}", text_[at_], at_ + 1));
      std::string value;
      if (at_ < text_.size() && text_[at_] == '=') {
        ++at_;
        VIVACE_ASSIGN(value, ReadValue());
      }
      const auto is_same = [&](const auto& pair) { return pair.first == key; };
      if (std::ranges::any_of(pairs, is_same))
        return Bad(fmt::format("tag {} has been set twice", key));
      pairs.emplace_back(key, std::move(value));
    }
    return pairs;
  }

 private:
  static std::unexpected<Error> Bad(const std::string& why) {
    return Fail(ErrorCode::kInvalidArgument, "invalid tags: " + why);
  }

  bool SkipBlanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    return at_ < text_.size();
  }

  // Up to a blank; a key also up to '='.
  std::string_view ReadBare(bool is_key) {
    const size_t begin = at_;
    while (at_ < text_.size() && !IsBlank(text_[at_]) && text_[at_] != '"' &&
           !(is_key && text_[at_] == '='))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Result<std::string> ReadValue() {
    if (at_ == text_.size() || text_[at_] != '"') {
      const std::string_view value = ReadBare(false);
      if (at_ < text_.size() && text_[at_] == '"')
        return Bad(fmt::format("unexpected '\"' at pos {}", at_ + 1));
      return std::string(value);
    }
    ++at_;
    return ReadQuoted();
  }

  // Behind the opening quote.
  Result<std::string> ReadQuoted() {
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
      } else if (!ReadEscape(value)) {
        return Bad(fmt::format("invalid escape in quoted value at pos {}", at_ + 1));
      }
    }
    return Bad(fmt::format("unterminated quoted value at pos {}", text_.size() + 1));
  }

  // Behind the backslash. The escapes are JSON's, and \'.
  bool ReadEscape(std::string& value) {
    constexpr std::string_view kLetters = "\"\\/'bfnrt";
    constexpr std::string_view kMeanings = "\"\\/'\b\f\n\r\t";
    if (at_ == text_.size()) return false;
    if (const size_t letter = kLetters.find(text_[at_]); letter != std::string_view::npos) {
      value += kMeanings[letter];
      ++at_;
      return true;
    }
    const std::optional<uint32_t> unit = ReadUnit();
    if (!unit) return false;
    AppendUtf8(IsSurrogate(*unit) ? ReadPair(*unit) : *unit, value);
    return true;
  }

  // "u00fc": a unit of UTF-16.
  std::optional<uint32_t> ReadUnit() {
    constexpr size_t kDigits = 4;
    if (text_.size() - at_ < 1 + kDigits || text_[at_] != 'u') return std::nullopt;
    uint32_t unit = 0;
    const char* first = text_.data() + at_ + 1;
    const auto [end, error] = std::from_chars(first, first + kDigits, unit, 16);
    if (error != std::errc() || end != first + kDigits) return std::nullopt;
    at_ += 1 + kDigits;
    return unit;
  }

  static bool IsSurrogate(uint32_t unit) { return unit >= 0xd800 && unit <= 0xdfff; }

  // The character that a surrogate makes together with the next; alone it is none.
  uint32_t ReadPair(uint32_t high) {
    constexpr uint32_t kReplacement = 0xfffd;
    const size_t begin = at_;
    if (high < 0xdc00 && text_.substr(at_).starts_with('\\')) {
      ++at_;
      const std::optional<uint32_t> low = ReadUnit();
      if (low && *low >= 0xdc00 && *low <= 0xdfff)
        return 0x10000 + ((high - 0xd800) << 10) + (*low - 0xdc00);
    }
    at_ = begin;
    return kReplacement;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> ParseLogfmt(std::string_view text) {
  return LogfmtReader(text).Read();
}

}  // namespace vivace
