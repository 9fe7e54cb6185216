#include "columns/trace_groups.h"

#include <map>

namespace vivace {
namespace {

using Content = std::vector<uint32_t>;

// Codes are distinct per batch, so rows are equal where their codes are.
Content ResourceContent(const ResourceColumns& resources, uint32_t row) {
  Content content = {resources.schema_url[row], resources.entity_refs[row],
                     resources.dropped_attributes[row]};
  const auto codes = resources.attributes.Row(row);
  content.insert(content.end(), codes.begin(), codes.end());
  return content;
}

Content ScopeContent(const ScopeColumns& scopes, uint32_t row, uint32_t group) {
  Content content = {group, scopes.name[row], scopes.version[row], scopes.schema_url[row],
                     scopes.dropped_attributes[row]};
  const auto codes = scopes.attributes.Row(row);
  content.insert(content.end(), codes.begin(), codes.end());
  return content;
}

class Grouper {
 public:
  explicit Grouper(const SpanBatch& batch)
      : batch_(batch), positions_(batch.scopes.size(), kUnassigned) {}

  void Add(uint32_t span) {
    Position& position = positions_[batch_.spans.scope[span]];
    if (position.group == kUnassigned.group) position = Find(batch_.spans.scope[span]);
    groups_[position.group].scopes[position.scope].spans.push_back(span);
  }

  std::vector<ResourceGroup> Take() { return std::move(groups_); }

 private:
  struct Position {
    uint32_t group;
    uint32_t scope;  // index in the group
  };
  static constexpr Position kUnassigned{~0u, 0};

  Position Find(uint32_t scope) {
    const uint32_t resource = batch_.scopes.resource[scope];
    const auto [group, new_group] =
        resources_.try_emplace(ResourceContent(batch_.resources, resource), groups_.size());
    if (new_group) groups_.push_back(ResourceGroup{.resource = resource});
    ResourceGroup& into = groups_[group->second];
    const auto [index, new_scope] =
        scopes_.try_emplace(ScopeContent(batch_.scopes, scope, group->second), into.scopes.size());
    if (new_scope) into.scopes.push_back(ScopeGroup{.scope = scope});
    return {group->second, index->second};
  }

  const SpanBatch& batch_;
  std::vector<Position> positions_;
  std::map<Content, uint32_t> resources_;
  std::map<Content, uint32_t> scopes_;
  std::vector<ResourceGroup> groups_;
};

}  // namespace

std::vector<ResourceGroup> GroupTrace(const SpanBatch& batch, std::span<const uint32_t> rows) {
  Grouper grouper(batch);
  for (const uint32_t row : rows) grouper.Add(row);
  return grouper.Take();
}

}  // namespace vivace
