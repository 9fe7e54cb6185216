#include "ingest/batch_pool.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

// How many of the batches given have kept their memory.
size_t KeptOf(BatchPool& pool) {
  size_t kept = 0;
  while (pool.Take().bytes.capacity() >= 1000) ++kept;
  return kept;
}

SpanBatch BatchOf(size_t bytes) {
  SpanBatch batch;
  batch.bytes.reserve(bytes);
  return batch;
}

TEST(BatchPool, KeepsAtMostItsBytes) {
  BatchPool pool;
  for (int i = 0; i < 1000; ++i) pool.Give(BatchOf(1000), 1000);
  EXPECT_EQ(KeptOf(pool), 256u);
  for (int i = 0; i < 1000; ++i) pool.Give(BatchOf(1 << 20), 1 << 20);
  EXPECT_EQ(KeptOf(pool), 16u);
  pool.Give(BatchOf(2 << 20), 2 << 20);
  EXPECT_EQ(KeptOf(pool), 0u) << "large ones are no use for small requests";
  pool.Give(BatchOf(1 << 20), 1 << 20);
  EXPECT_EQ(KeptOf(pool), 1u) << "what is taken makes room";
}

}  // namespace
}  // namespace vivace
