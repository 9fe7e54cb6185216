#include "traceql/pipeline/group_by.h"

#include <string>
#include <unordered_map>

#include "traceql/syntax/print.h"

namespace vivace::traceql {
namespace {

// Appends the groups of one set, whose attribute is to be called `name`.
Status AppendGroups(const SpansetResult& set, const std::string& name, const Evaluator& key,
                    std::vector<SpansetResult>& groups) {
  std::unordered_map<std::string, size_t> known;
  for (const uint32_t span : set.spans) {
    VIVACE_ASSIGN(Datum value, key.ValueAt(span));
    value = value.Single();
    if (value.form == Datum::Form::kOpaque) value = {};  // what can't be queried is not there
    std::string bytes;
    AppendKey(value, bytes);
    const auto [at, is_new] = known.try_emplace(std::move(bytes), groups.size());
    if (is_new) {
      groups.push_back({{}, set.attributes});
      groups.back().attributes.emplace_back(
          name, OwnedDatum(value.is_nil() ? Datum::String("nil") : value));
    }
    groups[at->second].spans.push_back(span);
  }
  return {};
}

}  // namespace

Result<std::vector<SpansetResult>> GroupSpansets(const Query& query, const GroupBy& group,
                                                 const Evaluator& key,
                                                 const std::vector<SpansetResult>& sets) {
  const std::string name = "by(" + Format(query, group.key) + ")";
  std::vector<SpansetResult> groups;
  for (const SpansetResult& set : sets) VIVACE_TRY(AppendGroups(set, name, key, groups));
  return groups;
}

}  // namespace vivace::traceql
