#include "config/yaml/parse_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "config/yaml/scalars.h"

namespace vivace {
namespace {

// Levenshtein distance with one row of memory.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

// A long scalar is cut as Go's yaml does.
std::string Shown(const YamlNode& node) {
  if (node.IsMap()) return "!!map";
  if (node.IsList()) return "!!seq";
  if (node.IsNull()) return "!!null";
  const std::string_view tag = node.quoted ? "!!str" : ResolveTag(node.text);
  if (node.text.size() > 10) return fmt::format("{} `{}...`", tag, node.text.substr(0, 7));
  return fmt::format("{} `{}`", tag, node.text);
}

}  // namespace

void ParseContext::KeyError(int line, std::string_view message) {
  const bool is_named = key_.empty() || message.contains(key_);
  Error(line, is_named ? std::string(message) : fmt::format("{} ({})", message, key_));
}

void ParseContext::Mismatch(const YamlNode& node, std::string_view go_type) {
  KeyError(node.line, fmt::format("cannot unmarshal {} into {}", Shown(node), go_type));
}

void ParseContext::UnknownKey(int line, std::string message) {
  if (strict_) return Error(line, std::move(message));
  Warn(ConfigWarning::Kind::kIgnored,
       fmt::format("line {}: {}; ignored because of -config.strict=false", line, message));
}

std::string JoinProblems(const std::vector<ParseContext::Problem>& problems) {
  std::string text = "yaml: unmarshal errors:";
  for (const ParseContext::Problem& problem : problems) {
    text += problem.line > 0 ? fmt::format("\n  line {}: {}", problem.line, problem.message)
                             : "\n  " + problem.message;
  }
  return text;
}

std::string_view NearestWord(std::string_view word,
                             const std::vector<std::string_view>& candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view nearest = NearestWord(word, candidates);
  return nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest);
}

}  // namespace vivace
