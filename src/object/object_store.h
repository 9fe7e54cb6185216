// ObjectStore: where blocks live. Keys are "<tenant>/<block id>/<name>"; one implementation per
// backend (local disk; S3, GCS and Azure follow), plus an in-memory fake and a fault-injecting
// wrapper for tests.
//
// Shared by all readers and writers of the process; every function may be called from any thread
// and blocks the caller. Errors: NOT_FOUND for a missing object, INVALID_ARGUMENT for a key that
// would leave the store, UNAVAILABLE for what may pass (full disk, timeout), INTERNAL otherwise;
// messages carry the key.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t end() const { return offset + size; }
};

// Which end of an object.
enum class ObjectEnd : uint8_t { kFront, kBack };

// Some of an object, and how large all of it is.
struct ObjectPart {
  std::string bytes;
  uint64_t object_size = 0;
};

// A growing object: Append* then Close, or destruction, which discards it. The object appears under
// its key at Close and never before, complete and durable (flushed to the device on local disk).
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Close() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual Result<std::string> Read(const std::string& key) const = 0;
  // Exactly `size` bytes from `offset`; OUT_OF_RANGE where the object ends before.
  virtual Result<std::string> ReadRange(const std::string& key, uint64_t offset,
                                        uint64_t size) const = 0;
  // The same for several ranges of one object, in their order. A store that has something to open
  // for each read opens it once.
  virtual Result<std::vector<std::string>> ReadRanges(const std::string& key,
                                                      std::span<const ByteRange> ranges) const;
  virtual Result<uint64_t> Size(const std::string& key) const = 0;
  // The first or the last `size_max` bytes, all where there are fewer: one request where the store
  // can say the size with them.
  virtual Result<ObjectPart> ReadEnd(const std::string& key, ObjectEnd end,
                                     uint64_t size_max) const;
  // Whether a request takes milliseconds, however little is asked for: what will be needed is then
  // better asked for at once, and together with what lies between.
  virtual bool is_remote() const { return false; }

  // Writes a whole object; it appears complete and durable or not at all. FAILED_PRECONDITION and
  // INVALID_ARGUMENT, here and for Create: not under this key, however often one tries.
  virtual Status Write(const std::string& key, std::string_view bytes) = 0;
  virtual Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) = 0;

  // Names one level below `prefix` ("" for the tenants, "<tenant>" for block ids,
  // "<tenant>/<block>" for objects), sorted. A prefix that does not exist has no names.
  virtual Result<std::vector<std::string>> List(const std::string& prefix) const = 0;
  virtual Status Delete(const std::string& key) = 0;
  // Deletes every object below `prefix`, meta.json first, so that a crash never leaves a block that
  // looks whole.
  virtual Status DeleteAll(const std::string& prefix) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
};

}  // namespace vivace
