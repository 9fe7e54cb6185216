// The files of a written block, read by Arrow's own readers, against rows that are computed naively
// (naive_rows_for_test.h).
#include <parquet/page_index.h>

#include <numeric>

#include "block/format/bloom.h"
#include "block/format/parquet_schema.h"
#include "block/format/row_group_index.h"
#include "block/naive_rows_for_test.h"
#include "block/written_block_for_test.h"

namespace vivace {
namespace {

using testing::LeafEntries;
using testing::LeafEntry;
using testing::NaiveRows;
using testing::OpenParquet;
using testing::Random;
using testing::RandomBatch;
using testing::RandomTraces;
using testing::ReadLeaf;
using testing::WrittenBlock;

DedicatedColumns SomeDedicatedColumns() {
  DedicatedColumns columns = FilterForV4(DefaultDedicatedColumns());
  columns.push_back({.scope = DedicatedScope::kResource, .name = "a"});
  columns.push_back({.scope = DedicatedScope::kSpan, .name = "b"});
  columns.push_back({.scope = DedicatedScope::kResource, .name = "unit.\xc3\xa4"});
  return columns;
}

struct Shape {
  const char* name;
  size_t traces;
  std::vector<size_t> batches;  // spans of each
  size_t row_group_spans;
  DedicatedColumns dedicated_columns;
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

std::vector<Shape> Shapes() {
  return {{"OneSpan", 1, {1}, 200'000, {}},
          {"SingleSpans", 300, {200}, 200'000, SomeDedicatedColumns()},
          {"SmallTraces", 40, {100, 100, 1, 50}, 200'000, SomeDedicatedColumns()},
          {"ManyRowGroups", 60, {150, 150}, 20, FilterForV4(DefaultDedicatedColumns())},
          {"ManyPages", 50, {3000, 3000, 3000}, 200'000, SomeDedicatedColumns()},
          {"OneLargeTrace", 1, {5000}, 200'000, {}},
          {"LargeTracesInRowGroups", 6, {5000, 5000}, 4000, SomeDedicatedColumns()}};
}

class WrittenFile : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    Random random(GetParam().traces * 7 + GetParam().batches[0]);
    const auto traces = RandomTraces(random, GetParam().traces);
    std::vector<SpanBatch> batches;
    for (const size_t spans : GetParam().batches)
      batches.push_back(RandomBatch(random, traces, spans));
    BlockOptions options{.dedicated_columns = GetParam().dedicated_columns};
    options.row_group_spans = GetParam().row_group_spans;
    block_ = std::make_unique<WrittenBlock>(batches, options);
    data_ = block_->Read(kDataName);
    file_ = OpenParquet(data_);
  }

  int row_groups() const { return file_->metadata()->num_row_groups(); }
  int columns() const { return file_->metadata()->num_columns(); }
  std::string Label(int group, int column) const {
    return "row group " + std::to_string(group) + " column " +
           file_->metadata()->schema()->Column(column)->path()->ToDotString();
  }

  std::unique_ptr<WrittenBlock> block_;
  std::string data_;
  std::unique_ptr<parquet::ParquetFileReader> file_;
};

INSTANTIATE_TEST_SUITE_P(Shapes, WrittenFile, ::testing::ValuesIn(Shapes()),
                         [](const auto& info) { return info.param.name; });

void ExpectSame(const LeafEntries& found, const LeafEntries& expected, const std::string& label) {
  ASSERT_EQ(found.size(), expected.size()) << label;
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(found[i], expected[i]) << label << " entry " << i;
}

TEST_P(WrittenFile, HoldsWhatTheNaiveRowsHold) {
  const NaiveRows rows(block_->sent(), block_->segment(), block_->meta().dedicated_columns);
  for (size_t leaf = 0; leaf < kLeafCount; ++leaf) {
    ExpectSame(ReadLeaf(*file_, static_cast<int>(leaf)), rows.Leaf(BlockLeaves()[leaf]),
               BlockLeaves()[leaf].path);
  }
}

TEST_P(WrittenFile, HasAnExtraFileThatMatches) {
  ASSERT_EQ(block_->Has(kExtraName), block_->segment().has_extra_fields());
  if (!block_->Has(kExtraName)) return;
  const NaiveRows rows(block_->sent(), block_->segment(), block_->meta().dedicated_columns);
  const auto extra = OpenParquet(block_->Read(kExtraName));
  ASSERT_TRUE(extra->metadata()->schema()->Equals(ExtraParquetSchema()));
  for (size_t leaf = 0; leaf < kExtraLeafCount; ++leaf) {
    ExpectSame(ReadLeaf(*extra, static_cast<int>(leaf)), rows.Leaf(ExtraLeaves()[leaf]),
               ExtraLeaves()[leaf].path);
  }
}

TEST_P(WrittenFile, HasTheSchemaAndSizesOfTheMeta) {
  EXPECT_TRUE(file_->metadata()->schema()->Equals(BlockParquetSchema()));
  ASSERT_EQ(columns(), 103);
  const BlockMeta& meta = block_->meta();
  EXPECT_EQ(ParseBlockMeta(block_->Read(kMetaName)).value(), meta);
  EXPECT_EQ(meta.size_bytes, data_.size());
  uint32_t footer = 0;
  std::memcpy(&footer, data_.data() + data_.size() - 8, sizeof footer);
  EXPECT_EQ(meta.footer_size, footer);
  EXPECT_EQ(data_.substr(0, 4), "PAR1");
  EXPECT_EQ(static_cast<int>(meta.total_records), row_groups());
  EXPECT_EQ(meta.total_objects, file_->metadata()->num_rows());
  EXPECT_EQ(meta.total_objects, static_cast<int64_t>(block_->segment().trace_count()));
  EXPECT_EQ(row_groups() > 1, GetParam().row_group_spans < block_->segment().span_count());
}

TEST_P(WrittenFile, IdsAscendAndAreInBloomAndIndex) {
  const auto index = RowGroupIndex::Parse(block_->Read(kIndexName)).value();
  ASSERT_EQ(index.size(), static_cast<size_t>(row_groups()));
  std::string last;
  for (int group = 0; group < row_groups(); ++group) {
    for (const LeafEntry& entry : ReadLeaf(*file_, group, 0)) {
      ASSERT_LT(last, *entry.value);
      last = *entry.value;
      const TraceId id = TraceId::FromBytes(last.data());
      EXPECT_TRUE(
          BloomShard::Parse(block_->Read(BloomName(BloomShardOf(id, block_->meta().bloom_shards))))
              .value()
              .MayContain(id));
      EXPECT_EQ(index.Find(id), static_cast<size_t>(group));
    }
    EXPECT_EQ(index.last_ids()[static_cast<size_t>(group)].View(), last);
  }
  EXPECT_FALSE(block_->Has(BloomName(block_->meta().bloom_shards)));
}

// The entries of a chunk, cut at the rows where the offset index says that its pages begin.
std::vector<LeafEntries> CutIntoPages(const LeafEntries& entries,
                                      const parquet::OffsetIndex& offsets) {
  std::vector<LeafEntries> pages;
  int64_t row = -1;
  for (const LeafEntry& entry : entries) {
    if (entry.repetition == 0) ++row;
    const auto& locations = offsets.page_locations();
    if (pages.size() < locations.size() && entry.repetition == 0 &&
        row == locations[pages.size()].first_row_index)
      pages.emplace_back();
    if (pages.empty()) throw std::runtime_error("the first page does not begin at row 0");
    pages.back().push_back(entry);
  }
  return pages;
}

int64_t CountNulls(const LeafEntries& entries) {
  return std::count_if(entries.begin(), entries.end(),
                       [](const LeafEntry& entry) { return !entry.value.has_value(); });
}

// A value in the order of its column: texts as they are, numbers as something that sorts alike.
std::string Sortable(const std::string& text, const LeafInfo& leaf) {
  if (leaf.type == LeafType::kBytes || leaf.type == LeafType::kString) return text;
  uint64_t bits = std::stoull(text);
  if (leaf.type == LeafType::kInt32)
    bits = static_cast<uint64_t>(int64_t{static_cast<int32_t>(bits)});
  if (leaf.type == LeafType::kInt64 || leaf.type == LeafType::kInt32) bits ^= uint64_t{1} << 63;
  if (leaf.type == LeafType::kDouble) bits = (bits >> 63) != 0 ? ~bits : bits | uint64_t{1} << 63;
  return fmt::format("{:020}", bits);
}

// The same for a bound in plain encoding.
std::string SortableBound(const std::string& plain, const LeafInfo& leaf) {
  if (leaf.type == LeafType::kBytes || leaf.type == LeafType::kString) return plain;
  uint64_t bits = 0;
  std::memcpy(&bits, plain.data(), plain.size());
  return Sortable(std::to_string(bits), leaf);
}

// `min` and `max` bound the values, and exactly, unless they are long texts.
void ExpectBounds(const LeafEntries& entries, const LeafInfo& leaf, const std::string& min,
                  const std::string& max) {
  std::optional<std::string> least, most;
  for (const LeafEntry& entry : entries) {
    if (!entry.value) continue;
    const std::string value = Sortable(*entry.value, leaf);
    if (!least || value < *least) least = value;
    if (!most || value > *most) most = value;
  }
  ASSERT_TRUE(least.has_value());
  const std::string lower = SortableBound(min, leaf);
  const std::string upper = SortableBound(max, leaf);
  EXPECT_LE(lower, *least);
  EXPECT_GE(upper, *most);
  const bool zero = leaf.type == LeafType::kDouble && lower <= Sortable("0", leaf) &&
                    upper >= Sortable("0", leaf);
  EXPECT_TRUE(lower == *least || least->size() >= 64 || zero);
  EXPECT_TRUE(upper == *most || most->size() >= 64 || zero);
}

TEST_P(WrittenFile, StatisticsOfChunksAndPagesAreRight) {
  const auto index = file_->GetPageIndexReader();
  for (int group = 0; group < row_groups(); ++group) {
    const auto metadata = file_->metadata()->RowGroup(group);
    for (int column = 0; column < columns(); ++column) {
      SCOPED_TRACE(Label(group, column));
      const LeafInfo& leaf = BlockLeaves()[static_cast<size_t>(column)];
      const LeafEntries entries = ReadLeaf(*file_, group, column);
      const auto chunk = metadata->ColumnChunk(column);
      ASSERT_EQ(chunk->num_values(), static_cast<int64_t>(entries.size()));
      const auto statistics = chunk->statistics();
      ASSERT_NE(statistics, nullptr);
      EXPECT_EQ(statistics->null_count(), CountNulls(entries));
      const bool has_values = CountNulls(entries) != static_cast<int64_t>(entries.size());
      ASSERT_EQ(statistics->HasMinMax(), has_values);
      if (has_values) ExpectBounds(entries, leaf, statistics->EncodeMin(), statistics->EncodeMax());
      const auto bounds = index->RowGroup(group)->GetColumnIndex(column);
      const auto offsets = index->RowGroup(group)->GetOffsetIndex(column);
      ASSERT_TRUE(bounds != nullptr && offsets != nullptr);
      const auto pages = CutIntoPages(entries, *offsets);
      ASSERT_EQ(pages.size(), offsets->page_locations().size());
      ASSERT_EQ(pages.size(), bounds->null_pages().size());
      for (size_t page = 0; page < pages.size(); ++page) {
        const int64_t nulls = CountNulls(pages[page]);
        EXPECT_EQ(bounds->null_counts()[page], nulls);
        EXPECT_EQ(bounds->null_pages()[page], nulls == static_cast<int64_t>(pages[page].size()));
        if (bounds->null_pages()[page]) continue;
        ExpectBounds(pages[page], leaf, bounds->encoded_min_values()[page],
                     bounds->encoded_max_values()[page]);
      }
    }
  }
}

TEST_P(WrittenFile, PagesAreWhatTheIndexSays) {
  const auto index = file_->GetPageIndexReader();
  for (int group = 0; group < row_groups(); ++group) {
    const auto rows = index->RowGroup(group)->GetOffsetIndex(0)->page_locations();
    for (int column = 0; column < columns(); ++column) {
      SCOPED_TRACE(Label(group, column));
      const auto locations = index->RowGroup(group)->GetOffsetIndex(column)->page_locations();
      const LeafEntries entries = ReadLeaf(*file_, group, column);
      const auto expected = CutIntoPages(entries, *index->RowGroup(group)->GetOffsetIndex(column));
      // The same rows as in all other columns, or one page where there are no values.
      ASSERT_EQ(locations.size(),
                CountNulls(entries) == static_cast<int64_t>(entries.size()) ? 1 : rows.size());
      const auto pages = file_->RowGroup(group)->GetColumnPageReader(column);
      std::set<parquet::Encoding::type> encodings;
      bool has_dictionary = false;
      size_t count = 0;
      for (auto page = pages->NextPage(); page != nullptr; page = pages->NextPage()) {
        if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
          EXPECT_EQ(count, 0u);
          has_dictionary = true;
          continue;
        }
        ASSERT_EQ(page->type(), parquet::PageType::DATA_PAGE);
        ASSERT_LT(count, locations.size());
        EXPECT_EQ(locations[count].first_row_index, rows[count].first_row_index);
        const auto& data_page = static_cast<const parquet::DataPageV1&>(*page);
        EXPECT_EQ(static_cast<size_t>(data_page.num_values()), expected[count].size());
        encodings.insert(data_page.encoding());
        ++count;
      }
      EXPECT_EQ(count, locations.size());
      EXPECT_EQ(encodings.size(), 1u);  // never dictionary and plain pages in one chunk
      EXPECT_EQ(has_dictionary, encodings.contains(parquet::Encoding::RLE_DICTIONARY));
    }
  }
}

TEST_P(WrittenFile, RowGroupsAddUp) {
  int64_t last_end = 4;
  for (int group = 0; group < row_groups(); ++group) {
    const auto metadata = file_->metadata()->RowGroup(group);
    EXPECT_EQ(metadata->num_rows(), static_cast<int64_t>(ReadLeaf(*file_, group, 0).size()));
    EXPECT_EQ(metadata->file_offset(), last_end);
    int64_t compressed = 0;
    int64_t uncompressed = 0;
    for (int column = 0; column < columns(); ++column) {
      const auto chunk = metadata->ColumnChunk(column);
      EXPECT_EQ(chunk->compression(), parquet::Compression::ZSTD);
      compressed += chunk->total_compressed_size();
      uncompressed += chunk->total_uncompressed_size();
      const int64_t begin = chunk->has_dictionary_page() ? chunk->dictionary_page_offset()
                                                         : chunk->data_page_offset();
      EXPECT_GE(begin, last_end) << Label(group, column);
      last_end = begin + chunk->total_compressed_size();
    }
    EXPECT_EQ(metadata->total_compressed_size(), compressed);
    // Without page headers, which take up to some 200 bytes.
    const int64_t pages = static_cast<int64_t>(file_->GetPageIndexReader()
                                                   ->RowGroup(group)
                                                   ->GetOffsetIndex(0)
                                                   ->page_locations()
                                                   .size()) +
                          1;
    EXPECT_LE(metadata->total_byte_size(), uncompressed);
    EXPECT_GE(metadata->total_byte_size(), uncompressed - 200 * pages * columns());
  }
}

// The dictionary's size and the codes in use.
template <typename Type>
std::pair<size_t, size_t> CountDictionary(parquet::ColumnReader& column) {
  auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(column);
  constexpr int64_t kBatch = 512;
  std::vector<int16_t> definition(kBatch), repetition(kBatch);
  std::vector<int32_t> codes(kBatch);
  std::set<int32_t> used;
  int32_t size = 0;
  while (reader.HasNext()) {
    const typename Type::c_type* dictionary = nullptr;
    int64_t count = 0;
    int32_t length = 0;
    reader.ReadBatchWithDictionary(kBatch, definition.data(), repetition.data(), codes.data(),
                                   &count, &dictionary, &length);
    if (dictionary != nullptr) size = length;
    used.insert(codes.begin(), codes.begin() + count);
  }
  return {static_cast<size_t>(size), used.size()};
}

TEST_P(WrittenFile, DictionariesHoldWhatIsUsedAndNothingElse) {
  size_t dictionaries = 0;
  for (int group = 0; group < row_groups(); ++group) {
    for (int column = 0; column < columns(); ++column) {
      SCOPED_TRACE(Label(group, column));
      const auto metadata = file_->metadata()->RowGroup(group)->ColumnChunk(column);
      if (!metadata->has_dictionary_page()) continue;
      ++dictionaries;
      const auto reader = file_->RowGroup(group)->ColumnWithExposeEncoding(
          column, parquet::ExposedEncoding::DICTIONARY);
      ASSERT_EQ(reader->GetExposedEncoding(), parquet::ExposedEncoding::DICTIONARY);
      std::pair<size_t, size_t> counts;
      if (reader->type() == parquet::Type::BYTE_ARRAY)
        counts = CountDictionary<parquet::ByteArrayType>(*reader);
      if (reader->type() == parquet::Type::INT64)
        counts = CountDictionary<parquet::Int64Type>(*reader);
      if (reader->type() == parquet::Type::INT32)
        counts = CountDictionary<parquet::Int32Type>(*reader);
      if (reader->type() == parquet::Type::DOUBLE)
        counts = CountDictionary<parquet::DoubleType>(*reader);
      EXPECT_GT(counts.first, 0u);
      EXPECT_EQ(counts.first, counts.second);
    }
  }
  EXPECT_GT(dictionaries, 0u);
}

// Tempo reads them wrongly out of one: { nestedSetParent < 0 } would find nothing there.
TEST_P(WrittenFile, NegativeNumbersOf32BitsStandInNoDictionary) {
  size_t negative = 0;
  for (int group = 0; group < row_groups(); ++group) {
    for (int column = 0; column < columns(); ++column) {
      SCOPED_TRACE(Label(group, column));
      const auto chunk = file_->metadata()->RowGroup(group)->ColumnChunk(column);
      if (chunk->type() != parquet::Type::INT32 || chunk->statistics() == nullptr) continue;
      const auto statistics =
          std::static_pointer_cast<parquet::Int32Statistics>(chunk->statistics());
      // Of unsigned ones the order is another, and parquet-go's reading right.
      if (statistics->descr()->sort_order() != parquet::SortOrder::SIGNED) continue;
      if (!statistics->HasMinMax() || statistics->min() >= 0) continue;
      ++negative;
      EXPECT_FALSE(chunk->has_dictionary_page());
    }
  }
  if (GetParam().batches[0] > 1) {  // the one span has a parent
    EXPECT_GT(negative, 0u);
  }
}

}  // namespace
}  // namespace vivace
