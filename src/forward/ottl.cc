#include "forward/ottl.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "base/error_context.h"
#include "base/utf8.h"
#include "columns/plain_text.h"
#include "columns/span_enums.h"
#include "forward/ottl_lexer.h"

namespace vivace {
namespace {

using Kind = OttlToken::Kind;

constexpr int kDepthMax = 64;

// The number of a kind or status by its name.
std::optional<int64_t> EnumOf(std::string_view name) {
  for (const std::span<const std::string_view> names :
       {std::span<const std::string_view>(kKindNames),
        std::span<const std::string_view>(kStatusNames)}) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return found - names.begin();
  }
  return std::nullopt;
}

std::unexpected<Error> Bad(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, std::move(what));
}

OttlGetter Constant(OttlValue value, std::string text) {
  const auto kept = std::make_shared<const std::string>(std::move(text));
  if (value.HasText()) value.text = *kept;
  return [value, kept](const OttlRow&) { return value; };
}

// A function's argument; `literal` is set where it is a text in quotes.
struct Argument {
  OttlGetter get;
  const std::string* literal = nullptr;
};
using Arguments = std::vector<Argument>;

template <typename Test>
OttlGetter Predicate(Test test) {
  return [test = std::move(test)](const OttlRow& row) { return OttlValue::Bool(test(row)); };
}

Result<OttlGetter> IsMatch(const Arguments& arguments) {
  if (arguments.size() != 2 || arguments[1].literal == nullptr)
    return Bad("IsMatch takes a value and a string literal");
  const auto pattern = std::make_shared<const RE2>(*arguments[1].literal, RE2::Quiet);
  if (!pattern->ok()) return Bad("IsMatch: " + pattern->error());
  return Predicate([pattern, get = arguments[0].get](const OttlRow& row) {
    const OttlValue value = get(row);
    std::string storage;
    if (value.kind == ValueKind::kString)
      return RE2::PartialMatch(AsUtf8(value.text, storage), *pattern);
    return value.kind != ValueKind::kEmpty && RE2::PartialMatch(PlainTextOf(value), *pattern);
  });
}

Result<OttlGetter> HasAffix(const Arguments& arguments, bool is_prefix) {
  if (arguments.size() != 2 || arguments[1].literal == nullptr)
    return Bad("HasPrefix and HasSuffix take a value and a string literal");
  return Predicate(
      [is_prefix, affix = *arguments[1].literal, get = arguments[0].get](const OttlRow& row) {
        const OttlValue value = get(row);
        return value.kind == ValueKind::kString &&
               (is_prefix ? value.text.starts_with(affix) : value.text.ends_with(affix));
      });
}

Result<OttlGetter> IsOfKind(const Arguments& arguments, ValueKind kind) {
  if (arguments.size() != 1) return Bad("IsString, IsInt, IsDouble and IsBool take one value");
  return Predicate(
      [kind, get = arguments[0].get](const OttlRow& row) { return get(row).kind == kind; });
}

Result<OttlGetter> Length(const Arguments& arguments) {
  if (arguments.size() != 1) return Bad("Len takes one value");
  return [get = arguments[0].get](const OttlRow& row) {
    const OttlValue value = get(row);
    return value.kind == ValueKind::kString
               ? OttlValue::Int(static_cast<int64_t>(value.text.size()))
               : OttlValue{};
  };
}

Result<OttlGetter> IdOf(const Arguments& arguments) {
  if (arguments.size() != 1) return Bad("TraceID and SpanID take an id");
  return arguments[0].get;
}

Result<OttlGetter> CallOf(const std::string& name, const Arguments& arguments) {
  if (name == "IsMatch") return IsMatch(arguments);
  if (name == "HasPrefix" || name == "HasSuffix") return HasAffix(arguments, name == "HasPrefix");
  if (name == "IsString") return IsOfKind(arguments, ValueKind::kString);
  if (name == "IsInt") return IsOfKind(arguments, ValueKind::kInt);
  if (name == "IsDouble") return IsOfKind(arguments, ValueKind::kDouble);
  if (name == "IsBool") return IsOfKind(arguments, ValueKind::kBool);
  if (name == "Len") return Length(arguments);
  if (name == "TraceID" || name == "SpanID") return IdOf(arguments);
  if (name == "IsRootSpan" && arguments.empty())
    return Predicate(
        [](const OttlRow& row) { return row.batch.spans.parent_span_id[row.span].IsZero(); });
  return Bad(fmt::format("undefined function \"{}\"", name));
}

class Parser {
 public:
  Parser(std::vector<OttlToken> tokens, OttlContext context)
      : tokens_(std::move(tokens)), context_(context) {}

  Result<OttlCondition> Run() {
    VIVACE_ASSIGN(OttlCondition condition, Or());
    if (Peek().kind != Kind::kEnd) return Unexpected();
    return condition;
  }

 private:
  const OttlToken& Peek() const { return tokens_[at_]; }
  bool Is(std::string_view text) const {
    return (Peek().kind == Kind::kSymbol || Peek().kind == Kind::kName) && Peek().text == text;
  }
  bool Take(std::string_view text) { return Is(text) && (++at_, true); }

  std::unexpected<Error> Unexpected() const {
    const std::string found =
        Peek().kind == Kind::kEnd ? "the end" : fmt::format("\"{}\"", Peek().text);
    return Bad(fmt::format("unexpected {} at offset {}", found, Peek().offset));
  }

  Result<OttlCondition> Or() {
    VIVACE_ASSIGN(OttlCondition left, And());
    while (Take("or")) {
      VIVACE_ASSIGN(OttlCondition right, And());
      left = [left = std::move(left), right = std::move(right)](const OttlRow& row) {
        return left(row) || right(row);
      };
    }
    return left;
  }

  Result<OttlCondition> And() {
    VIVACE_ASSIGN(OttlCondition left, Not());
    while (Take("and")) {
      VIVACE_ASSIGN(OttlCondition right, Not());
      left = [left = std::move(left), right = std::move(right)](const OttlRow& row) {
        return left(row) && right(row);
      };
    }
    return left;
  }

  Result<OttlCondition> Not() {
    if (depth_ == kDepthMax) return Bad(fmt::format("more than {} levels", kDepthMax));
    ++depth_;
    Result<OttlCondition> result = Primary();
    --depth_;
    return result;
  }

  Result<OttlCondition> Primary() {
    if (Take("not")) {
      VIVACE_ASSIGN(OttlCondition inner, Not());
      return [inner = std::move(inner)](const OttlRow& row) { return !inner(row); };
    }
    if (Take("(")) {
      VIVACE_ASSIGN(OttlCondition inner, Or());
      if (!Take(")")) return Unexpected();
      return inner;
    }
    return Comparison();
  }

  Result<OttlCondition> Comparison() {
    VIVACE_ASSIGN(const Argument left, Value());
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!Take(op)) continue;
      VIVACE_ASSIGN(const Argument right, Value());
      return [op, left = left.get, right = right.get](const OttlRow& row) {
        return OttlCompare(left(row), op, right(row));
      };
    }
    return [get = left.get](const OttlRow& row) {
      const OttlValue value = get(row);
      return value.kind == ValueKind::kBool && value.bits != 0;
    };
  }

  Result<Argument> Value() {
    const OttlToken& token = Peek();
    if (token.kind == Kind::kName) return NamedValue();
    if (token.kind == Kind::kEnd || token.kind == Kind::kSymbol) return Unexpected();
    ++at_;
    if (token.kind == Kind::kString)
      return Argument{Constant(OttlValue::String({}), token.text), &token.text};
    if (token.kind == Kind::kBytes) return Argument{Constant(OttlValue::Bytes({}), token.text)};
    return Argument{Constant(
        token.kind == Kind::kInt ? OttlValue::Int(token.integer) : OttlValue::Double(token.real),
        {})};
  }

  Result<Argument> NamedValue() {
    const std::string name = tokens_[at_++].text;
    if (name == "true" || name == "false")
      return Argument{Constant(OttlValue::Bool(name == "true"), {})};
    if (name == "nil") return Argument{Constant(OttlValue{}, {})};
    if (const std::optional<int64_t> number = EnumOf(name))
      return Argument{Constant(OttlValue::Int(*number), {})};
    if (Take("(")) return Call(name);
    OttlPath path{.names = {name}};
    while (Take(".")) {
      if (Peek().kind != Kind::kName) return Unexpected();
      path.names.push_back(tokens_[at_++].text);
    }
    if (Take("[")) {
      if (Peek().kind != Kind::kString) return Unexpected();
      path.key = tokens_[at_++].text;
      path.has_key = true;
      if (!Take("]")) return Unexpected();
    }
    VIVACE_ASSIGN(OttlGetter get, OttlGetterOf(path, context_));
    return Argument{std::move(get)};
  }

  Result<Argument> Call(const std::string& name) {
    Arguments arguments;
    while (!Take(")")) {
      if (!arguments.empty() && !Take(",")) return Unexpected();
      if (depth_ == kDepthMax) return Bad(fmt::format("more than {} levels", kDepthMax));
      ++depth_;
      Result<Argument> argument = Value();
      --depth_;
      if (!argument) return argument;
      arguments.push_back(*std::move(argument));
    }
    VIVACE_ASSIGN(OttlGetter get, CallOf(name, arguments));
    return Argument{std::move(get)};
  }

  const std::vector<OttlToken> tokens_;
  const OttlContext context_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<OttlCondition> ParseOttl(std::string_view text, OttlContext context) {
  Result<std::vector<OttlToken>> tokens = TokenizeOttl(text);
  Result<OttlCondition> condition = tokens ? Parser(*std::move(tokens), context).Run()
                                           : std::unexpected(std::move(tokens).error());
  return WithContext(std::move(condition), fmt::format("condition {}", text));
}

}  // namespace vivace
