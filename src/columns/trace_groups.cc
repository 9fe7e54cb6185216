#include "columns/trace_groups.h"

#include <algorithm>

#include "base/containers/code_table.h"
#include "base/hash/fast_hash.h"

namespace vivace {
namespace {

// Codes are distinct per batch, so rows are equal where their codes are.
bool SameCodes(const AttributeLists& lists, uint32_t a, uint32_t b) {
  return std::ranges::equal(lists.Row(a), lists.Row(b));
}

bool SameResource(const ResourceColumns& resources, uint32_t a, uint32_t b) {
  return resources.schema_url[a] == resources.schema_url[b] &&
         resources.entity_refs[a] == resources.entity_refs[b] &&
         resources.dropped_attributes[a] == resources.dropped_attributes[b] &&
         SameCodes(resources.attributes, a, b);
}

// Whatever their resources.
bool SameScope(const ScopeColumns& scopes, uint32_t a, uint32_t b) {
  return scopes.name[a] == scopes.name[b] && scopes.version[a] == scopes.version[b] &&
         scopes.schema_url[a] == scopes.schema_url[b] &&
         scopes.dropped_attributes[a] == scopes.dropped_attributes[b] &&
         SameCodes(scopes.attributes, a, b);
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

  Position Find(uint32_t scope) { return known_[FindScope(FindGroup(scope), scope)]; }

  uint32_t FindGroup(uint32_t scope) {
    const uint32_t resource = batch_.scopes.resource[scope];
    const ResourceColumns& resources = batch_.resources;
    return group_codes_.FindOrAppend(
        HashOf({resources.schema_url[resource], resources.entity_refs[resource],
                resources.dropped_attributes[resource]},
               resources.attributes.Row(resource)),
        [&](uint32_t group) { return SameResource(resources, groups_[group].resource, resource); },
        [&] {
          groups_.push_back(ResourceGroup{.resource = resource});
          return static_cast<uint32_t>(groups_.size() - 1);
        });
  }

  // An index of known_.
  uint32_t FindScope(uint32_t group, uint32_t scope) {
    const ScopeColumns& columns = batch_.scopes;
    std::vector<ScopeGroup>& scopes = groups_[group].scopes;
    return scope_codes_.FindOrAppend(
        HashOf({group, columns.name[scope], columns.version[scope], columns.schema_url[scope],
                columns.dropped_attributes[scope]},
               columns.attributes.Row(scope)),
        [&](uint32_t code) {
          return known_[code].group == group &&
                 SameScope(columns, scopes[known_[code].scope].scope, scope);
        },
        [&] {
          known_.push_back({group, static_cast<uint32_t>(scopes.size())});
          scopes.push_back(ScopeGroup{.scope = scope});
          return static_cast<uint32_t>(known_.size() - 1);
        });
  }

  // Of everything that tells rows apart: senders choose in what they differ.
  uint64_t HashOf(std::initializer_list<uint32_t> fields, std::span<const AttributeCode> codes) {
    signature_.assign(fields);
    signature_.insert(signature_.end(), codes.begin(), codes.end());
    return FastHash(std::span<const uint32_t>(signature_));
  }

  const SpanBatch& batch_;
  std::vector<Position> positions_;  // by scope of the batch
  std::vector<Position> known_;      // of distinct scopes
  CodeTable group_codes_;            // indices of groups_
  CodeTable scope_codes_;            // indices of known_
  std::vector<ResourceGroup> groups_;
  std::vector<uint32_t> signature_;  // scratch
};

}  // namespace

std::vector<ResourceGroup> GroupTrace(const SpanBatch& batch, std::span<const uint32_t> rows) {
  Grouper grouper(batch);
  for (const uint32_t row : rows) grouper.Add(row);
  return grouper.Take();
}

}  // namespace vivace
