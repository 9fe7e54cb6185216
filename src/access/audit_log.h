// AuditLog: one JSON line for each request that reads data or administers the server: who, which
// tenant, what, with which outcome.
//
// Lines go to a file of their own, which is renamed (FILE.1, FILE.2, ...) when it is full; the
// oldest goes. A line that cannot be written is counted and logged, the request is answered all the
// same. Any thread; a line costs a few microseconds and one write.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace vivace {

struct AuditEntry {
  // Who was let in; of a refused request who it was, or claimed to be. Empty: no identity was
  // required, or none was named.
  std::string who;
  std::string tenant;
  std::string method;
  std::string route;
  std::string query;  // of the URL, or of an RPC
  int status = 0;     // of HTTP, or gRPC's code
  uint64_t bytes = 0;
  double seconds = 0;
  std::string peer;
  std::string client;  // the address that a trusted proxy names; else empty
};

struct AuditOptions {
  std::string path;
  uint64_t bytes_max = 100 << 20;  // of one file
  int files_max = 5;               // beside the one that is written
};

class AuditLog {
 public:
  // `files` must outlive the log.
  static Result<std::unique_ptr<AuditLog>> Open(FileSystem& files, AuditOptions options);

  void Write(const AuditEntry& entry);

 private:
  AuditLog(FileSystem& files, AuditOptions options) : files_(files), options_(std::move(options)) {}
  Status OpenFile();
  void Rotate();
  void Report(const std::string& problem);

  FileSystem& files_;
  const AuditOptions options_;
  std::mutex mutex_;
  std::unique_ptr<File>
      file_;  // guarded by mutex_, as all below; null where it could not be opened
  uint64_t bytes_ = 0;
  bool was_reported_ = false;
};

}  // namespace vivace
