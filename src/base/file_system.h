// FileSystem: what Vivace does with files of the local disk, behind one small interface: POSIX
// (posix_file_system.h), a twin in memory that can lose what was not synced (memory_file_system.h),
// and a wrapper that fails on demand (faulty_file_system.h).
//
// Used by the WAL, the local object store and the audit log. The application owns one. Any
// thread; a File belongs to one writer at a time, ReadAt may be called beside it. Calls block for
// the disk. Paths are as the system takes them; parents must exist.
//
// An error's message says why in the system's words ("No space left on device") and no more: the
// caller knows what it was doing to which file. Codes: NOT_FOUND, ALREADY_EXISTS, UNAVAILABLE for
// what may pass (full disk, too many files), FAILED_PRECONDITION for a directory that is not empty
// or a lock that another process holds, INTERNAL otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

struct FileInfo {
  uint64_t size = 0;
  bool is_file = false;
  bool is_directory = false;
  std::chrono::system_clock::time_point modified;
};

enum class OpenMode {
  kRead,
  kCreate,        // a new file, to append to; ALREADY_EXISTS where there is one
  kCreateDirect,  // the same, past the page cache where the file system has that: see is_direct()
  kAppend,        // an existing file, to append to
  kAppendOrCreate,
};

// An open file, closed by its destruction.
class File {
 public:
  virtual ~File() = default;

  // Writes the pieces at the end, one behind the other. On error any part of them may be written.
  // Where is_direct(), each begins in memory, and is long, at a multiple of kDirectBlockBytes.
  virtual Status Append(std::span<const std::string_view> pieces) = 0;
  Status Append(std::string_view bytes) { return Append({&bytes, 1}); }
  static constexpr size_t kDirectBlockBytes = 4096;
  // Whether appended bytes go past the page cache. May turn false when the device refuses it.
  virtual bool is_direct() const = 0;

  // Fills `out` from `offset` on and returns the number of bytes read: fewer only at the file's
  // end.
  virtual Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const = 0;
  virtual Result<FileInfo> Info() const = 0;

  // Cuts the file off; what is appended next follows there.
  virtual Status Truncate(uint64_t size) = 0;
  // Makes contents and size durable. After an error what was written since the last sync may be
  // lost, also where a later one succeeds.
  virtual Status Sync() = 0;
  // Has the device take these bytes now and waits for it: no durability, but no burst at Sync
  // either.
  virtual void WriteBack(uint64_t begin, uint64_t end) = 0;
};

// A whole file for reading, as long as `memory` lives.
struct MappedFile {
  std::shared_ptr<const void> memory;
  std::string_view bytes;
};

// Held until its destruction, or the process's end.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // New files can be read and written by this user only.
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual Result<MappedFile> Map(const std::string& path) = 0;
  virtual Result<FileInfo> Info(const std::string& path) = 0;

  // Replaces `to`. Durable after SyncDirectory of both parents.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // A file; FAILED_PRECONDITION for a directory.
  virtual Status Remove(const std::string& path) = 0;
  // An empty directory; FAILED_PRECONDITION for one that is not.
  virtual Status RemoveDirectory(const std::string& path) = 0;

  // One that this user only can enter. ALREADY_EXISTS where there is anything of that name: then
  // MakePrivate has a directory be so too.
  virtual Status MakePrivate(const std::string& path) = 0;
  virtual Status MakeDirectory(const std::string& path) = 0;
  // The names in a directory, in no order.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  // Makes durable which entries a directory has.
  virtual Status SyncDirectory(const std::string& path) = 0;

  // Creates the file where there is none. FAILED_PRECONDITION where another process holds the lock.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
};

// The directory that holds `path`; "." where it names none.
std::string ParentDirectory(const std::string& path);

// Creates the missing directories down to `path`, each one durable.
Status MakeDirectories(FileSystem& files, const std::string& path);

// Makes durable that `path` is there, or that it is gone.
Status SyncParent(FileSystem& files, const std::string& path);

// Removes whatever is there and all below it, links but not what they point to. No error where
// there is nothing.
Status RemoveAll(FileSystem& files, const std::string& path);

}  // namespace vivace
