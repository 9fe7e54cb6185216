// The edge block rewritten by Arrow in other shapes: pages, codecs, row groups, without statistics
// or page index, with an extra file. The reader must find the same in all of them.
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/column_reader.h>
#include <parquet/column_writer.h>
#include <parquet/file_reader.h>
#include <parquet/file_writer.h>

#include <algorithm>

#include "block/format/parquet_schema.h"
#include "block/format/row_group_index.h"
#include "block/recorded_blocks_for_test.h"
#include "columns/view_text_for_test.h"

namespace vivace {
namespace {

// One column of a file, whole.
template <typename Type>
struct ColumnCopy {
  std::vector<int16_t> definition, repetition;
  std::vector<typename Type::c_type> values;
  std::vector<std::string> texts;  // what byte arrays point to
};

template <typename Type>
ColumnCopy<Type> ReadColumn(parquet::ParquetFileReader& file, int column) {
  const auto reader =
      std::static_pointer_cast<parquet::TypedColumnReader<Type>>(file.RowGroup(0)->Column(column));
  ColumnCopy<Type> copy;
  while (reader->HasNext()) {
    int16_t definition = 0;
    int16_t repetition = 0;
    auto value = std::make_unique<typename Type::c_type[]>(1);
    int64_t read = 0;
    reader->ReadBatch(1, &definition, &repetition, value.get(), &read);
    copy.definition.push_back(definition);
    copy.repetition.push_back(repetition);
    if (read == 0) continue;
    copy.values.push_back(value[0]);
    if constexpr (std::is_same_v<Type, parquet::ByteArrayType>) {
      copy.texts.emplace_back(reinterpret_cast<const char*>(value[0].ptr), value[0].len);
    }
  }
  for (size_t i = 0; i < copy.texts.size(); ++i) {
    if constexpr (std::is_same_v<Type, parquet::ByteArrayType>)
      copy.values[i] = parquet::ByteArray(std::string_view(copy.texts[i]));
  }
  return copy;
}

// Writes rows [begin, end) of the column.
template <typename Type>
void WriteRows(const ColumnCopy<Type>& copy, int16_t max_definition, uint64_t begin, uint64_t end,
               parquet::ColumnWriter& out) {
  auto& writer = static_cast<parquet::TypedColumnWriter<Type>&>(out);
  uint64_t row = 0;
  size_t first = 0, count = 0, value = 0, first_value = 0;
  for (size_t entry = 0; entry < copy.definition.size(); ++entry) {
    if (copy.repetition[entry] == 0) ++row;
    const bool wanted = row > begin && row <= end;
    if (wanted && count++ == 0) first = entry, first_value = value;
    if (copy.definition[entry] == max_definition) ++value;
  }
  const auto values = std::make_unique<typename Type::c_type[]>(copy.values.size() + 1);
  std::copy(copy.values.begin(), copy.values.end(), values.get());
  writer.WriteBatch(static_cast<int64_t>(count), copy.definition.data() + first,
                    copy.repetition.data() + first, values.get() + first_value);
}

struct Shape {
  std::string name;
  std::shared_ptr<parquet::WriterProperties> properties;
  uint64_t rows_per_group = 1000;
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

void CopyColumn(parquet::ParquetFileReader& file, int column, uint64_t begin, uint64_t end,
                parquet::ColumnWriter& out) {
  const int16_t max = file.metadata()->schema()->Column(column)->max_definition_level();
  switch (file.metadata()->schema()->Column(column)->physical_type()) {
    case parquet::Type::BYTE_ARRAY:
      return WriteRows(ReadColumn<parquet::ByteArrayType>(file, column), max, begin, end, out);
    case parquet::Type::INT64:
      return WriteRows(ReadColumn<parquet::Int64Type>(file, column), max, begin, end, out);
    case parquet::Type::INT32:
      return WriteRows(ReadColumn<parquet::Int32Type>(file, column), max, begin, end, out);
    case parquet::Type::DOUBLE:
      return WriteRows(ReadColumn<parquet::DoubleType>(file, column), max, begin, end, out);
    default:
      return WriteRows(ReadColumn<parquet::BooleanType>(file, column), max, begin, end, out);
  }
}

std::shared_ptr<parquet::schema::GroupNode> RootOf(const parquet::SchemaDescriptor& schema) {
  return std::static_pointer_cast<parquet::schema::GroupNode>(schema.schema_root());
}

std::unique_ptr<parquet::ParquetFileReader> OpenData(const std::string& bytes) {
  return parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
}

std::string Rewrite(const std::string& bytes, const Shape& shape) {
  const auto file = OpenData(bytes);
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer =
      parquet::ParquetFileWriter::Open(sink, RootOf(BlockParquetSchema()), shape.properties);
  const auto rows = static_cast<uint64_t>(file->metadata()->num_rows());
  for (uint64_t begin = 0; begin < rows; begin += shape.rows_per_group) {
    parquet::RowGroupWriter* group = writer->AppendRowGroup();
    for (int column = 0; column < file->metadata()->num_columns(); ++column) {
      CopyColumn(*file, column, begin, std::min(rows, begin + shape.rows_per_group),
                 *group->NextColumn());
    }
    group->Close();
  }
  writer->Close();
  return sink->Finish().ValueOrDie()->ToString();
}

// The lists of a column of data.parquet, with `value(i)` for its i-th value.
template <typename From, typename To, typename Value>
void WriteLike(parquet::ParquetFileReader& file, Leaf leaf, parquet::ColumnWriter& out,
               Value&& value) {
  const auto from = ReadColumn<From>(file, static_cast<int>(ColumnOf(leaf)));
  ColumnCopy<To> to{from.definition, from.repetition, {}, {}};
  for (size_t i = 0; i < from.values.size(); ++i) to.values.push_back(value(i));
  WriteRows(to, InfoOf(leaf).max_definition, 0, 1000, out);
}

std::string MakeExtra(const std::string& data) {
  using Bytes = parquet::ByteArrayType;
  const auto file = OpenData(data);
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer = parquet::ParquetFileWriter::Open(sink, RootOf(ExtraParquetSchema()));
  parquet::RowGroupWriter* group = writer->AppendRowGroup();
  const auto text = [](const char* value) {
    return [value](size_t) { return parquet::ByteArray(std::string_view(value)); };
  };
  WriteLike<Bytes, Bytes>(*file, Leaf::kResourceServiceName, *group->NextColumn(),
                          text("resource-url"));
  WriteLike<Bytes, Bytes>(*file, Leaf::kResourceServiceName, *group->NextColumn(), text("refs"));
  WriteLike<Bytes, Bytes>(*file, Leaf::kScopeName, *group->NextColumn(), text("scope-url"));
  WriteLike<Bytes, parquet::Int32Type>(*file, Leaf::kSpanId, *group->NextColumn(),
                                       [](size_t i) { return static_cast<int32_t>(i); });
  WriteLike<Bytes, parquet::Int32Type>(*file, Leaf::kLinkTraceId, *group->NextColumn(),
                                       [](size_t) { return -1; });
  group->Close();
  writer->Close();
  return sink->Finish().ValueOrDie()->ToString();
}

std::string Text(const SpanBatch& batch) {
  std::string text;
  for (size_t row = 0; row < batch.spans.size(); ++row) {
    text += ToHex(batch.spans.span_id[row].View()) +
            std::string(batch.String(batch.spans.name[row])) +
            std::to_string(batch.spans.start_unix_nanos[row]);
    for (const AttributeCode code : batch.spans.attributes.Row(row)) {
      text += std::string(batch.AttributeKey(code)) + std::string(batch.Value(code).text) +
              std::to_string(batch.Value(code).bits);
    }
  }
  return text + std::to_string(batch.attributes.size()) + "," +
         std::to_string(batch.events.size()) + "," + std::to_string(batch.links.size()) + "," +
         std::to_string(batch.resources.size());
}

parquet::WriterProperties::Builder NoDictionaryFallback() {
  parquet::WriterProperties::Builder builder;
  builder.dictionary_pagesize_limit(1 << 30);
  return builder;
}

std::vector<Shape> Shapes() {
  const auto zstd = parquet::Compression::ZSTD;
  auto ours = NoDictionaryFallback();
  ours.compression(zstd)
      ->enable_write_page_index()
      ->enable_page_checksum()
      ->data_pagesize(2000)
      ->write_batch_size(16);
  auto second = NoDictionaryFallback();
  second.compression(parquet::Compression::SNAPPY)
      ->data_page_version(parquet::ParquetDataPageVersion::V2)
      ->data_pagesize(500);
  second.write_batch_size(16);
  auto bare = NoDictionaryFallback();
  bare.disable_statistics()->disable_dictionary()->data_pagesize(700)->write_batch_size(16);
  return {{"Ours", ours.build(), 1000},
          {"OursInManyGroups", ours.build(), 10},
          {"V2WithoutPageIndex", second.build(), 50},
          {"BareV1", bare.build(), 1000},
          {"BareV1InManyGroups", bare.build(), 25}};
}

class RewrittenBlock : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    store_ = CopyToMemory(kEdgeBlock);
    original_ = BlockReader::Open(*store_, kEdgeBlock.tenant, kEdgeBlock.Id()).value()->meta();
    data_ = store_->Read(KeyOf(kDataName)).value();
  }

  std::string KeyOf(std::string_view name) const {
    return BlockKey(kEdgeBlock.tenant, kEdgeBlock.Id(), name);
  }

  // Puts `bytes` in the place of data.parquet.
  std::shared_ptr<BlockReader> Open(const std::string& bytes) {
    store_->Write(KeyOf(kDataName), bytes).value();
    BlockMeta meta = original_;
    meta.size_bytes = bytes.size();
    meta.footer_size = 0;
    return BlockReader::Open(*store_, meta).value();
  }

  std::unique_ptr<MemoryStore> store_;
  BlockMeta original_;
  std::string data_;
};

INSTANTIATE_TEST_SUITE_P(All, RewrittenBlock, testing::ValuesIn(Shapes()),
                         [](const auto& info) { return info.param.name; });

TEST_P(RewrittenBlock, HoldsTheSameTraces) {
  const auto local = OpenTestStore();
  const auto expected = BlockReader::Open(*local, kEdgeBlock.tenant, kEdgeBlock.Id()).value();
  store_->Delete(KeyOf(kIndexName)).value();
  const auto rewritten = Open(Rewrite(data_, GetParam()));
  BlockReadStats stats;
  for (const TraceId& id : ReadTraceIds(kEdgeBlock)) {
    SpanBatchBuilder a, b;
    ASSERT_TRUE(expected->FindTrace(id, a, stats).value());
    const Result<bool> found = rewritten->FindTrace(id, b, stats);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    ASSERT_TRUE(*found) << ToHex(id.View());
    EXPECT_EQ(Text(a.batch()), Text(b.batch())) << ToHex(id.View());
  }
}

TEST_P(RewrittenBlock, ShowsSomeRowsAsTheOriginalDoes) {
  const auto local = OpenTestStore();
  const auto expected = BlockReader::Open(*local, kEdgeBlock.tenant, kEdgeBlock.Id()).value();
  const auto rewritten = Open(Rewrite(data_, GetParam()));
  BlockReadStats stats;
  uint32_t first_row = 0;
  for (size_t group = 0; group < rewritten->RowGroupCount(stats).value(); ++group) {
    const uint32_t count = rewritten->RowCount(group, stats).value();
    RowSet here, there;
    for (uint32_t row = group % 3; row < count; row += 1 + row % 7) {
      here.Add(row, row + 1);
      there.Add(first_row + row, first_row + row + 1);
    }
    first_row += count;
    if (here.empty()) continue;
    const auto some = rewritten->OpenView(group, stats, nullptr, here).value();
    const auto original = expected->OpenView(0, stats, nullptr, there).value();
    EXPECT_EQ(ViewText(*some).ByTrace(), ViewText(*original).ByTrace());
  }
}

TEST_P(RewrittenBlock, UsesTheIndexObjectWhereThereAreNoStatistics) {
  const auto ids = ReadTraceIds(kEdgeBlock);
  RowGroupIndex index;
  for (size_t end = GetParam().rows_per_group; end < ids.size() + GetParam().rows_per_group;
       end += GetParam().rows_per_group) {
    index.Append(ids[std::min(end, ids.size()) - 1]);
  }
  store_->Write(KeyOf(kIndexName), index.ToJson()).value();
  const auto rewritten = Open(Rewrite(data_, GetParam()));
  for (const TraceId& id : ids) {
    SpanBatchBuilder out;
    BlockReadStats stats;
    EXPECT_TRUE(rewritten->FindTrace(id, out, stats).value()) << ToHex(id.View());
  }
}

TEST_P(RewrittenBlock, JoinsTheExtraFile) {
  store_->Write(KeyOf(kExtraName), MakeExtra(data_)).value();
  const auto rewritten = Open(Rewrite(data_, GetParam()));
  std::vector<uint32_t> flags;
  size_t links = 0;
  BlockReadStats stats;
  for (const TraceId& id : ReadTraceIds(kEdgeBlock)) {
    SpanBatchBuilder out;
    ASSERT_TRUE(rewritten->FindTrace(id, out, stats).value());
    const SpanBatch& batch = out.batch();
    flags.insert(flags.end(), batch.spans.flags.begin(), batch.spans.flags.end());
    links += static_cast<size_t>(std::ranges::count(batch.links.flags, 0xffffffffu));
    EXPECT_EQ(batch.String(batch.resources.schema_url[0]), "resource-url");
    EXPECT_EQ(batch.String(batch.resources.entity_refs[0]), "refs");
    EXPECT_EQ(batch.String(batch.scopes.schema_url[0]), "scope-url");
  }
  EXPECT_EQ(stats.damaged_extra_files, 0u);
  EXPECT_GT(links, 0u);
  for (size_t i = 0; i < flags.size(); ++i) EXPECT_EQ(flags[i], i);
}

TEST_P(RewrittenBlock, LeavesADamagedExtraFileOut) {
  std::string extra = MakeExtra(data_);
  extra[extra.size() - 20] ^= '\x10';
  extra.resize(extra.size() - 1);
  store_->Write(KeyOf(kExtraName), extra).value();
  const auto rewritten = Open(Rewrite(data_, GetParam()));
  SpanBatchBuilder out;
  BlockReadStats stats;
  EXPECT_TRUE(rewritten->FindTrace(ReadTraceIds(kEdgeBlock)[3], out, stats).value());
  EXPECT_EQ(stats.damaged_extra_files, 1u);
}

}  // namespace
}  // namespace vivace
