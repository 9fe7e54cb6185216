// Flipped bits in the small objects of blocks that we write.
#include <gtest/gtest.h>

#include "block/written_block_for_test.h"

namespace vivace::testing {
namespace {

// What we write has checksums everywhere: "not found" is never the answer to a trace that is there.
TEST(WrittenBlockDamage, NoFlippedBitHidesATrace) {
  Random random(11);
  const std::vector<TraceId> traces = RandomTraces(random, 3);
  const WrittenBlock block({RandomBatch(random, traces, 9)});
  const std::vector<std::string> objects =
      block.store().List(BlockPrefix(block.kTenant, block.kId)).value();
  MemoryStore store;
  for (const std::string& object : objects)
    store.Write(block.Key(object), block.Read(object)).value();
  for (const std::string name : {"meta.json", "bloom-0", "index"}) {
    const std::string whole = block.Read(name);
    for (size_t bit = 0; bit < whole.size() * 8; bit += 7) {
      std::string flipped = whole;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      store.Write(block.Key(name), flipped).value();
      const auto reader = BlockReader::Open(store, block.kTenant, block.kId);
      if (!reader.has_value()) continue;
      SpanBatchBuilder found;
      BlockReadStats stats;
      const Result<bool> answer = (*reader)->FindTrace(traces[bit % 3], found, stats);
      EXPECT_TRUE(!answer.has_value() || *answer) << name << ", bit " << bit;
    }
    store.Write(block.Key(name), whole).value();
  }
}

}  // namespace
}  // namespace vivace::testing
