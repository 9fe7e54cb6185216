#include "block/view/span_structure.h"

#include <fmt/format.h>

#include <utility>

#include "block/format/schema.h"
#include "parquet/decode/leaf_reader.h"
#include "parquet/decode/leaf_rows.h"
#include "parquet/parquet_file.h"

namespace vivace {
namespace {

constexpr Leaf kLeaf = Leaf::kSpanStatusCode;  // the cheapest one that every span has
constexpr auto kResource = static_cast<uint32_t>(DepthOf(RowKind::kResource));
constexpr auto kScope = static_cast<uint32_t>(DepthOf(RowKind::kScope));
constexpr auto kSpan = static_cast<uint32_t>(DepthOf(RowKind::kSpan));

// Of fewer rows than one in so many the structure is read alone, that many times: what has been
// read then would have paid for all.
constexpr uint32_t kFewShare = 16;
constexpr uint8_t kFewReadsMax = 4;

class StructureBuilder {
 public:
  void Add(uint32_t repetition, uint32_t definition, uint32_t entries) {
    if (repetition > kScope) {
      spans_ += definition >= kSpan ? entries : 0;
      is_valid_ &= !structure_.span_begins.empty();
      return;
    }
    for (uint32_t i = 0; i < entries; ++i) AddEntry(repetition, definition);
  }

  Result<SpanStructure> Take() {
    if (!is_valid_) return DamagedColumn(kLeaf, "a span without a scope");
    structure_.resource_begins.push_back(static_cast<uint32_t>(structure_.scope_begins.size()));
    structure_.scope_begins.push_back(static_cast<uint32_t>(structure_.span_begins.size()));
    structure_.span_begins.push_back(spans_);
    return std::move(structure_);
  }

 private:
  void AddEntry(uint32_t repetition, uint32_t definition) {
    if (repetition == 0)
      structure_.resource_begins.push_back(static_cast<uint32_t>(structure_.scope_begins.size()));
    if (repetition <= kResource && definition >= kResource) {
      structure_.scope_begins.push_back(static_cast<uint32_t>(structure_.span_begins.size()));
    }
    if (definition >= kScope) structure_.span_begins.push_back(spans_);
    if (definition >= kSpan) ++spans_;
  }

  SpanStructure structure_;
  uint32_t spans_ = 0;
  bool is_valid_ = true;
};

// Appends begins[first] .. begins[last - 1], counted from `base` on.
void AppendBegins(const std::vector<uint32_t>& begins, uint32_t first, uint32_t last, uint32_t base,
                  std::vector<uint32_t>& out) {
  for (uint32_t row = first; row < last; ++row) out.push_back(begins[row] - begins[first] + base);
}

Result<SpanStructure> StructureOf(const LeafData& spans, size_t traces) {
  StructureBuilder builder;
  ForEachLevelRun(spans.repetition, spans.definition,
                  [&](uint32_t repetition, uint32_t definition, uint32_t entries) {
                    builder.Add(repetition, definition, entries);
                  });
  VIVACE_ASSIGN(SpanStructure structure, builder.Take());
  if (structure.traces() != traces)
    return DamagedColumn(kLeaf, "its number of rows does not match its row group");
  return structure;
}

Result<SpanStructure> ReadStructure(const ParquetFile& file, size_t row_group, ReadStats& stats) {
  VIVACE_ASSIGN(const LeafData spans,
                ReadLeaf(file, row_group, ColumnOf(kLeaf), stats, LeafParts::kLevels));
  return StructureOf(spans, static_cast<size_t>(file.row_groups()[row_group].rows));
}

Result<SpanStructure> ReadStructureOfRows(const ParquetFile& file, size_t row_group,
                                          const RowSet& rows, ReadStats& stats) {
  VIVACE_ASSIGN(const LeafData spans,
                ReadLeafRows(file, row_group, ColumnOf(kLeaf), rows, stats, LeafParts::kLevels));
  return StructureOf(spans, rows.size());
}

}  // namespace

SpanStructure SpanStructure::Select(const RowSet& rows) const {
  SpanStructure some;
  uint32_t spans = 0;
  for (const auto& [first, last] : rows.ranges()) {
    const uint32_t resource = resource_begins[first], resource_end = resource_begins[last];
    const uint32_t scope = scope_begins[resource], scope_end = scope_begins[resource_end];
    AppendBegins(resource_begins, first, last, static_cast<uint32_t>(some.scope_begins.size()),
                 some.resource_begins);
    AppendBegins(scope_begins, resource, resource_end,
                 static_cast<uint32_t>(some.span_begins.size()), some.scope_begins);
    AppendBegins(span_begins, scope, scope_end, spans, some.span_begins);
    spans += span_begins[scope_end] - span_begins[scope];
  }
  some.resource_begins.push_back(static_cast<uint32_t>(some.scope_begins.size()));
  some.scope_begins.push_back(static_cast<uint32_t>(some.span_begins.size()));
  some.span_begins.push_back(spans);
  return some;
}

// Two threads may work it out at once: the first one's is kept.
Result<std::shared_ptr<const SpanStructure>> SpanStructures::Get(const ParquetFile& file,
                                                                 size_t row_group,
                                                                 ReadStats& stats) {
  if (auto kept = Kept(row_group); kept != nullptr) return kept;
  VIVACE_ASSIGN(SpanStructure read, ReadStructure(file, row_group, stats));
  auto structure = std::make_shared<const SpanStructure>(std::move(read));
  Keep(row_group, structure);
  return structure;
}

Result<std::shared_ptr<const SpanStructure>> SpanStructures::Get(const ParquetFile& file,
                                                                 size_t row_group,
                                                                 const RowSet& rows,
                                                                 ReadStats& stats) {
  const bool is_few = rows.size() * kFewShare < file.row_groups()[row_group].rows;
  if (is_few && MayReadFew(row_group)) {
    VIVACE_ASSIGN(SpanStructure some, ReadStructureOfRows(file, row_group, rows, stats));
    return std::make_shared<const SpanStructure>(std::move(some));
  }
  VIVACE_ASSIGN(const auto all, Get(file, row_group, stats));
  return std::make_shared<const SpanStructure>(all->Select(rows));
}

bool SpanStructures::MayReadFew(size_t row_group) {
  const std::lock_guard lock(mutex_);
  return kept_[row_group] == nullptr && few_reads_[row_group]++ < kFewReadsMax;
}

std::shared_ptr<const SpanStructure> SpanStructures::Kept(size_t row_group) const {
  const std::lock_guard lock(mutex_);
  return kept_[row_group];
}

void SpanStructures::Keep(size_t row_group, std::shared_ptr<const SpanStructure> structure) {
  const std::lock_guard lock(mutex_);
  if (kept_[row_group] != nullptr) return;
  bytes_ += structure->MemoryBytes();
  kept_[row_group] = std::move(structure);
}

void SpanStructures::Drop() {
  const std::lock_guard lock(mutex_);
  for (auto& structure : kept_) structure.reset();
  few_reads_.assign(few_reads_.size(), 0);
  bytes_ = 0;
}

size_t SpanStructures::MemoryBytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace vivace
