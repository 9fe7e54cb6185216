#include "forward/ottl_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ids.h"

namespace vivace {
namespace {

using Kind = OttlToken::Kind;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || IsDigit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<OttlToken>> Run() {
    std::vector<OttlToken> tokens;
    for (;;) {
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
        ++at_;
      VIVACE_ASSIGN(OttlToken token, Next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == Kind::kEnd) return tokens;
    }
  }

 private:
  Result<OttlToken> Next() {
    OttlToken token{.offset = at_};
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (IsNameStart(c)) {
      token.kind = Kind::kName;
      token.text = TakeWhile(IsNameChar);
      return token;
    }
    if (c == '"') return Text(std::move(token));
    if (text_.substr(at_, 2) == "0x") return Bytes(std::move(token));
    if (IsDigit(c) || ((c == '-' || c == '+') && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1])))
      return Number(std::move(token));
    return Symbol(std::move(token));
  }

  std::string TakeWhile(bool (*passes)(char)) {
    const size_t begin = at_;
    while (at_ < text_.size() && passes(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<OttlToken> Text(OttlToken token) {
    token.kind = Kind::kString;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') return ++at_, token;
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        const char escaped = text_[++at_];
        token.text += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      } else {
        token.text += text_[at_];
      }
    }
    return Bad(token.offset, "unterminated string");
  }

  Result<OttlToken> Bytes(OttlToken token) {
    token.kind = Kind::kBytes;
    at_ += 2;
    const std::string digits = TakeWhile(IsNameChar);
    Result<std::string> raw = FromHex(digits);
    if (!raw || raw->empty()) return Bad(token.offset, "invalid hexadecimal bytes");
    token.text = *std::move(raw);
    return token;
  }

  Result<OttlToken> Number(OttlToken token) {
    const char* first = text_.data() + at_ + (text_[at_] == '+' ? 1 : 0);
    const char* last = text_.data() + text_.size();
    const auto integer = std::from_chars(first, last, token.integer);
    const auto real = std::from_chars(first, last, token.real);
    const bool is_integer = integer.ec == std::errc() && integer.ptr == real.ptr;
    if (real.ec != std::errc() || (!is_integer && integer.ptr == real.ptr))
      return Bad(token.offset, "number out of range");
    token.kind = is_integer ? Kind::kInt : Kind::kDouble;
    at_ = static_cast<size_t>(real.ptr - text_.data());
    return token;
  }

  Result<OttlToken> Symbol(OttlToken token) {
    static constexpr std::string_view kSymbols[] = {"==", "!=", "<=", ">=", "<", ">",
                                                    "(",  ")",  "[",  "]",  ",", "."};
    const auto known = std::ranges::find_if(
        kSymbols, [&](std::string_view symbol) { return text_.substr(at_).starts_with(symbol); });
    if (known == std::end(kSymbols)) return Bad(at_, fmt::format("unexpected '{}'", text_[at_]));
    token.kind = Kind::kSymbol;
    token.text = *known;
    at_ += known->size();
    return token;
  }

  static std::unexpected<Error> Bad(size_t offset, const std::string& what) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} at offset {}", what, offset));
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<OttlToken>> TokenizeOttl(std::string_view condition) {
  return Lexer(condition).Run();
}

}  // namespace vivace
