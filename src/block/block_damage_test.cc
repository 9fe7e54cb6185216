// Damaged objects: every flip of bytes and every cut must end in an answer or an error. Seeded, so
// that a failure is reproducible.
#include <gtest/gtest.h>

#include <random>

#include "block/format/bloom.h"
#include "block/recorded_blocks_for_test.h"

namespace vivace {
namespace {

constexpr int kRounds = 3000;

class Damage {
 public:
  explicit Damage(uint32_t seed) : random_(seed) {}

  std::string Of(std::string bytes) {
    if (Below(10) == 0) {
      bytes.resize(Below(bytes.size()));
      return bytes;
    }
    // Few flips leave most of a structure intact, so that its inner parts are reached.
    for (uint64_t flips = 1 + Below(3); flips > 0; --flips) Flip(bytes, Position(bytes.size()));
    return bytes;
  }

  uint64_t Below(uint64_t end) {
    return std::uniform_int_distribution<uint64_t>(0, end - 1)(random_);
  }

 private:
  // Half of the flips go to the footer and the page index, at the end.
  uint64_t Position(uint64_t size) {
    const uint64_t tail = std::min<uint64_t>(size, 40'000);
    return Below(2) == 0 ? Below(size) : size - 1 - Below(tail);
  }

  void Flip(std::string& bytes, uint64_t at) {
    constexpr char kExtremes[] = {'\0', '\xff', '\x7f', '\x80'};
    bytes[at] =
        Below(2) == 0 ? static_cast<char>(bytes[at] ^ (1 << Below(8))) : kExtremes[Below(4)];
  }

  std::mt19937 random_;
};

// Opens the block and looks for an id; the number of errors.
int Look(const ObjectStore& store, const TraceId& id) {
  const auto reader = BlockReader::Open(store, kEdgeBlock.tenant, kEdgeBlock.Id());
  if (!reader.has_value()) {
    EXPECT_FALSE(reader.error().message.empty());
    return 1;
  }
  SpanBatchBuilder builder;
  BlockReadStats stats;
  const Result<bool> found = (*reader)->FindTrace(id, builder, stats);
  if (found.has_value()) return 0;
  // NOT_FOUND: damage in meta.json can ask for a bloom shard that does not exist.
  EXPECT_TRUE(found.error().code == ErrorCode::kDataLoss ||
              found.error().code == ErrorCode::kNotFound)
      << found.error().message;
  EXPECT_NE(found.error().message.find(kEdgeBlock.id), std::string::npos) << found.error().message;
  EXPECT_EQ(builder.batch().spans.size(), 0u);
  return 1;
}

class DamagedBlock : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, DamagedBlock,
                         testing::Values("data.parquet", "meta.json", "bloom-0", "index"),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find_first_of(".-"));
                         });

TEST_P(DamagedBlock, EndsInAnAnswerOrAnError) {
  const auto store = CopyToMemory(kEdgeBlock);
  const std::string key = BlockKey(kEdgeBlock.tenant, kEdgeBlock.Id(), GetParam());
  const std::string whole = store->Read(key).value();
  const std::vector<TraceId> ids = ReadTraceIds(kEdgeBlock);
  Damage damage(20);
  int errors = 0;
  const int rounds = GetParam() == "data.parquet" ? kRounds : kRounds / 5;
  for (int round = 0; round < rounds; ++round) {
    store->Write(key, damage.Of(whole)).value();
    errors += Look(*store, ids[damage.Below(ids.size())]);
  }
  std::printf("%s: %d of %d damaged copies were refused\n", GetParam().c_str(), errors, rounds);
}

TEST(DamagedBlock, EveryCutOfTheDataIsAnError) {
  const auto store = CopyToMemory(kEdgeBlock);
  const std::string key = BlockKey(kEdgeBlock.tenant, kEdgeBlock.Id(), kDataName);
  const std::string whole = store->Read(key).value();
  const TraceId id = ReadTraceIds(kEdgeBlock)[7];
  for (size_t size = 0; size < whole.size(); size += 997) {
    store->Write(key, whole.substr(0, size)).value();
    EXPECT_EQ(Look(*store, id), 1) << size;
  }
}

}  // namespace
}  // namespace vivace
