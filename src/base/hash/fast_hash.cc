#include "base/hash/fast_hash.h"

#include <random>

namespace vivace {
namespace {

uint64_t DrawSeed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

}  // namespace

const uint64_t kFastHashSeed = DrawSeed();

}  // namespace vivace
