#include "api/parameters/logfmt.h"

#include <fmt/format.h>

#include <algorithm>

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
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return Bad(fmt::format("unterminated quoted value at pos {}", text_.size() + 1));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> ParseLogfmt(std::string_view text) {
  return LogfmtReader(text).Read();
}

}  // namespace vivace
