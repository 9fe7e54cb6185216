// WalFile: one file of the write-ahead log while it is written: records are appended, then made
// durable (docs/wal-format.md).
//
// A failed append leaves no half record behind; a file that can no longer be trusted to keep what
// it is given says so and is replaced by the next one. Belongs to one thread at a time.
// ReadWalFile: what such a file holds.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "ingest/wal/wal_record.h"

namespace vivace {

// How records get to the file. Direct writes go past the page cache, in whole blocks: where every
// write is made durable at once, that saves a copy and a third of the kernel's work. File systems
// that have none are written through the page cache.
enum class WalWriteMode { kBuffered, kDirect };

class WalFile {
 public:
  // A new file that begins with `first`, durable with its directory entry. UNAVAILABLE where the
  // disk refuses; then nothing of it is left.
  static Result<std::unique_ptr<WalFile>> Create(FileSystem& files, const std::string& path,
                                                 WalWriteMode writes, const WalRecord& first);

  // Appends the records. On error the file is as before, or no longer usable.
  Status Append(std::span<const WalRecord* const> records);
  // Records as they lay in another file; in a buffered one only.
  Status Append(std::span<const std::string_view> records);
  // Makes all that was appended durable. After an error the file is no longer usable.
  Status Sync();
  // Has the disk begin with what was appended since the last time.
  void WriteBack();

  // Whether it takes more.
  bool is_usable() const { return is_usable_; }
  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

 private:
  WalFile(std::string path, std::unique_ptr<File> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Status Start(const WalRecord& first);
  Status Write(std::span<const std::string_view> pieces);

  const std::string path_;
  const std::unique_ptr<File> file_;
  uint64_t size_ = 0;
  uint64_t written_back_ = 0;
  bool is_usable_ = true;
};

struct WalFileContents {
  MappedFile file;                // what the entries point into
  std::vector<WalEntry> batches;  // in order
  std::vector<Uuid> finished;     // segments whose records are needed no more
  WalScan scan;                   // records of unknown types count as damaged
};

// DATA_LOSS where it is no file of the log, UNIMPLEMENTED where a later release wrote it; else the
// file system's error.
Result<WalFileContents> ReadWalFile(FileSystem& files, const std::string& path);

// Deletes a file that is needed no more. It is renamed first: a crash leaves either all of it or
// something that nobody reads. Then it goes from its end in small steps: a file system that frees
// 100 MB at once keeps the log's syncs waiting for tens of milliseconds.
// NOT_FOUND where it is gone already.
Status RemoveWalFile(FileSystem& files, const std::string& path);
// What such files are called from the renaming on.
inline constexpr std::string_view kWalRemovedSuffix = ".removed";

}  // namespace vivace
