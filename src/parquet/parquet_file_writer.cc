#include "parquet/parquet_file_writer.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/status.h>
#include <fmt/format.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>
#include <zstd.h>

#include <algorithm>
#include <unordered_map>

#include "parquet/footer.h"

namespace vivace {
namespace {

constexpr int kZstdLevel = 1;
constexpr size_t kOwnFrameBytesMin = 256;  // of repetition levels

// An object as the stream that Arrow writes to.
class ObjectOutputStream final : public ::arrow::io::OutputStream {
 public:
  explicit ObjectOutputStream(ObjectWriter& object) : object_(object) {
    set_mode(::arrow::io::FileMode::WRITE);
  }

  ::arrow::Status Close() override {
    closed_ = true;
    return ::arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  ::arrow::Result<int64_t> Tell() const override {
    return written_ + static_cast<int64_t>(buffer_.size());
  }

  ::arrow::Status Write(const void* data, int64_t size) override {
    buffer_.append(static_cast<const char*>(data), static_cast<size_t>(size));
    return buffer_.size() >= kBufferBytes ? Flush() : ::arrow::Status::OK();
  }

  ::arrow::Status Flush() override {
    if (const auto status = object_.Append(buffer_); !status) {
      error_ = status.error();
      return ::arrow::Status::IOError(status.error().message);
    }
    written_ += static_cast<int64_t>(buffer_.size());
    buffer_.clear();
    return ::arrow::Status::OK();
  }

  // The store's own error, where there was one.
  const std::optional<Error>& error() const { return error_; }

 private:
  static constexpr size_t kBufferBytes = 1 << 20;
  ObjectWriter& object_;
  std::string buffer_;
  int64_t written_ = 0;
  bool closed_ = false;
  std::optional<Error> error_;
};

parquet::Encoding::type ToParquet(PageEncoding encoding) {
  switch (encoding) {
    case PageEncoding::kPlain:
      return parquet::Encoding::PLAIN;
    case PageEncoding::kDictionary:
      return parquet::Encoding::RLE_DICTIONARY;
    case PageEncoding::kDeltaBinaryPacked:
      return parquet::Encoding::DELTA_BINARY_PACKED;
    case PageEncoding::kDeltaLengthByteArray:
      return parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY;
  }
  return parquet::Encoding::PLAIN;
}

void AppendSized(std::string& out, std::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(bytes);
}

std::shared_ptr<parquet::WriterProperties> Properties() {
  return parquet::WriterProperties::Builder()
      .compression(parquet::Compression::ZSTD)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->created_by("vivace")
      ->build();
}

}  // namespace

struct ParquetFileWriter::State {
  State(ObjectWriter& object, const parquet::SchemaDescriptor& schema_descriptor)
      : stream(std::make_shared<ObjectOutputStream>(object)),
        schema(schema_descriptor),
        file(parquet::FileMetaDataBuilder::Make(&schema, Properties())),
        index(parquet::PageIndexBuilder::Make(&schema)),
        compressor(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    ZSTD_CCtx_setParameter(compressor.get(), ZSTD_c_compressionLevel, kZstdLevel);
  }

  // Runs a step in which Arrow may throw.
  template <typename Step>
  Status Run(Step&& step) {
    try {
      step();
      return {};
    } catch (const std::exception& e) {
      if (stream->error()) return std::unexpected(*stream->error());
      return Fail(ErrorCode::kInternal, fmt::format("writing Parquet: {}", e.what()));
    }
  }

  // `body`, the uncompressed bytes of `page`, for the disk.
  std::shared_ptr<::arrow::Buffer> CompressedBody(const EncodedPage& page) {
    if (page.value_count == 0) return CompressedEmpty(body);
    return page.has_levels ? CompressedNested(page.levels->repetition, body) : Compressed(body);
  }

  // Columns without values of one kind of row have the same pages: the last such page is compressed
  // once.
  std::shared_ptr<::arrow::Buffer> CompressedEmpty(std::string_view raw) {
    if (!last_empty || raw != last_empty_body) {
      last_empty_body = raw;
      const auto fresh = Compressed(raw);
      last_empty_compressed.assign(reinterpret_cast<const char*>(fresh->data()),
                                   static_cast<size_t>(fresh->size()));
      last_empty = std::make_shared<::arrow::Buffer>(
          reinterpret_cast<const uint8_t*>(last_empty_compressed.data()), fresh->size());
    }
    return last_empty;
  }

  std::shared_ptr<::arrow::Buffer> Compressed(std::string_view raw) {
    compressed.clear();
    AppendFrame(raw, compressed);
    return std::make_shared<::arrow::Buffer>(reinterpret_cast<const uint8_t*>(compressed.data()),
                                             static_cast<int64_t>(compressed.size()));
  }

  // `repetition` begins `raw`, after its length. Where other columns have the same repetition
  // levels, they are compressed once and become a frame of their own: zstd data may have any number
  // of them.
  std::shared_ptr<::arrow::Buffer> CompressedNested(
      const std::shared_ptr<const std::string>& repetition, std::string_view raw) {
    if (repetition.use_count() == 1 || repetition->size() < kOwnFrameBytesMin)
      return Compressed(raw);
    const size_t first = sizeof(uint32_t) + repetition->size();
    std::string& frame = repetition_frames[repetition];
    if (frame.empty()) AppendFrame(raw.substr(0, first), frame);
    compressed = frame;
    AppendFrame(raw.substr(first), compressed);
    return std::make_shared<::arrow::Buffer>(reinterpret_cast<const uint8_t*>(compressed.data()),
                                             static_cast<int64_t>(compressed.size()));
  }

  void AppendFrame(std::string_view raw, std::string& out) {
    const size_t before = out.size();
    size_t size = 0;
    out.resize_and_overwrite(before + ZSTD_compressBound(raw.size()),
                             [&](char* data, size_t capacity) {
                               size = ZSTD_compress2(compressor.get(), data + before,
                                                     capacity - before, raw.data(), raw.size());
                               return before + (ZSTD_isError(size) ? 0 : size);
                             });
    if (ZSTD_isError(size)) throw parquet::ParquetException(ZSTD_getErrorName(size));
  }

  std::shared_ptr<ObjectOutputStream> stream;
  const parquet::SchemaDescriptor& schema;
  std::unique_ptr<parquet::FileMetaDataBuilder> file;
  std::unique_ptr<parquet::PageIndexBuilder> index;
  parquet::RowGroupMetaDataBuilder* row_group = nullptr;
  parquet::ColumnChunkMetaDataBuilder* column = nullptr;
  std::unique_ptr<parquet::PageWriter> pages;
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> compressor;
  int16_t row_groups = 0;
  int columns = 0;
  bool has_dictionary = false;
  parquet::EncodedStatistics statistics;  // of the column chunk
  int64_t row_group_bytes = 0;            // before compression, without page headers
  std::string body;
  std::string compressed;
  std::unordered_map<std::shared_ptr<const std::string>, std::string>
      repetition_frames;  // of the row group, compressed
  std::string last_empty_body;
  std::string last_empty_compressed;
  std::shared_ptr<::arrow::Buffer> last_empty;  // of last_empty_compressed
};

namespace {

// Physical order of bounds: unsigned bytes for strings; for numbers the column's own order.
bool Less(const parquet::ColumnDescriptor& column, const std::string& a, const std::string& b) {
  const auto as = [](const std::string& text, auto sample) {
    std::memcpy(&sample, text.data(), sizeof sample);
    return sample;
  };
  const bool is_unsigned = column.sort_order() == parquet::SortOrder::UNSIGNED;
  switch (column.physical_type()) {
    case parquet::Type::INT32:
      return is_unsigned ? as(a, uint32_t{}) < as(b, uint32_t{})
                         : as(a, int32_t{}) < as(b, int32_t{});
    case parquet::Type::INT64:
      return is_unsigned ? as(a, uint64_t{}) < as(b, uint64_t{})
                         : as(a, int64_t{}) < as(b, int64_t{});
    case parquet::Type::DOUBLE:
      return as(a, double{}) < as(b, double{});
    default:
      return a < b;
  }
}

void MergeStatistics(parquet::EncodedStatistics& chunk, const parquet::EncodedStatistics& page,
                     const parquet::ColumnDescriptor& column) {
  chunk.null_count += page.null_count;
  chunk.has_null_count = true;
  if (!page.has_min || !page.has_max) return;
  if (!chunk.has_min || Less(column, page.min(), chunk.min())) chunk.set_min(page.min());
  if (!chunk.has_max || Less(column, chunk.max(), page.max())) chunk.set_max(page.max());
}

}  // namespace

ParquetFileWriter::ParquetFileWriter(ObjectWriter& object, const parquet::SchemaDescriptor& schema)
    : state_(std::make_unique<State>(object, schema)) {}

ParquetFileWriter::~ParquetFileWriter() = default;

Status ParquetFileWriter::BeginRowGroup() {
  return state_->Run([&] {
    State& s = *state_;
    if (s.row_groups == 0)
      PARQUET_THROW_NOT_OK(s.stream->Write(kParquetMagic.data(), kParquetMagic.size()));
    s.row_group = s.file->AppendRowGroup();
    s.index->AppendRowGroup();
    s.columns = 0;
    s.row_group_bytes = 0;
  });
}

Status ParquetFileWriter::BeginColumn() {
  return state_->Run([&] {
    State& s = *state_;
    s.column = s.row_group->NextColumnChunk();
    s.has_dictionary = false;
    s.statistics = parquet::EncodedStatistics();
    s.pages = parquet::PageWriter::Open(
        s.stream, parquet::Compression::ZSTD, s.column, s.row_groups,
        static_cast<int16_t>(s.columns), ::arrow::default_memory_pool(), false, nullptr, nullptr,
        true, s.index->GetColumnIndexBuilder(s.columns), s.index->GetOffsetIndexBuilder(s.columns));
  });
}

Status ParquetFileWriter::Dictionary(std::string_view values, uint32_t count) {
  return state_->Run([&] {
    const auto buffer = std::make_shared<::arrow::Buffer>(
        reinterpret_cast<const uint8_t*>(values.data()), static_cast<int64_t>(values.size()));
    state_->pages->WriteDictionaryPage(
        parquet::DictionaryPage(buffer, static_cast<int32_t>(count), parquet::Encoding::PLAIN));
    state_->has_dictionary = true;
    state_->row_group_bytes += static_cast<int64_t>(values.size());
  });
}

Status ParquetFileWriter::Page(const EncodedPage& page) {
  return state_->Run([&] {
    State& s = *state_;
    s.body.clear();
    if (page.has_levels) {
      AppendSized(s.body, *page.levels->repetition);
      AppendSized(s.body, page.levels->definition);
    }
    s.body.append(page.values);
    s.row_group_bytes += static_cast<int64_t>(s.body.size());
    parquet::EncodedStatistics statistics;
    statistics.null_count = page.levels->entries - page.value_count;
    statistics.has_null_count = true;
    statistics.all_null_value = page.value_count == 0;
    if (page.bounds) statistics.set_min(page.bounds->min).set_max(page.bounds->max);
    MergeStatistics(s.statistics, statistics, *s.column->descr());
    const parquet::DataPageV1 data_page(
        s.CompressedBody(page), static_cast<int32_t>(page.levels->entries),
        ToParquet(page.encoding), parquet::Encoding::RLE, parquet::Encoding::RLE,
        static_cast<int64_t>(s.body.size()), statistics, static_cast<int64_t>(page.first_row));
    s.pages->WriteDataPage(data_page);
  });
}

Status ParquetFileWriter::EndColumn() {
  return state_->Run([&] {
    State& s = *state_;
    s.column->SetStatistics(s.statistics);
    s.pages->Close(s.has_dictionary, false);
    s.pages.reset();
    ++s.columns;
  });
}

Status ParquetFileWriter::EndRowGroup(uint64_t rows) {
  return state_->Run([&] {
    State& s = *state_;
    s.row_group->set_num_rows(static_cast<int64_t>(rows));
    s.row_group->Finish(s.row_group_bytes, s.row_groups++);
    s.repetition_frames.clear();
  });
}

uint64_t ParquetFileWriter::bytes() const {
  return static_cast<uint64_t>(state_->stream->Tell().ValueOr(0));
}

Result<ParquetFileWriter::Size> ParquetFileWriter::Finish() {
  Size size;
  VIVACE_TRY(state_->Run([&] {
    State& s = *state_;
    s.index->Finish();
    const auto locations = s.index->WriteTo(s.stream.get());
    s.file->SetIndexLocations(parquet::IndexKind::kColumnIndex, locations.column_index_locations);
    s.file->SetIndexLocations(parquet::IndexKind::kOffsetIndex, locations.offset_index_locations);
    const auto metadata = s.file->Finish();
    PARQUET_ASSIGN_OR_THROW(const int64_t footer_begin, s.stream->Tell());
    parquet::WriteFileMetaData(*metadata, s.stream.get());
    PARQUET_ASSIGN_OR_THROW(const int64_t end, s.stream->Tell());
    size.file_bytes = static_cast<uint64_t>(end);
    size.footer_bytes =
        static_cast<uint32_t>(end - footer_begin - 8);  // less the length and the magic
    PARQUET_THROW_NOT_OK(s.stream->Flush());
  }));
  return size;
}

}  // namespace vivace
