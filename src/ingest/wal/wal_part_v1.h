// The WAL as releases before the shared log wrote it (docs/wal-format.md, version 1): a file per
// segment, its tenant and id in a header. Read at start so that an upgrade loses nothing; never
// written.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"
#include "base/uuid.h"
#include "ingest/wal/wal_record.h"

namespace vivace {

struct WalPartV1 {
  Uuid segment;
  std::string tenant;
  WalScan records;
};

// Calls `visit` with each record's payload, an encoded batch; where it returns an error the record
// counts as damaged. DATA_LOSS where even the header can't be read.
Result<WalPartV1> ReadWalPartV1(FileSystem& files, const std::string& path,
                                const std::function<Status(std::string_view payload)>& visit);

}  // namespace vivace
