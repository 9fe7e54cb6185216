#include "block/format/schema.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "columns/column_view.h"

namespace vivace {
namespace {

struct LeafTable {
  std::vector<LeafInfo> leaves;
  std::vector<RowKind> rows;  // by leaf
};

bool IsWholeNumber(LeafType type) {
  return type == LeafType::kUint64 || type == LeafType::kInt64 || Is32Bit(type);
}

// Builds a table from short paths in which "~" stands for ".list.element".
class LeafTableBuilder {
 public:
  void Add(RowKind row, std::string_view short_path, LeafType type, bool optional = false) {
    LeafInfo leaf{.type = type, .optional = optional, .delta_encoded = IsWholeNumber(type)};
    for (const char c : short_path) {
      if (c == '~') {
        leaf.path += ".list.element";
        ++leaf.max_repetition;
      } else {
        leaf.path += c;
      }
    }
    if (row == RowKind::kServiceStats)
      leaf.max_repetition = 1;  // a map: its key_value group repeats
    leaf.max_definition = static_cast<int16_t>(leaf.max_repetition + (optional ? 1 : 0));
    table_.leaves.push_back(std::move(leaf));
    table_.rows.push_back(row);
  }

  void AddAttributes(RowKind owner, const std::string& prefix) {
    const size_t first = table_.leaves.size();
    Add(owner, prefix + "Attrs~.Key", LeafType::kString);
    Add(owner, prefix + "Attrs~.IsArray", LeafType::kBool);
    Add(owner, prefix + "Attrs~.Value~", LeafType::kString);
    Add(owner, prefix + "Attrs~.ValueInt~", LeafType::kInt64);
    Add(owner, prefix + "Attrs~.ValueDouble~", LeafType::kDouble);
    Add(owner, prefix + "Attrs~.ValueBool~", LeafType::kBool);
    Add(owner, prefix + "Attrs~.ValueUnsupported", LeafType::kString, true);
    for (size_t at = first; at < table_.leaves.size(); ++at)
      table_.leaves[at].delta_encoded = false;
  }

  void AddDedicated(RowKind owner, const std::string& prefix) {
    for (size_t slot = 1; slot <= kDedicatedSlots; ++slot) {
      Add(owner,
          prefix + "DedicatedAttributes.String" + (slot < 10 ? "0" : "") + std::to_string(slot),
          LeafType::kString, true);
    }
  }

  LeafTable Take() { return std::move(table_); }

 private:
  LeafTable table_;
};

void AddTrace(LeafTableBuilder& table) {
  table.Add(RowKind::kTrace, "TraceID", LeafType::kBytes);
  table.Add(RowKind::kTrace, "TraceIDText", LeafType::kString);
  table.Add(RowKind::kTrace, "StartTimeUnixNano", LeafType::kUint64);
  table.Add(RowKind::kTrace, "EndTimeUnixNano", LeafType::kUint64);
  table.Add(RowKind::kTrace, "DurationNano", LeafType::kUint64);
  table.Add(RowKind::kTrace, "RootServiceName", LeafType::kString);
  table.Add(RowKind::kTrace, "RootSpanName", LeafType::kString);
  table.Add(RowKind::kServiceStats, "ServiceStats.key_value.key", LeafType::kString);
  table.Add(RowKind::kServiceStats, "ServiceStats.key_value.value.SpanCount", LeafType::kUint32);
  table.Add(RowKind::kServiceStats, "ServiceStats.key_value.value.ErrorCount", LeafType::kUint32);
}

void AddResource(LeafTableBuilder& table) {
  const std::string prefix = "rs~.Resource.";
  table.AddAttributes(RowKind::kResource, prefix);
  table.Add(RowKind::kResource, prefix + "DroppedAttributesCount", LeafType::kInt32);
  table.Add(RowKind::kResource, prefix + "ServiceName", LeafType::kString);
  for (const char* name : {"Cluster", "Namespace", "Pod", "Container", "K8sClusterName",
                           "K8sNamespaceName", "K8sPodName", "K8sContainerName"}) {
    table.Add(RowKind::kResource, prefix + name, LeafType::kString, true);
  }
  table.AddDedicated(RowKind::kResource, prefix);
}

void AddScope(LeafTableBuilder& table) {
  const std::string prefix = "rs~.ss~.Scope.";
  table.Add(RowKind::kScope, prefix + "Name", LeafType::kString);
  table.Add(RowKind::kScope, prefix + "Version", LeafType::kString);
  table.AddAttributes(RowKind::kScope, prefix);
  table.Add(RowKind::kScope, prefix + "DroppedAttributesCount", LeafType::kInt32);
}

void AddEvents(LeafTableBuilder& table, const std::string& span) {
  const std::string prefix = span + "Events~.";
  table.Add(RowKind::kEvent, prefix + "TimeSinceStartNano", LeafType::kUint64);
  table.Add(RowKind::kEvent, prefix + "Name", LeafType::kString);
  table.AddAttributes(RowKind::kEvent, prefix);
  table.Add(RowKind::kEvent, prefix + "DroppedAttributesCount", LeafType::kInt32);
  table.Add(RowKind::kSpan, span + "DroppedEventsCount", LeafType::kInt32);
}

void AddLinks(LeafTableBuilder& table, const std::string& span) {
  const std::string prefix = span + "Links~.";
  table.Add(RowKind::kLink, prefix + "TraceID", LeafType::kBytes);
  table.Add(RowKind::kLink, prefix + "SpanID", LeafType::kBytes);
  table.Add(RowKind::kLink, prefix + "TraceState", LeafType::kString);
  table.AddAttributes(RowKind::kLink, prefix);
  table.Add(RowKind::kLink, prefix + "DroppedAttributesCount", LeafType::kInt32);
  table.Add(RowKind::kSpan, span + "DroppedLinksCount", LeafType::kInt32);
}

void AddSpan(LeafTableBuilder& table) {
  const std::string prefix = "rs~.ss~.Spans~.";
  const auto add = [&](const char* name, LeafType type, bool optional = false) {
    table.Add(RowKind::kSpan, prefix + name, type, optional);
  };
  add("SpanID", LeafType::kBytes);
  add("ParentSpanID", LeafType::kBytes);
  add("ParentID", LeafType::kInt32);
  add("NestedSetLeft", LeafType::kInt32);
  add("NestedSetRight", LeafType::kInt32);
  add("Name", LeafType::kString);
  add("Kind", LeafType::kInt64);
  add("TraceState", LeafType::kString);
  add("StartTimeUnixNano", LeafType::kUint64);
  add("DurationNano", LeafType::kUint64);
  add("StatusCode", LeafType::kInt64);
  add("StatusMessage", LeafType::kString);
  table.AddAttributes(RowKind::kSpan, prefix);
  add("DroppedAttributesCount", LeafType::kInt32);
  AddEvents(table, prefix);
  AddLinks(table, prefix);
  add("HttpMethod", LeafType::kString, true);
  add("HttpUrl", LeafType::kString, true);
  add("HttpStatusCode", LeafType::kInt64, true);
  table.AddDedicated(RowKind::kSpan, prefix);
}

LeafTable MakeBlockLeaves() {
  LeafTableBuilder table;
  AddTrace(table);
  AddResource(table);
  AddScope(table);
  AddSpan(table);
  return table.Take();
}

LeafTable MakeExtraLeaves() {
  LeafTableBuilder table;
  table.Add(RowKind::kResource, "rs~.Resource.SchemaUrl", LeafType::kString);
  table.Add(RowKind::kResource, "rs~.Resource.EntityRefs", LeafType::kBytes);
  table.Add(RowKind::kScope, "rs~.ss~.Scope.SchemaUrl", LeafType::kString);
  table.Add(RowKind::kSpan, "rs~.ss~.Spans~.Flags", LeafType::kInt32);
  table.Add(RowKind::kLink, "rs~.ss~.Spans~.Links~.Flags", LeafType::kInt32);
  return table.Take();
}

const LeafTable& BlockTable() {
  static const LeafTable table = MakeBlockLeaves();
  return table;
}

const LeafTable& ExtraTable() {
  static const LeafTable table = MakeExtraLeaves();
  return table;
}

}  // namespace

std::span<const LeafInfo> BlockLeaves() { return BlockTable().leaves; }

std::span<const LeafInfo> ExtraLeaves() { return ExtraTable().leaves; }

RowKind RowKindOf(Leaf leaf) { return BlockTable().rows[ColumnOf(leaf)]; }

RowKind RowKindOf(ExtraLeaf leaf) { return ExtraTable().rows[ColumnOf(leaf)]; }

std::optional<Leaf> LeafOfField(Field field) {
  switch (field) {
    case Field::kSpanName:
      return Leaf::kSpanName;
    case Field::kSpanStatusMessage:
      return Leaf::kSpanStatusMessage;
    case Field::kScopeName:
      return Leaf::kScopeName;
    case Field::kScopeVersion:
      return Leaf::kScopeVersion;
    case Field::kSpanDuration:
      return Leaf::kSpanDurationNano;
    default:
      return std::nullopt;
  }
}

std::unexpected<Error> DamagedColumn(Leaf leaf, std::string_view message) {
  return Damaged("column " + InfoOf(leaf).path + ": " + std::string(message));
}

}  // namespace vivace
