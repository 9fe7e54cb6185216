// WalPart: one file of the write-ahead log: the batches of one segment, in order
// (docs/wal-format.md).
//
// A part belongs to one tenant and carries the id of the block that its segment will become, so
// that after a crash it is known whether the block was finished. Records are framed with a magic
// number, a length and a CRC32C; a failed append leaves no half record behind. Written by the
// commit thread only; ReadWalPart is used at start, before anything else runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "base/uuid.h"
#include "ingest/wal_record.h"

namespace vivace {

struct WalPartHeader {
  Uuid segment_id;
  std::string tenant;
};

// How records get to the file. Direct writes go past the page cache, in whole blocks: where every
// write is made durable at once, that saves a copy and a third of the kernel's work. File systems
// that have none are written through the page cache.
enum class WalWriteMode { kBuffered, kDirect };

class WalPart {
 public:
  // A new file with its header, durable with its directory entry. UNAVAILABLE where the disk
  // refuses.
  static Result<std::unique_ptr<WalPart>> Create(FileSystem& files, const std::string& path,
                                                 const WalPartHeader& header, WalWriteMode writes);
  // An existing file whose first `size` bytes are good: what follows is cut off. Written through
  // the page cache.
  static Result<std::unique_ptr<WalPart>> Reopen(FileSystem& files, const std::string& path,
                                                 uint64_t size);

  // Appends the records. On error the file is as before.
  Status Append(std::span<const WalRecord* const> records);
  // Makes all that was appended durable. After an error nothing more can be appended: Append then
  // fails.
  Status Sync();

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

 private:
  WalPart(std::string path, std::unique_ptr<File> file, uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}

  Status Start(const WalPartHeader& header);
  Status Write(std::span<const std::string_view> pieces);

  const std::string path_;
  const std::unique_ptr<File> file_;
  uint64_t size_;
  bool broken_ = false;
};

// A range of a part that holds no readable record.
struct WalDamage {
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string reason;
};

struct WalPartContents {
  WalPartHeader header;
  uint64_t good_bytes = 0;         // up to the end of the last good record
  std::vector<WalDamage> damaged;  // before good_bytes
  WalDamage torn;                  // behind good_bytes; size 0: none
};

// Reads a part, calling `visit` with each record's payload; where `visit` returns an error the
// record counts as damaged. DATA_LOSS where even the header can't be read.
Result<WalPartContents> ReadWalPart(FileSystem& files, const std::string& path,
                                    const std::function<Status(std::string_view payload)>& visit);

// Deletes a part whose block is complete, from its end in small steps: a file system that frees 100
// MB at once keeps the other parts' syncs waiting for tens of milliseconds. A crash in between
// leaves a shorter part of the same header.
Status RemoveWalPart(FileSystem& files, const std::string& path);

}  // namespace vivace
