// Damaged indexes of a block: reading all that they have ends in an answer or in none.
//
// An input is the content of vivace-index.bin beside a block that it may belong to. Checksums are
// mended where the input begins with a byte that is odd, so that what lies behind them is reached.

#include <cstring>

#include "base/hash/crc32c.h"
#include "block/block_reader.h"
#include "block/block_writer.h"
#include "block/index/index_encoding.h"
#include "block/index/index_sections.h"
#include "columns/random_batch_for_test.h"
#include "columns/segment.h"
#include "fuzz_target.h"
#include "object/memory_store.h"

namespace vivace::fuzz {
namespace {

constexpr std::string_view kTenant = "edge";
constexpr Uuid kBlockId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

struct IndexedSeed {
  std::unique_ptr<MemoryStore> store = std::make_unique<MemoryStore>();
  std::string index;
  IndexedBlock block;
};

IndexedSeed MakeIndexedSeed() {
  IndexedSeed seed;
  testing::Random random(5);
  std::vector<TraceId> traces;
  for (int i = 0; i < 20; ++i) traces.push_back(testing::RandomId<TraceId>(random));
  Segment segment;
  segment.Append(testing::RandomBatch(random, traces, 60));
  const auto meta =
      WriteBlock(segment, *seed.store, std::string(kTenant), kBlockId, {.row_group_spans = 30});
  Require(meta.has_value(), "a block can be written");
  seed.block = {meta->size_bytes, static_cast<uint64_t>(meta->total_objects)};
  seed.index = seed.store->Read(BlockKey(kTenant, kBlockId, kBlockIndexName)).value();
  return seed;
}

const IndexedSeed& Seed() {
  static const IndexedSeed seed = MakeIndexedSeed();
  return seed;
}

void PutNumber(std::string& bytes, size_t at, uint32_t number) {
  if (at + sizeof number <= bytes.size()) std::memcpy(bytes.data() + at, &number, sizeof number);
}

// Gives the header and the sections that lie in the file the checksums that they should have.
void MendChecksums(std::string& index) {
  const auto length = ParseIndexPrefix(index, index.size());
  if (!length.has_value()) return;
  constexpr size_t kFixed = kIndexPrefixBytes + 24;
  IndexDecoder counts(std::string_view(index).substr(kFixed - 8));
  const uint64_t row_groups = counts.Fixed32();
  const uint64_t sections = counts.Fixed32();
  const uint64_t table = kFixed + 4 * row_groups;
  for (uint64_t i = 0; i < sections && table + 36 * (i + 1) <= *length; ++i) {
    IndexDecoder entry(std::string_view(index).substr(table + 36 * i + 8));
    const uint64_t offset = entry.Fixed64();
    const uint64_t size = entry.Fixed64();
    if (offset > index.size() || size > index.size() - offset) continue;
    PutNumber(index, table + 36 * i + 32, Crc32c(std::string_view(index).substr(offset, size)));
  }
  PutNumber(index, *length - 4, Crc32c(std::string_view(index).substr(0, *length - 4)));
}

void ReadAll(const BlockIndex& index) {
  BlockReadStats stats;
  (void)index.Keys(stats);
  if (const auto newest = index.Newest(stats).value(); newest != nullptr) {
    Require(newest->size() <= Seed().block.traces, "no more traces than the block has");
    for (const uint32_t row : newest->rows) Require(row < Seed().block.traces, "rows are there");
    for (const uint32_t code : newest->root_names)
      Require(code == Column::kMissing || code < newest->names->size(), "codes are of the table");
  }
  if (const auto counts = index.Counts(stats).value(); counts != nullptr) {
    for (const SpanCounts::Group& group : counts->groups)
      Require(group.cells_end <= counts->cells.size(), "cells are there");
    for (const SpanCounts::Cell& cell : counts->cells)
      Require(cell.buckets_end <= counts->buckets.size(), "buckets are there");
  }
  for (size_t row_group = 0; row_group < index.row_group_count(); ++row_group) {
    for (const char* key : {"a", "b", "service.name", "http.url"}) {
      const ColumnName column{.field = {}, .owner = RowKind::kSpan, .key = key};
      const auto may_have = index.MayHave(row_group, column, AttributeValue::String("x"), stats);
      Require(may_have.has_value(), "damage is no error");
    }
  }
  index.SectionBytes();
}

}  // namespace

std::vector<std::string> Seeds() {
  return {std::string(1, '\0') + Seed().index, std::string(1, '\1') + Seed().index};
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  using namespace vivace::fuzz;
  if (size == 0) return 0;
  std::string index(AsText(data + 1, size - 1));
  if ((data[0] & 1) != 0) MendChecksums(index);
  MemoryStore store;
  const std::string key = "index";
  store.Write(key, index).value();
  BlockReadStats stats;
  const auto opened = BlockIndex::Open({store, key}, Seed().block, stats);
  if (opened.has_value())
    ReadAll(**opened);
  else
    Require(!opened.error().message.empty(), "an error has a message");
  return 0;
}
