#include "traceql/syntax/scope_typos.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"

namespace vivace::traceql {
namespace {

constexpr std::array<std::string_view, 7> kScopeWords = {
    "span", "resource", "event", "link", "instrumentation", "parent", "trace"};

// Whether one step makes `a` of `b`: a letter replaced, inserted or left out, or two neighbours
// swapped.
bool IsOneStepFrom(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const size_t same = static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  a.remove_prefix(same);
  b.remove_prefix(same);
  if (b.empty()) return false;  // they are equal
  if (a.size() < b.size()) return a == b.substr(1);
  if (a.substr(1) == b.substr(1)) return true;
  return a.size() >= 2 && a[0] == b[1] && a[1] == b[0] && a.substr(2) == b.substr(2);
}

}  // namespace

std::optional<std::string_view> ScopeMeantBy(std::string_view word) {
  const std::string lower = ToLowerAscii(word);
  for (const std::string_view scope : kScopeWords) {
    if (lower == scope ? word != scope : IsOneStepFrom(lower, scope)) return scope;
  }
  return std::nullopt;
}

}  // namespace vivace::traceql
