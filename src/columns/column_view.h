// ColumnView: the spans of one source (a live segment, a row group of a block, a single trace) as
// columns: what queries are run on.
//
// Rows of a kind are numbered from 0 and stand by parent (but see is_by_trace): the spans of a
// scope follow each other, so do the scopes of a resource and the resources of a trace. Columns are
// loaded when they are asked for and kept until the view goes. Owned by one query job, one thread.
// Cost: that of what is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers/row_set.h"
#include "base/ids.h"
#include "base/result.h"
#include "columns/attribute_pairs.h"
#include "columns/nested_set.h"
#include "columns/row_kind.h"
#include "columns/span_batch.h"

namespace vivace {

// Distinct values that rows refer to by code.
class ValueTable {
 public:
  virtual ~ValueTable() = default;
  virtual uint32_t size() const = 0;
  // `code` below size(). Texts live as long as the table.
  virtual AttributeValue Value(uint32_t code) const = 0;
};

// One value for each row of a kind: numbers, or codes of a table.
struct Column {
  static constexpr uint32_t kMissing = 0xffffffff;

  std::vector<uint64_t> numbers;
  std::vector<uint32_t> codes;  // kMissing: the row has no value
  std::shared_ptr<const ValueTable> values;

  bool has_numbers() const { return values == nullptr; }
};

enum class Field : uint8_t {
  kTraceStart,        // numbers, nanoseconds since 1970: of the earliest span
  kTraceEnd,          // of the latest end
  kTraceRootName,     // codes; missing without a root
  kTraceRootService,  // codes; missing where the root has none
  kScopeName,         // codes, never missing, as all below but where it says so
  kScopeVersion,
  kSpanId,        // numbers: the id as a big-endian number
  kSpanParentId,  // 0: a root
  kSpanName,      // codes
  kSpanKind,      // numbers, OTLP's
  kSpanStatus,
  kSpanStatusMessage,  // codes
  kSpanStart,          // numbers, nanoseconds since 1970
  kSpanEnd,
  kSpanDuration,  // numbers, nanoseconds
  kEventName,     // codes
  kEventTime,     // numbers, nanoseconds since 1970
  kLinkSpanId,    // numbers
};
inline constexpr size_t kFieldCount = 18;

// A column by name: a field, or what rows of `owner` have under a key.
struct ColumnName {
  std::optional<Field> field;
  RowKind owner = RowKind::kSpan;
  std::string key;
};
using ValuePredicate = std::function<bool(const AttributeValue& value)>;
// Whether a value may pass that is not below `first` and not above `last`, both of one kind; the
// last of texts may be cut short.
using RangePredicate = std::function<bool(const AttributeValue& first, const AttributeValue& last)>;

class ColumnView {
 public:
  virtual ~ColumnView() = default;

  virtual uint32_t rows(RowKind kind) const = 0;
  // Row i of the kind that `kind` lies in has the rows [begins[i], begins[i + 1]) of it. For all
  // kinds but kTrace and kServiceStats; of a view that is not by trace only for events and links.
  virtual Result<std::span<const uint32_t>> Begins(RowKind kind) = 0;
  // Of each span its trace, resource or scope.
  virtual std::span<const uint32_t> Owners(RowKind kind) = 0;
  // Whether rows stand by parent. If not, spans stand as they arrived; nested sets and roots are
  // not known.
  virtual bool is_by_trace() const { return true; }

  virtual Result<const Column*> Load(Field field) = 0;
  // By row of `owner`, the value with that key; where it has several, all of them
  // (repeated_values.h). Null where no row has one.
  virtual Result<const Column*> LoadAttribute(RowKind owner, std::string_view key) = 0;

  // For those who go through many attributes: whether a column is kept, and to free one that nobody
  // uses any more.
  virtual bool IsLoaded(RowKind owner, std::string_view key) const = 0;
  virtual void Release(RowKind owner, std::string_view key) = 0;

  virtual Result<std::span<const TraceId>> TraceIds() = 0;
  // Of these traces alone, in their order: cheaper than all where they are few.
  virtual Result<std::vector<TraceId>> TraceIdsOf(const RowSet& traces);
  virtual Result<std::span<const TraceId>> LinkTraceIds() = 0;
  // By span; the parent's left is 0 for spans out of reach of a root, -1 for roots.
  virtual Result<std::span<const NestedSetNumbers>> NestedSets() = 0;

  // What rows of `owner` have, for those who go through all attributes: the same as LoadAttribute
  // tells, of those keys that it names. Null: the view can only tell key by key.
  virtual Result<std::unique_ptr<AttributePairs>> LoadPairs(RowKind /*owner*/) { return nullptr; }

  // Adds each key that attributes of `owner` have; the same key may come more than once.
  virtual Status ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) = 0;
};

// The owners of spans by the begins of scopes, resources and traces; `kind` as in
// ColumnView::Owners.
std::vector<uint32_t> OwnersFromBegins(RowKind kind, std::span<const uint32_t> resource_begins,
                                       std::span<const uint32_t> scope_begins,
                                       std::span<const uint32_t> span_begins);

}  // namespace vivace
