// SpanCounter: counts the spans of a block by minute, service, name, kind and status, with a
// histogram of their durations: SpanCounts while it is made.
//
//   (BeginRowGroup AddSpan* EndRowGroup)* Take
//
// A span costs two lookups in small tables (measured, with gathering its fields: 0.1 microseconds).
// Where a block has more groups or minutes than an index may hold, counting stops and Take gives
// nothing. Owned by one building of an index; memory: 24 bytes per group, 32 and its histogram per
// minute of a group.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unix_time.h"
#include "block/index/index_content.h"
#include "block/index/index_sections.h"

namespace vivace {

// What is counted of a span; service and name as codes of the row group's tables.
struct CountedSpan {
  uint32_t service;  // Column::kMissing: none
  uint32_t name;
  uint32_t kind;
  uint32_t status;
  uint64_t start_unix_nanos;
  uint64_t duration_nanos;
};

class SpanCounter {
 public:
  // The tables must outlive the row group.
  void BeginRowGroup(const ValueTable& services, const ValueTable& names);
  void AddSpan(const CountedSpan& span);
  void EndRowGroup();

  // Calls visit(name, kind, status, spans) of each group of the row group at hand.
  template <typename Visit>
  void ForEachGroup(const Visit& visit) const {
    for (const auto& [key, group] : local_groups_)
      visit(key.name, key.kind, key.status, group.spans);
  }

  // None where there was too much to count.
  std::optional<SpanCounts> Take();

 private:
  static constexpr uint32_t kNone = 0xffffffff;

  struct Key {
    uint32_t service, name, kind, status;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    using is_avalanching = void;
    size_t operator()(const Key& key) const;
  };
  // A group of the row group at hand.
  struct LocalGroup {
    uint32_t group;  // index into groups_
    uint32_t spans;
  };
  struct Cell {
    uint32_t group;
    uint32_t minute;
    uint32_t spans;
    uint32_t buckets;    // where they begin in buckets_: a count for each exponent, ascending
    uint64_t exponents;  // a bit for each, from 1
  };

  uint32_t GroupOf(const Key& local);
  uint32_t InternService(uint32_t code);
  uint32_t InternName(uint32_t code);
  uint32_t CellOf(uint32_t group, uint32_t minute);
  void CountDuration(Cell& cell, uint64_t nanos);
  void GiveUp();
  std::vector<Key> SortedGroups(std::vector<uint32_t>& order) const;
  void AppendCells(std::vector<uint32_t>& cells, SpanCounts& out) const;

  const ValueTable* row_group_services_ = nullptr;
  const ValueTable* row_group_names_ = nullptr;
  boost::unordered_flat_map<Key, LocalGroup, KeyHash> local_groups_;

  bool is_too_much_ = false;
  std::map<std::string, uint32_t, std::less<>> services_;  // by encoded value
  std::map<std::string, uint32_t, std::less<>> names_;
  boost::unordered_flat_map<Key, uint32_t, KeyHash> groups_;  // with the codes of these
  std::vector<uint32_t> last_cells_;                          // by group: the one counted last
  boost::unordered_flat_map<uint64_t, uint32_t> cells_by_minute_;
  std::vector<Cell> cells_;
  std::vector<uint32_t> buckets_;
};

}  // namespace vivace
