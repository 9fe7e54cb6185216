#include "block/span_structure.h"

#include <fmt/format.h>

#include "block/leaf_data.h"
#include "block/parquet_file.h"
#include "block/schema.h"

namespace vivace {
namespace {

constexpr Leaf kLeaf = Leaf::kSpanStatusCode;  // the cheapest one that every span has
constexpr auto kResource = static_cast<uint32_t>(DepthOf(RowKind::kResource));
constexpr auto kScope = static_cast<uint32_t>(DepthOf(RowKind::kScope));
constexpr auto kSpan = static_cast<uint32_t>(DepthOf(RowKind::kSpan));

std::unexpected<Error> Damaged(std::string_view message) {
  return Fail(ErrorCode::kDataLoss, fmt::format("column {}: {}", InfoOf(kLeaf).path, message));
}

class StructureBuilder {
 public:
  void Add(uint32_t repetition, uint32_t definition, uint32_t entries) {
    if (repetition > kScope) {
      spans_ += definition >= kSpan ? entries : 0;
      is_sound_ &= !structure_.span_begins.empty();
      return;
    }
    for (uint32_t i = 0; i < entries; ++i) AddEntry(repetition, definition);
  }

  Result<SpanStructure> Take() {
    if (!is_sound_) return Damaged("a span without a scope");
    structure_.resource_begins.push_back(static_cast<uint32_t>(structure_.scope_begins.size()));
    structure_.scope_begins.push_back(static_cast<uint32_t>(structure_.span_begins.size()));
    structure_.span_begins.push_back(spans_);
    return std::move(structure_);
  }

 private:
  void AddEntry(uint32_t repetition, uint32_t definition) {
    if (repetition == 0) structure_.resource_begins.push_back(static_cast<uint32_t>(structure_.scope_begins.size()));
    if (repetition <= kResource && definition >= kResource) {
      structure_.scope_begins.push_back(static_cast<uint32_t>(structure_.span_begins.size()));
    }
    if (definition >= kScope) structure_.span_begins.push_back(spans_);
    if (definition >= kSpan) ++spans_;
  }

  SpanStructure structure_;
  uint32_t spans_ = 0;
  bool is_sound_ = true;
};

}  // namespace

Result<std::shared_ptr<const SpanStructure>> StructureOf(const ParquetFile& file, size_t row_group, ReadStats& stats) {
  if (auto kept = file.StructureOf(row_group); kept != nullptr) return kept;
  VIVACE_ASSIGN(const LeafData spans, ReadLeaf(file, row_group, ColumnOf(kLeaf), stats, LeafParts::kLevels));
  StructureBuilder builder;
  ForEachLevels(spans.repetition, spans.definition,
                [&](uint32_t repetition, uint32_t definition, uint32_t entries) { builder.Add(repetition, definition, entries); });
  VIVACE_ASSIGN(SpanStructure built, builder.Take());
  if (built.traces() != file.row_groups()[row_group].rows) return Damaged("it has another number of rows than its row group");
  auto structure = std::make_shared<const SpanStructure>(std::move(built));
  file.KeepStructure(row_group, structure);
  return structure;
}

}  // namespace vivace
