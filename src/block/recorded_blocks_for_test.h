// The recorded blocks of tests/data for unit tests.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/posix_file_system.h"
#include "block/block_reader.h"
#include "object/local_store.h"
#include "object/memory_store.h"

namespace vivace {

struct TestBlock {
  const char* tenant;  // the folder's name serves as the tenant
  const char* id;
  size_t traces;

  Uuid Id() const { return Uuid::Parse(id).value(); }
};

inline constexpr TestBlock kEdgeBlock{"edge", "62abc253-df34-40a8-a51e-2fbc50e02af6", 118};
inline constexpr TestBlock kShopBlock{"shop", "cec3f7e3-0639-484a-9b76-717a8b40e7ec", 1940};

inline std::unique_ptr<LocalStore> OpenTestStore() {
  static PosixFileSystem files;
  return LocalStore::Open(files, VIVACE_SOURCE_DIR "/tests/data/blocks/vParquet4").value();
}

// A copy in memory that a test may damage.
inline std::unique_ptr<MemoryStore> CopyToMemory(const TestBlock& block) {
  auto memory = std::make_unique<MemoryStore>();
  const auto store = OpenTestStore();
  const std::string prefix = BlockPrefix(block.tenant, block.Id());
  const std::vector<std::string> names = store->List(prefix).value();
  for (const std::string& name : names) {
    memory->Write(prefix + "/" + name, store->Read(prefix + "/" + name).value()).value();
  }
  return memory;
}

// All trace ids of the block, read with Arrow alone.
std::vector<TraceId> ReadTraceIds(const TestBlock& block);

}  // namespace vivace
