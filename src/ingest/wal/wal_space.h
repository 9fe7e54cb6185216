// WalSpace: which files of the log hold records of which segments, so that a file can go when
// nobody needs it any more, and is rewritten when little of it is needed.
//
// A plain value without locks or files; belongs to Wal. Costs a few dozen bytes per segment and
// file that holds records of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/uuid.h"

namespace vivace {

class WalSpace {
 public:
  using FileNumber = uint64_t;
  // Bytes of records by segment.
  using Shares = std::map<Uuid, uint64_t>;

  // A file that records are being added to.
  void AddFile(FileNumber file, std::string path);
  // It has got its last record; it takes `size` bytes of the disk.
  void Close(FileNumber file, uint64_t size);
  void AddRecords(FileNumber file, const Uuid& segment, uint64_t bytes);
  // The file has records of a finished segment.
  void AddFinished(FileNumber file, const Uuid& segment) { finished_[segment].push_back(file); }
  // The segment's records are needed no more.
  void Finish(const Uuid& segment);

  bool IsUnfinished(const Uuid& segment) const { return segments_.contains(segment); }
  // Finished segments that still have records in some file: a reader of the files must be told.
  std::vector<Uuid> FinishedInFiles() const;
  // Whether some of these lie in a file that stays.
  bool HasFinishedInNeededFiles() const;
  // Bytes of closed files that nobody needs.
  uint64_t garbage_bytes() const;
  uint64_t disk_bytes() const;

  // Closed files that nobody needs, and that one of them is gone.
  std::vector<FileNumber> FinishedFiles() const;
  void RemoveFile(FileNumber file);
  // Closed files of which at most half is needed, oldest first, with together at most
  // `needed_bytes_max` needed bytes.
  std::vector<FileNumber> WorthRewriting(uint64_t needed_bytes_max) const;
  std::vector<FileNumber> FilesOf(const Uuid& segment) const;
  const std::string& PathOf(FileNumber file) const { return files_.at(file).path; }
  // What unfinished segments have in the file.
  Shares SharesOf(FileNumber file) const;
  // The records of unfinished segments were copied from `file`, which nobody needs now.
  void Forget(FileNumber file);
  // It is left as it is until nobody needs it.
  void NeverRewrite(FileNumber file) { files_.at(file).may_be_rewritten = false; }

 private:
  struct File {
    std::string path;
    bool is_closed = false;
    bool may_be_rewritten = true;
    uint64_t size = 0;
    uint64_t needed_bytes = 0;
    size_t unfinished_segments = 0;
    bool is_needed() const { return !is_closed || unfinished_segments > 0; }
  };
  // Bytes by file.
  using Files = std::map<FileNumber, uint64_t>;

  std::map<FileNumber, File> files_;
  std::map<Uuid, Files> segments_;                    // unfinished
  std::map<Uuid, std::vector<FileNumber>> finished_;  // that have records in some file
};

}  // namespace vivace
