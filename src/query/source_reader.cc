#include "query/source_reader.h"

#include <algorithm>
#include <utility>

#include "block/index/block_index.h"

namespace vivace {
namespace {

// Where more than this share of the rows are candidates, leaving out the others does not pay.
constexpr double kCandidateShareMax = 0.8;

}  // namespace

// Reads the index section by section, when it is asked.
class SourceReader::Summary final : public SourceSummary {
 public:
  Summary(SourceReader& reader, size_t source, std::shared_ptr<const BlockIndex> index)
      : reader_(reader), source_(source), index_(std::move(index)) {}

  size_t view_count() const override { return index_->row_group_count(); }
  Result<std::shared_ptr<const KeyLists>> Keys() override {
    return Ask([&] { return index_->Keys(reader_.stats_); });
  }
  Result<std::shared_ptr<const SpanCounts>> Counts() override {
    return Ask([&] { return index_->Counts(reader_.stats_); });
  }
  Result<std::shared_ptr<const ListedValues>> Values(size_t view,
                                                     const ColumnName& column) override {
    return Ask([&] { return index_->Values(view, column, reader_.stats_); });
  }

 private:
  // What cannot be read is not known: the block is read without.
  template <typename Read>
  auto Ask(const Read& read) -> decltype(read()) {
    const auto ask = [&](const Reader&) { return read(); };
    auto known = reader_.ReadBlock<typename decltype(read())::value_type>(source_, ask);
    if (known.has_value()) return known;
    reader_.sources_.ReportIgnoredIndex(source_, known.error().message);
    return nullptr;
  }

  SourceReader& reader_;
  const size_t source_;
  const std::shared_ptr<const BlockIndex> index_;
};

template <typename T, typename Read>
Result<T> SourceReader::ReadBlock(size_t source, const Read& read) {
  VIVACE_ASSIGN(const Reader reader, sources_.catalog().Reader(sources_[source].meta));
  const uint64_t reads = stats_.reads;
  Result<T> result = read(reader);
  if (stats_.reads != reads) VIVACE_TRY(Recount(*reader));
  return result;
}

template <typename T, typename Read>
Result<std::optional<T>> SourceReader::ReadUnlessDamaged(size_t source, const Read& read) {
  if (sources_.is_skipped(source)) return std::nullopt;
  Result<T> result = ReadBlock<T>(source, read);
  if (result.has_value()) return *std::move(result);
  VIVACE_TRY(sources_.Skip(source, result.error()));
  return std::nullopt;
}

// A reader grows by what it reads, and counting costs more than asking a bloom filter does.
Status SourceReader::Recount(const BlockReader& reader) {
  reader_lease_.emplace(&sources_.budget());
  return reader_lease_->Grow(sources_.catalog().Used(reader));
}

// The index, where it agrees with meta.json, knows without the file's footer, which what is pruned
// needs not be read for.
Result<size_t> SourceReader::ViewCount(size_t source) {
  if (!sources_.is_block(source)) return 1;
  return ReadBlock<size_t>(source, [&](const Reader& reader) -> Result<size_t> {
    const std::shared_ptr<const BlockIndex> index = IndexOf(*reader, source);
    const bool is_known =
        index != nullptr && index->row_group_count() == sources_[source].meta->total_records;
    return is_known ? index->row_group_count() : reader->RowGroupCount(stats_);
  });
}

Result<SourceReader::OpenView> SourceReader::Open(size_t source, size_t view,
                                                  SegmentView::Order order,
                                                  std::optional<RowSet> rows) {
  if (!sources_.is_block(source)) {
    OpenView opened;
    opened.view = std::make_unique<SegmentView>(sources_[source].segment->columns, order);
    return opened;
  }
  return ReadBlock<OpenView>(source, [&](const Reader& reader) -> Result<OpenView> {
    MemoryBudget& budget = sources_.budget();
    OpenView opened(sources_.catalog(), reader, budget);
    VIVACE_ASSIGN(opened.view, reader->OpenView(view, stats_, &budget, std::move(rows)));
    VIVACE_TRY(opened.reader_lease.Grow(reader->MemoryBytes()));
    return opened;
  });
}

Result<std::unique_ptr<SourceSummary>> SourceReader::SummaryOf(size_t source) {
  using Known = std::unique_ptr<SourceSummary>;
  if (!sources_.is_block(source)) return nullptr;
  return ReadBlock<Known>(source, [&](const Reader& reader) -> Result<Known> {
    std::shared_ptr<const BlockIndex> index = IndexOf(*reader, source);
    if (index == nullptr || index->row_group_count() != sources_[source].meta->total_records)
      return nullptr;
    return std::make_unique<Summary>(*this, source, std::move(index));
  });
}

Result<uint32_t> SourceReader::RowCount(size_t source, size_t view) {
  return ReadBlock<uint32_t>(source,
                             [&](const Reader& reader) { return reader->RowCount(view, stats_); });
}

// Null too where it cannot be read, or is gone: it only saves work, so the block is read without.
std::shared_ptr<const BlockIndex> SourceReader::IndexOf(const BlockReader& reader, size_t source) {
  const uint64_t damaged = stats_.damaged_indexes;
  Result<std::shared_ptr<const BlockIndex>> index = reader.Index(stats_);
  if (!index.has_value()) {
    sources_.ReportIgnoredIndex(source, index.error().message);
    return nullptr;
  }
  if (stats_.damaged_indexes != damaged) sources_.ReportIgnoredIndex(source, stats_.index_problem);
  return *std::move(index);
}

Result<uint64_t> SourceReader::MostMatches(size_t source, size_t view,
                                           const traceql::Pruning& pruning) {
  constexpr uint64_t kNotKnown = traceql::Pruning::kNotKnown;
  return ReadBlock<uint64_t>(source, [&](const Reader& reader) -> Result<uint64_t> {
    const std::shared_ptr<const BlockIndex> index = IndexOf(*reader, source);
    if (index == nullptr) return kNotKnown;
    const auto count_rows = [&](const ColumnName& column,
                                const ValuePredicate& passes) -> Result<uint64_t> {
      const auto listed = index->Values(view, column, stats_);
      if (!listed.has_value() || *listed == nullptr) return kNotKnown;
      uint64_t rows = 0;
      for (uint32_t code = 0; code < (*listed)->values->size(); ++code)
        rows += passes((*listed)->values->Value(code)) ? (*listed)->rows[code] : 0;
      return rows;
    };
    return pruning.MostRows(count_rows);
  });
}

// An index that has another number of rows than the file is of no use.
Result<SourceReader::NewestOfBlock> SourceReader::Newest(size_t source, size_t view) {
  return ReadBlock<NewestOfBlock>(source, [&](const Reader& reader) -> Result<NewestOfBlock> {
    const std::shared_ptr<const BlockIndex> index = IndexOf(*reader, source);
    if (index == nullptr || view >= index->row_group_count()) return NewestOfBlock();
    const auto [first, end] = index->RowsOf(view);
    VIVACE_ASSIGN(const uint32_t rows, reader->RowCount(view, stats_));
    if (end - first != rows) return NewestOfBlock();
    auto newest = index->Newest(stats_);
    if (newest.has_value()) return NewestOfBlock{*std::move(newest), first, end};
    sources_.ReportIgnoredIndex(source, newest.error().message);
    return NewestOfBlock();
  });
}

Result<std::optional<bool>> SourceReader::AskIndex(const BlockIndex& index, size_t view,
                                                   const ColumnName& column,
                                                   const ValuePredicate& passes,
                                                   const std::optional<std::string_view>& only) {
  VIVACE_ASSIGN(const std::optional<bool> known, index.MayMatch(view, column, passes, stats_));
  if (known.has_value() || !only.has_value()) return known;
  VIVACE_ASSIGN(const bool may_have,
                index.MayHave(view, column, AttributeValue::String(*only), stats_));
  return may_have ? std::nullopt : std::optional(false);
}

Result<bool> SourceReader::MayHaveValue(const BlockReader& reader, size_t source, size_t view,
                                        const ColumnName& column, const ValuePredicate& passes,
                                        const std::optional<std::string_view>& only) {
  if (const auto index = IndexOf(reader, source); index != nullptr) {
    const Result<std::optional<bool>> known = AskIndex(*index, view, column, passes, only);
    if (known.has_value() && known->has_value()) return **known;
    if (!known.has_value()) sources_.ReportIgnoredIndex(source, known.error().message);
  }
  return reader.MayMatch(view, column, passes, stats_);
}

Result<SourceReader::Candidates> SourceReader::MayMatch(size_t source, size_t view,
                                                        const traceql::Pruning& pruning) {
  if (!sources_.is_block(source)) {
    const Segment& segment = sources_[source].segment->columns;
    const auto may_have = [&](const ColumnName& column, const ValuePredicate& passes, const auto&) {
      return Result<bool>(column.field.has_value() || segment.MayMatch(column.key, passes));
    };
    VIVACE_ASSIGN(const bool any, pruning.MayMatch(may_have));
    return Candidates{.any = any, .rows = {}};
  }
  return ReadBlock<Candidates>(source, [&](const Reader& reader) -> Result<Candidates> {
    const auto may_have = [&](const ColumnName& column, const ValuePredicate& passes,
                              const std::optional<std::string_view>& only) {
      return MayHaveValue(*reader, source, view, column, passes, only);
    };
    VIVACE_ASSIGN(const bool any, pruning.MayMatch(may_have));
    if (!any) return Candidates{.any = false, .rows = {}};
    return CandidateRows(*reader, view, pruning);
  });
}

Result<SourceReader::Candidates> SourceReader::CandidateRows(const BlockReader& reader, size_t view,
                                                             const traceql::Pruning& pruning) {
  VIVACE_ASSIGN(const uint32_t count, reader.RowCount(view, stats_));
  const auto rows_that_may_have = [&](const ColumnName& column, const RangePredicate& may_pass) {
    return reader.RowsThatMayMatch(view, column, may_pass, stats_);
  };
  VIVACE_ASSIGN(RowSet rows, pruning.RowsThatMayMatch(count, rows_that_may_have));
  if (rows.empty()) return Candidates{.any = false, .rows = {}};
  if (rows.size() > kCandidateShareMax * count) return Candidates();
  return Candidates{.any = true, .rows = std::move(rows)};
}

LeafSet SourceReader::LeavesOf(size_t source, std::span<const ColumnName> columns) {
  LeafSet leaves;
  const auto reader = sources_.catalog().Reader(sources_[source].meta);
  for (const ColumnName& column : columns) {
    if (reader.has_value()) leaves.Add((*reader)->LeavesOf(column));
  }
  return leaves;
}

BlockReader::ReadAhead SourceReader::ReadViewAhead(size_t source, size_t view,
                                                   const LeafSet& leaves,
                                                   const std::optional<RowSet>& rows,
                                                   MemoryBudget& budget) {
  if (!sources_.is_block(source)) return nullptr;
  const auto read = [&](const Reader& reader) -> Result<BlockReader::ReadAhead> {
    return reader->ReadViewAhead(view, leaves, rows, stats_, budget);
  };
  return ReadBlock<BlockReader::ReadAhead>(source, read).value_or(nullptr);
}

void SourceReader::ReadBloomAhead(size_t source) {
  using Shard = std::shared_ptr<const BloomShard>;
  (void)ReadBlock<Shard>(source,
                         [&](const Reader& reader) { return reader->SoleBloomShard(stats_); });
}

Result<bool> SourceReader::MayHave(size_t source, const TraceId& id) {
  if (!sources_.is_block(source)) return sources_[source].segment->columns.Contains(id);
  VIVACE_ASSIGN(const std::optional<bool> may_have,
                ReadUnlessDamaged<bool>(
                    source, [&](const Reader& reader) { return reader->MayContain(id, stats_); }));
  return may_have.value_or(false);
}

Result<bool> SourceReader::Has(size_t source, const TraceId& id) {
  if (!sources_.is_block(source)) return sources_[source].segment->columns.Contains(id);
  VIVACE_ASSIGN(const std::optional<bool> has,
                ReadUnlessDamaged<bool>(
                    source, [&](const Reader& reader) { return reader->HasTrace(id, stats_); }));
  return has.value_or(false);
}

Status SourceReader::AppendAll(size_t source, std::span<const TraceId> ids,
                               BlockReader::Content content, SpanBatchBuilder& out,
                               const std::function<Status(size_t number)>& found) {
  if (!sources_.is_block(source)) {
    for (size_t number = 0; number < ids.size(); ++number) {
      if (sources_[source].segment->columns.FindTrace(ids[number], out)) VIVACE_TRY(found(number));
    }
    return {};
  }
  const auto read = [&](const Reader& reader) -> Result<bool> {
    VIVACE_TRY(reader->FindTraces(ids, out, stats_, content, found));
    return true;
  };
  VIVACE_TRY(ReadUnlessDamaged<bool>(source, read));
  return {};
}

Result<std::shared_ptr<const BloomShard>> SourceReader::SoleBloomShard(size_t source) {
  using Shard = std::shared_ptr<const BloomShard>;
  VIVACE_ASSIGN(std::optional<Shard> shard,
                ReadUnlessDamaged<Shard>(
                    source, [&](const Reader& reader) { return reader->SoleBloomShard(stats_); }));
  return std::move(shard).value_or(nullptr);
}

Result<std::vector<TraceId>> SourceReader::TraceIds(size_t source) {
  const auto count =
      static_cast<size_t>(std::max<int64_t>(sources_[source].meta->total_objects, 0));
  return ReadBlock<std::vector<TraceId>>(
      source, [&](const Reader& reader) { return reader->TraceIds(count, stats_); });
}

}  // namespace vivace
