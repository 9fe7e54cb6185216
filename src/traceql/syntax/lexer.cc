#include "traceql/syntax/lexer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

#include "base/utf8.h"
#include "config/yaml/duration.h"
#include "traceql/syntax/scope_typos.h"

namespace vivace::traceql {
namespace {

using Token = Grammar::token;

const std::unordered_map<std::string_view, int>& Words() {
  static const std::unordered_map<std::string_view, int> words = {
      {".", Token::kDot},
      {"{", Token::kOpenBrace},
      {"}", Token::kCloseBrace},
      {"(", Token::kOpenParen},
      {")", Token::kCloseParen},
      {",", Token::kComma},
      {"nil", Token::kNil},
      {"true", Token::kTrue},
      {"false", Token::kFalse},
      {"error", Token::kStatusError},
      {"ok", Token::kStatusOk},
      {"unset", Token::kStatusUnset},
      {"unspecified", Token::kKindUnspecified},
      {"internal", Token::kKindInternal},
      {"server", Token::kKindServer},
      {"client", Token::kKindClient},
      {"producer", Token::kKindProducer},
      {"consumer", Token::kKindConsumer},
      {"duration", Token::kDurationName},
      {"childCount", Token::kChildCount},
      {"name", Token::kName},
      {"status", Token::kStatus},
      {"statusMessage", Token::kStatusMessage},
      {"parent", Token::kParent},
      {"kind", Token::kKind},
      {"rootName", Token::kRootName},
      {"rootServiceName", Token::kRootServiceName},
      {"rootService", Token::kRootService},
      {"traceDuration", Token::kTraceDuration},
      {"nestedSetLeft", Token::kNestedSetLeft},
      {"nestedSetRight", Token::kNestedSetRight},
      {"nestedSetParent", Token::kNestedSetParent},
      {"id", Token::kId},
      {"traceID", Token::kTraceId},
      {"spanID", Token::kSpanId},
      {"parentID", Token::kParentId},
      {"timeSinceStart", Token::kTimeSinceStart},
      {"version", Token::kVersion},
      {"parent.", Token::kParentDot},
      {"resource.", Token::kResourceDot},
      {"span.", Token::kSpanDot},
      {"trace:", Token::kTraceColon},
      {"span:", Token::kSpanColon},
      {"event:", Token::kEventColon},
      {"event.", Token::kEventDot},
      {"link:", Token::kLinkColon},
      {"link.", Token::kLinkDot},
      {"instrumentation.", Token::kInstrumentationDot},
      {"instrumentation:", Token::kInstrumentationColon},
      {"count", Token::kCount},
      {"avg", Token::kAvg},
      {"max", Token::kMax},
      {"min", Token::kMin},
      {"sum", Token::kSum},
      {"by", Token::kBy},
      {"coalesce", Token::kCoalesce},
      {"select", Token::kSelect},
      {"rate", Token::kRate},
      {"count_over_time", Token::kCountOverTime},
      {"min_over_time", Token::kMinOverTime},
      {"max_over_time", Token::kMaxOverTime},
      {"avg_over_time", Token::kAvgOverTime},
      {"sum_over_time", Token::kSumOverTime},
      {"quantile_over_time", Token::kQuantileOverTime},
      {"histogram_over_time", Token::kHistogramOverTime},
      {"compare", Token::kCompare},
      {"topk", Token::kTopK},
      {"bottomk", Token::kBottomK},
      {"with", Token::kWith},
      {"|", Token::kPipe},
      {"&&", Token::kAnd},
      {"||", Token::kOr},
      {"=", Token::kEqual},
      {"!=", Token::kNotEqual},
      {"<", Token::kLess},
      {"<=", Token::kLessEqual},
      {">", Token::kGreater},
      {">=", Token::kGreaterEqual},
      {"!~", Token::kNotMatch},
      {"=~", Token::kMatch},
      {">>", Token::kDescendant},
      {"<<", Token::kAncestor},
      {"~", Token::kSibling},
      {"!>", Token::kNotChild},
      {"!<", Token::kNotParent},
      {"!>>", Token::kNotDescendant},
      {"!<<", Token::kNotAncestor},
      {"&>", Token::kUnionChild},
      {"&<", Token::kUnionParent},
      {"&>>", Token::kUnionDescendant},
      {"&<<", Token::kUnionAncestor},
      {"&~", Token::kUnionSibling},
      {"+", Token::kAdd},
      {"-", Token::kSubtract},
      {"!", Token::kNot},
      {"*", Token::kMultiply},
      {"/", Token::kDivide},
      {"%", Token::kModulo},
      {"^", Token::kPower},
  };
  return words;
}

bool BeginsAttribute(int token) {
  switch (token) {
    case Token::kDot:
    case Token::kSpanDot:
    case Token::kResourceDot:
    case Token::kParentDot:
    case Token::kEventDot:
    case Token::kLinkDot:
    case Token::kInstrumentationDot:
      return true;
    default:
      return false;
  }
}

bool IsNameRune(int32_t rune) {
  if (rune == kEndOfText || IsSpace(rune)) return false;
  return rune >= 0x80 ||
         std::string_view("{}()=~!<>&|^,").find(static_cast<char>(rune)) == std::string_view::npos;
}

// What may follow a number and make it a duration.
bool IsDurationRune(int32_t rune) {
  constexpr int32_t kMicro = 0xb5;
  return IsNumber(rune) || rune == kMicro ||
         (rune > 0 && rune < 0x80 &&
          std::string_view("nsumhdwy.").find(static_cast<char>(rune)) != std::string_view::npos);
}

std::string_view DurationSuffix(std::string_view rest) {
  size_t size = 0;
  for (Rune rune = FirstRune(rest); IsDurationRune(rune.code); rune = FirstRune(rest.substr(size)))
    size += rune.bytes;
  return rest.substr(0, size);
}

std::optional<Duration> ParseDuration(std::string_view text) {
  if (const auto parsed = ParsePromDuration(text)) return parsed;
  if (text.find_first_of("dwy") != std::string_view::npos)
    return std::nullopt;  // Go has no such units
  return ParseGoDuration(text);
}

// The escape at the front of `text`, after its backslash, which the scanner has checked. False
// where it is not a character.
bool Unescape(std::string_view& text, std::string& out) {
  const char letter = text.front();
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
  if (const size_t at = kLetters.find(letter); at != std::string_view::npos) {
    out += kMeanings[at];
    text.remove_prefix(1);
    return true;
  }
  const bool is_octal = letter >= '0' && letter <= '7';
  const size_t digits = is_octal        ? 3
                        : letter == 'x' ? 2
                        : letter == 'u' ? 4
                        : letter == 'U' ? 8
                                        : 0;
  if (digits == 0) {
    out += letter;
    text.remove_prefix(1);
    return true;
  }
  if (!is_octal) text.remove_prefix(1);
  uint32_t code = 0;
  std::from_chars(text.data(), text.data() + std::min(digits, text.size()), code,
                  is_octal ? 8 : 16);
  text.remove_prefix(std::min(digits, text.size()));
  if (is_octal || letter == 'x') {
    out += static_cast<char>(code);
    return code <= 0xff;
  }
  AppendUtf8(code, out);
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

// The text of an interpreted string, without its quotes.
std::optional<std::string> Unquote(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      out += c;
    } else if (text.empty() || !Unescape(text, out)) {
      return std::nullopt;
    }
  }
  return out;
}

std::string WithoutCarriageReturns(std::string_view text) {
  std::string out(text);
  std::erase(out, '\r');
  return out;
}

}  // namespace

Grammar::symbol_type Lexer::Next() {
  if (mode_ != Mode::kPlain) return NextOfAttribute();
  switch (scanner_.Scan()) {
    case BaseToken::kEnd:
      return Symbol(Token::kEnd);
    case BaseToken::kInteger:
      return Number(false);
    case BaseToken::kFloat:
      return Number(true);
    case BaseToken::kString:
      return Text(false);
    case BaseToken::kRawString:
      return Text(true);
    case BaseToken::kIdentifier:
      return AtBareName() ? BareName() : Word();
    case BaseToken::kRune:
      return Word();
  }
  return Symbol(Token::kEnd);
}

// The identifier is followed by a dot and a name, and is not a scope.
bool Lexer::AtBareName() const {
  const std::string_view rest = scanner_.rest();
  if (in_hints_ || !rest.starts_with('.') || !IsNameRune(FirstRune(rest.substr(1)).code))
    return false;
  return !Words().contains(std::string(scanner_.token()) + ".");
}

// What begins almost like a scope is a mistake: as an attribute of that name it would find nothing,
// and nobody would know why.
Grammar::symbol_type Lexer::BareName() {
  std::string name(scanner_.token());
  if (const std::optional<std::string_view> scope = ScopeMeantBy(name)) {
    Fail(
        fmt::format("unknown scope: {0}. Did you mean {1}? If not, begin the name with a dot: .{0}",
                    name, *scope));
  }
  return Grammar::make_kBareName(name + ReadName());
}

Grammar::symbol_type Lexer::Word() {
  std::string text(scanner_.token());
  for (;;) {
    const Rune next = FirstRune(scanner_.rest());
    if (next.code == kEndOfText) break;
    std::string longer = text + std::string(scanner_.rest().substr(0, next.bytes));
    if (!Words().contains(longer)) break;
    text = std::move(longer);
    scanner_.Skip();
  }
  const auto word = Words().find(text);
  if (word == Words().end()) return Grammar::make_kIdentifier(std::move(text));
  if (word->second == Token::kParentDot) {
    mode_ = Mode::kParentAttribute;
  } else if (BeginsAttribute(word->second)) {
    mode_ = Mode::kAttribute;
  }
  in_hints_ |= word->second == Token::kWith;
  return Symbol(word->second);
}

Grammar::symbol_type Lexer::NextOfAttribute() {
  if (mode_ == Mode::kParentAttribute) {
    mode_ = Mode::kAttribute;
    for (const auto& [word, token] : {std::pair{std::string_view("span."), Token::kSpanDot},
                                      {"resource.", Token::kResourceDot}}) {
      if (!scanner_.rest().starts_with(word)) continue;
      scanner_.SkipBytes(word.size());
      return Symbol(token);
    }
  }
  if (mode_ == Mode::kAttribute && IsNameRune(scanner_.Peek())) {
    mode_ = Mode::kEndOfAttribute;
    return Grammar::make_kIdentifier(ReadName());
  }
  mode_ = Mode::kPlain;
  return Symbol(Token::kEndOfAttribute);
}

std::string Lexer::ReadName() {
  std::string name;
  while (IsNameRune(scanner_.Peek()) && !error()) {
    if (scanner_.Peek() == '"') {
      ReadQuoted(name);
      continue;
    }
    name += scanner_.rest().substr(0, FirstRune(scanner_.rest()).bytes);
    scanner_.Skip();
  }
  return name;
}

void Lexer::ReadQuoted(std::string& name) {
  scanner_.Skip();
  while (scanner_.Peek() != '"') {
    if (scanner_.Peek() == '\\') {
      scanner_.Skip();
      if (scanner_.Peek() != '"' && scanner_.Peek() != '\\') return Fail("invalid escape sequence");
    }
    if (scanner_.Peek() == kEndOfText) return Fail("unexpected EOF, expecting \"");
    name += scanner_.rest().substr(0, FirstRune(scanner_.rest()).bytes);
    scanner_.Skip();
  }
  scanner_.Skip();
}

Grammar::symbol_type Lexer::Number(bool is_float) {
  const std::string text(scanner_.token());
  if (const std::string_view suffix = DurationSuffix(scanner_.rest()); !suffix.empty()) {
    if (const auto duration = ParseDuration(text + std::string(suffix))) {
      scanner_.SkipBytes(suffix.size());
      return Grammar::make_kDuration(duration->count());
    }
  }
  if (is_float) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (*end != '\0') {
      Fail(fmt::format("strconv.ParseFloat: parsing \"{}\": invalid syntax", text));
    } else if (std::isinf(value)) {
      Fail(fmt::format("strconv.ParseFloat: parsing \"{}\": value out of range", text));
    }
    return Grammar::make_kFloat(value);
  }
  int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) {
    Fail(fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", text));
  } else if (status != std::errc()) {
    Fail(fmt::format("strconv.Atoi: parsing \"{}\": value out of range", text));
  }
  return Grammar::make_kInteger(value);
}

Grammar::symbol_type Lexer::Text(bool is_raw) {
  const std::string_view token = scanner_.token();
  const std::string_view inner =
      token.size() < 2 ? std::string_view() : token.substr(1, token.size() - 2);
  if (is_raw) return Grammar::make_kString(WithoutCarriageReturns(inner));
  std::optional<std::string> text = Unquote(inner);
  if (!text) Fail("invalid syntax");
  return Grammar::make_kString(std::move(text).value_or(""));
}

}  // namespace vivace::traceql
