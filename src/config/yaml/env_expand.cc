#include "config/yaml/env_expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace vivace {
namespace {

constexpr int kNestingMax = 20;

bool IsNameChar(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char Upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

std::string WithCase(std::string text, char (*change)(char), bool all) {
  const size_t count = all ? text.size() : std::min<size_t>(1, text.size());
  std::transform(text.begin(), text.begin() + ptrdiff_t(count), text.begin(), change);
  return text;
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Glob with * and ?.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*')
    return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         Matches(pattern.substr(1), text.substr(1));
}

std::string TrimPrefix(const std::string& text, std::string_view pattern, bool longest) {
  for (size_t i = 0; i <= text.size(); ++i) {
    const size_t length = longest ? text.size() - i : i;
    if (Matches(pattern, std::string_view(text).substr(0, length))) return text.substr(length);
  }
  return text;
}

std::string TrimSuffix(const std::string& text, std::string_view pattern, bool longest) {
  for (size_t i = 0; i <= text.size(); ++i) {
    const size_t length = longest ? i : text.size() - i;
    if (Matches(pattern, std::string_view(text).substr(length))) return text.substr(0, length);
  }
  return text;
}

std::string Substring(const std::string& text, std::string_view from,
                      std::optional<std::string_view> length) {
  auto start = ParseNumber(from);
  if (!start) return text;
  const int64_t size = int64_t(text.size());
  if (*start < 0) start = std::max<int64_t>(0, size + *start);
  if (*start >= size) return text;
  if (!length) return text.substr(size_t(*start));
  const auto count = ParseNumber(*length);
  if (!count || *count < 0) return text;
  return text.substr(size_t(*start), size_t(*count));
}

std::string ReplaceAll(std::string text, const std::string& what, const std::string& with,
                       bool all) {
  if (what.empty()) return text;
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
    if (!all) break;
  }
  return text;
}

class Expander {
 public:
  explicit Expander(const Environment& environment) : environment_(environment) {}

  Result<std::string> Expand(std::string_view text, int depth) const {
    if (depth > kNestingMax)
      return Refuse(fmt::format("variables are nested deeper than {}", kNestingMax));
    std::string out;
    while (!text.empty()) {
      const size_t dollar = std::min(text.find('$'), text.size());
      out += text.substr(0, dollar);
      text.remove_prefix(dollar);
      if (text.starts_with("$$")) {
        out += '$';
        text.remove_prefix(2);
      } else if (text.starts_with("${")) {
        VIVACE_ASSIGN(const std::string_view body, TakeBody(text));
        VIVACE_ASSIGN(const std::string value, Variable(body, depth));
        out += value;
      } else if (!text.empty()) {
        out += '$';
        text.remove_prefix(1);
      }
    }
    return out;
  }

 private:
  static std::unexpected<Error> Refuse(std::string message) {
    return Fail(ErrorCode::kInvalidArgument, std::move(message));
  }

  // Takes "${...}" off the text and returns what is between the braces, which may hold further
  // variables.
  static Result<std::string_view> TakeBody(std::string_view& text) {
    int open = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text.substr(i, 2) == "${") ++open;
      if (text[i] != '}' || --open > 0) continue;
      const std::string_view body = text.substr(2, i - 2);
      text.remove_prefix(i + 1);
      return body;
    }
    return Refuse("missing closing brace");
  }

  Result<std::string> Variable(std::string_view body, int depth) const {
    const bool wants_length = body.starts_with('#');
    if (wants_length) body.remove_prefix(1);
    size_t name_end = 0;
    while (name_end < body.size() && IsNameChar(body[name_end])) ++name_end;
    if (name_end == 0) return Refuse("unable to parse variable name");
    const auto set = environment_(body.substr(0, name_end));
    const std::string_view rest = body.substr(name_end);
    if (!wants_length) return Apply(set, rest, depth + 1);
    if (!rest.empty()) return Refuse("unable to parse variable name");
    return fmt::format("{}", set.value_or("").size());
  }

  Result<std::string> Apply(const std::optional<std::string>& set, std::string_view rest,
                            int depth) const {
    const std::string value = set.value_or("");
    if (rest.empty()) return value;
    if (rest == "^^" || rest == "^") return WithCase(value, Upper, rest.size() == 2);
    if (rest == ",," || rest == ",") return WithCase(value, Lower, rest.size() == 2);
    if (rest.front() == '=') return Default(value, rest.substr(1), depth);
    if (rest.front() == ':') return AfterColon(set, rest.substr(1), depth);
    if (rest.front() == '/') return Replace(value, rest.substr(1), depth);
    if (rest.front() == '#' || rest.front() == '%') return Trim(value, rest, depth);
    return Refuse("unable to parse variable name");
  }

  Result<std::string> Default(const std::string& value, std::string_view word, int depth) const {
    if (!value.empty()) return value;
    return Expand(word, depth);
  }

  Result<std::string> AfterColon(const std::optional<std::string>& set, std::string_view rest,
                                 int depth) const {
    const std::string value = set.value_or("");
    const bool is_default =
        !rest.empty() && std::string_view("-=?+").find(rest.front()) != std::string_view::npos;
    // A minus with digits is a position from the end only in other tools; here it is a default, as
    // Tempo has it.
    if (is_default) return Default(value, rest.substr(1), depth);
    VIVACE_ASSIGN(const std::string word, Expand(rest, depth));
    const size_t colon = word.find(':');
    const std::string_view from = std::string_view(word).substr(0, colon);
    if (!set && !ParseNumber(from)) return word;
    if (colon == std::string::npos) return Substring(value, from, std::nullopt);
    return Substring(value, from, std::string_view(word).substr(colon + 1));
  }

  Result<std::string> Replace(const std::string& value, std::string_view rest, int depth) const {
    const char mode = rest.empty() ? '\0' : rest.front();
    if (mode == '/' || mode == '#' || mode == '%') rest.remove_prefix(1);
    const size_t slash = rest.find('/');
    VIVACE_ASSIGN(const std::string what, Expand(rest.substr(0, slash), depth));
    VIVACE_ASSIGN(const std::string with,
                  Expand(slash == std::string_view::npos ? "" : rest.substr(slash + 1), depth));
    if (mode == '#') return value.starts_with(what) ? with + value.substr(what.size()) : value;
    if (mode == '%')
      return value.ends_with(what) ? value.substr(0, value.size() - what.size()) + with : value;
    return ReplaceAll(value, what, with, mode == '/');
  }

  Result<std::string> Trim(const std::string& value, std::string_view rest, int depth) const {
    const char kind = rest.front();
    const bool longest = rest.size() > 1 && rest[1] == kind;
    VIVACE_ASSIGN(const std::string pattern, Expand(rest.substr(longest ? 2 : 1), depth));
    return kind == '#' ? TrimPrefix(value, pattern, longest) : TrimSuffix(value, pattern, longest);
  }

  const Environment& environment_;
};

// NAME of a text that is exactly ${NAME}, ${NAME:word} or ${NAME:-word}.
std::optional<std::string_view> WholeVariable(std::string_view text) {
  if (!text.starts_with("${") || !text.ends_with('}') || text.find('}') != text.size() - 1)
    return std::nullopt;
  const std::string_view body = text.substr(2, text.size() - 3);
  const auto end = std::ranges::find_if_not(body, IsNameChar);
  const size_t length = size_t(end - body.begin());
  if (length == 0 || (length < body.size() && body[length] != ':')) return std::nullopt;
  return body.substr(0, length);
}

}  // namespace

std::optional<std::string> ProcessEnvironment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> ExpandEnvironment(std::string_view text, const Environment& environment) {
  return Expander(environment).Expand(text, 0);
}

void WarnOfVariables(const YamlNode& node, const std::string& path, ParseContext& context) {
  for (const YamlNode& item : node.items) WarnOfVariables(item, path, context);
  for (const YamlEntry& entry : node.entries)
    WarnOfVariables(entry.value, path.empty() ? entry.key : path + "." + entry.key, context);
  const size_t variable = node.text.find("${");
  if (!node.IsScalar() || variable == std::string::npos) return;
  const char first = node.text.c_str()[variable + 2];
  if (!IsNameChar(first) || (first >= '0' && first <= '9'))
    return;  // groups of regular expressions
  context.Warn(ConfigWarning::Kind::kIgnored,
               fmt::format("{}: a variable is taken as it stands, -config.expand-env=true replaces "
                           "variables (line {})",
                           path, node.line));
}

void ExpandWholeValues(YamlNode& node, const Environment& environment, ParseContext& context) {
  for (YamlNode& item : node.items) ExpandWholeValues(item, environment, context);
  for (YamlEntry& entry : node.entries) ExpandWholeValues(entry.value, environment, context);
  const auto name = node.IsScalar() ? WholeVariable(node.text) : std::nullopt;
  if (!name) return;
  const bool has_default = name->size() + 3 < node.text.size();
  if (!has_default && !environment(*name)) return;
  const Result<std::string> value = ExpandEnvironment(node.text, environment);
  if (!value) return;
  context.Warn(ConfigWarning::Kind::kNotice,
               fmt::format("expanded environment variable {}", *name));
  node.text = *value;
}

}  // namespace vivace
