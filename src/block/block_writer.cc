#include "block/block_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash/crc32c.h"
#include "base/unix_time.h"
#include "block/format/bloom.h"
#include "block/format/parquet_schema.h"
#include "block/format/row_group_index.h"
#include "block/index/index_builder.h"
#include "block/write/attribute_traits.h"
#include "block/write/attribute_values.h"
#include "block/write/column_selection.h"
#include "block/write/promotion.h"
#include "block/write/row_group_writer.h"
#include "block/write/segment_indexer.h"
#include "columns/trace_layout.h"
#include "parquet/parquet_file_writer.h"

namespace vivace {
namespace {

// What a row group of spans with very many attributes ends at: each may need some 40 bytes while it
// is written.
constexpr uint64_t kRowGroupAttributesMax = 6'000'000;

// A Parquet file of the block together with the object that it goes to.
struct OutputFile {
  OutputFile(std::unique_ptr<ObjectWriter> writer, const parquet::SchemaDescriptor& schema)
      : object(std::move(writer)), parquet(*object, schema) {}

  Result<ParquetFileWriter::Size> Close() {
    VIVACE_ASSIGN(const ParquetFileWriter::Size size, parquet.Finish());
    VIVACE_TRY(object->Close());
    return size;
  }

  std::unique_ptr<ObjectWriter> object;
  ParquetFileWriter parquet;
};

class BlockBuilder {
 public:
  BlockBuilder(const Segment& segment, ObjectStore& store, const std::string& tenant,
               const Uuid& block, const BlockOptions& options)
      : segment_(segment),
        store_(store),
        options_(options),
        values_(segment),
        traits_(segment, values_),
        columns_(options.use_free_slots
                     ? AddHighCardinalityColumns(segment, options.dedicated_columns)
                     : options.dedicated_columns),
        promotion_(segment, AssignSlots(columns_)),
        attributes_{segment, values_, traits_, promotion_} {
    meta_.block_id = block;
    meta_.tenant_id = tenant;
    meta_.dedicated_columns = columns_;
  }

  Result<BlockMeta> Run() {
    VIVACE_TRY(WriteFiles());
    VIVACE_TRY(WriteBloom());
    VIVACE_TRY(WriteIndex());
    VIVACE_TRY(WriteBlockIndex());
    SetTimes();
    VIVACE_TRY(store_.Write(Key(kMetaName), ToJson(meta_)));
    return std::move(meta_);
  }

 private:
  std::string Key(std::string_view name) const {
    return BlockKey(meta_.tenant_id, meta_.block_id, name);
  }

  Status WriteFiles() {
    order_ = SortTraces(segment_);
    VIVACE_ASSIGN(auto data_object, store_.Create(Key(kDataName)));
    OutputFile data(std::move(data_object), BlockParquetSchema());
    std::unique_ptr<OutputFile> extra;
    if (segment_.has_extra_fields()) {
      VIVACE_ASSIGN(auto extra_object, store_.Create(Key(kExtraName)));
      extra = std::make_unique<OutputFile>(std::move(extra_object), ExtraParquetSchema());
    }
    for (size_t begin = 0; begin < order_.size();) {
      size_t end = begin;
      const TraceLayout layout =
          LayOutTraces(segment_, order_, begin, RowGroupSpans(data.parquet.bytes()), end);
      const uint64_t bytes_before = data.parquet.bytes();
      RowGroupWriter row_group(attributes_, layout, options_.page_spans);
      VIVACE_TRY(row_group.WriteBlock(data.parquet));
      if (extra) VIVACE_TRY(row_group.WriteExtra(extra->parquet));
      block_indexer_.AddRowGroup(layout, data.parquet.bytes() - bytes_before);
      index_.Append(segment_.traces()[order_[end - 1]].id);
      ++meta_.total_records;
      written_spans_ += layout.spans();
      begin = end;
    }
    VIVACE_ASSIGN(const ParquetFileWriter::Size size, data.Close());
    if (extra) VIVACE_TRY(extra->Close());
    meta_.lacks_extra = extra == nullptr;
    meta_.total_objects = static_cast<int64_t>(order_.size());
    meta_.size_bytes = size.file_bytes;
    meta_.footer_size = size.footer_bytes;
    return {};
  }

  // How many spans the next row group may have, after `bytes` of the file.
  size_t RowGroupSpans(uint64_t bytes) const {
    const uint64_t guess =
        segment_.memory_bytes() / segment_.span_count() / 2;  // ordinary spans shrink to a third
    const uint64_t per_span =
        std::max<uint64_t>(1, written_spans_ == 0 ? guess : bytes / written_spans_);
    const size_t attributes =
        segment_.spans().attribute_codes.size() + segment_.events().attribute_codes.size();
    const uint64_t by_attributes =
        kRowGroupAttributesMax * segment_.span_count() / std::max<size_t>(1, attributes);
    return std::clamp<uint64_t>(std::min(options_.row_group_bytes / per_span, by_attributes), 1,
                                options_.row_group_spans);
  }

  Status WriteIndex() {
    const std::string json = index_.ToJson();
    meta_.index_crc32c = Crc32c(json);
    return store_.Write(Key(kIndexName), json);
  }

  // An index is a help only: a store that takes no such object gets the block without.
  Status WriteBlockIndex() {
    const Status written =
        store_.Write(Key(kBlockIndexName), block_index_.Finish(meta_.size_bytes));
    const bool is_refused =
        !written.has_value() && (written.error().code == ErrorCode::kFailedPrecondition ||
                                 written.error().code == ErrorCode::kInvalidArgument);
    return is_refused ? Status() : written;
  }

  void SetTimes() {
    const uint64_t max_end = segment_.max_end_unix_nanos();
    const auto start = static_cast<int64_t>(segment_.min_start_unix_nanos() / kNanosPerSecond);
    const auto end =
        static_cast<int64_t>(max_end / kNanosPerSecond + (max_end % kNanosPerSecond != 0 ? 1 : 0));
    const auto latest = static_cast<int64_t>(options_.end_unix_seconds_max);
    meta_.start_unix_seconds = std::min(start, latest);
    meta_.end_unix_seconds = std::min(end, latest);
    if (end > latest) meta_.span_times = {start, end};
  }

  Status WriteBloom() {
    ShardedBloom bloom(order_.size(), options_.bloom_false_positives, options_.bloom_shard_bytes);
    for (const uint32_t trace : order_) bloom.Add(segment_.traces()[trace].id);
    for (uint32_t shard = 0; shard < bloom.shard_count(); ++shard) {
      const std::string bytes = bloom.Shard(shard);
      meta_.bloom_crc32c.push_back(Crc32c(bytes));
      VIVACE_TRY(store_.Write(Key(BloomName(shard)), bytes));
    }
    meta_.bloom_shards = bloom.shard_count();
    return {};
  }

  const Segment& segment_;
  ObjectStore& store_;
  const BlockOptions& options_;
  AttributeValues values_;
  AttributeTraits traits_;
  DedicatedColumns columns_;
  Promotion promotion_;
  BlockAttributes attributes_;
  IndexBuilder block_index_;
  SegmentIndexer block_indexer_{segment_, block_index_};
  RowGroupIndex index_;
  std::vector<uint32_t> order_;
  size_t written_spans_ = 0;
  BlockMeta meta_;
};

}  // namespace

Result<BlockMeta> WriteBlock(const Segment& segment, ObjectStore& store, const std::string& tenant,
                             const Uuid& block, const BlockOptions& options) {
  if (segment.span_count() == 0)
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("block {}: the segment is empty", block.ToString()));
  return BlockBuilder(segment, store, tenant, block, options).Run();
}

}  // namespace vivace
