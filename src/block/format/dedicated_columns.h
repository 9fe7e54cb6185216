// Dedicated columns: attributes that a block keeps in a column of their own (spec/storage.md 2.3).
//
// The list is written into meta.json and decides which attribute lives in which String01..String10
// slot of data.parquet: filter first, assign slots from the filtered list, store exactly that list.
// Plain values, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "block/format/schema.h"

namespace vivace {

enum class DedicatedScope : uint8_t { kSpan, kResource, kEvent };
enum class DedicatedType : uint8_t { kString, kInt };

struct DedicatedColumn {
  DedicatedScope scope = DedicatedScope::kSpan;
  std::string name;
  DedicatedType type = DedicatedType::kString;
  std::vector<std::string> options;
  friend bool operator==(const DedicatedColumn&, const DedicatedColumn&) = default;
};

using DedicatedColumns = std::vector<DedicatedColumn>;

// The 14 columns that Tempo has by default.
const DedicatedColumns& DefaultDedicatedColumns();

// Those that vParquet4 can use, in order: strings without options on resources and spans whose
// names have no static column, at most ten a scope.
DedicatedColumns FilterForV4(const DedicatedColumns& columns);

// Attribute names by slot; an unused slot is empty.
struct DedicatedSlots {
  std::array<std::string, kDedicatedSlots> resource;
  std::array<std::string, kDedicatedSlots> span;
};

// `columns` as stored in meta.json. Entries that vParquet4 has no slot for are skipped.
DedicatedSlots AssignSlots(const DedicatedColumns& columns);

// The column of its own that an attribute may have: a well-known name (static_columns.h) first,
// then a slot.
std::optional<Leaf> PromotedLeafOf(const DedicatedSlots& slots, RowKind owner,
                                   std::string_view key);

// Equal lists, and only those, have equal hashes: blocks are compacted together only if they agree.
// 0 for the empty list.
uint64_t HashOf(const DedicatedColumns& columns);

// The names in meta.json: "span", "resource", "event"; "string", "int".
std::string_view NameOf(DedicatedScope scope);
std::string_view NameOf(DedicatedType type);

}  // namespace vivace
