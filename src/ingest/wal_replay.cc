#include "ingest/wal_replay.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/log.h"
#include "block/format/meta.h"
#include "columns/span_batch_codec.h"
#include "ingest/wal/number_set.h"
#include "ingest/wal/wal_part_v1.h"

namespace vivace {
namespace {

Status AppendTo(Segment& segment, std::string_view payload) {
  VIVACE_ASSIGN(const SpanBatch batch, DecodeSpanBatch(payload));
  segment.Append(batch);
  return {};
}

class WalReplay {
 public:
  WalReplay(const WalDirectory& directory, const ObjectStore& store, Wal& wal, Metrics& metrics)
      : directory_(directory), store_(store), wal_(wal), metrics_(metrics) {}

  // Files of one folder: a segment's records lie in any of them.
  void ReplayFiles(const std::vector<std::string>& paths, bool is_own) {
    std::vector<OpenFile> files;
    std::set<Uuid> finished;
    for (const std::string& path : paths) {
      auto contents = Read(path);
      if (!contents) continue;
      finished.insert(contents->finished.begin(), contents->finished.end());
      files.push_back({path, *std::move(contents)});
    }
    for (const OpenFile& file : files) FindSegments(file.contents, is_own, finished);
    for (const OpenFile& file : files) {
      Report(file.path, file.contents.scan, TenantOf(file.contents));
      ReadBatches(file, finished);
    }
    numbers_.clear();
  }

  void ReplayPartV1(const std::string& path) {
    auto segment = std::make_shared<LiveSegment>();
    const auto part = ReadWalPartV1(directory_.files(), path, [&](std::string_view payload) {
      return AppendTo(segment->columns, payload);
    });
    if (!part) return HandleUnreadable(path, part.error());
    segment->id = part->segment;
    segment->tenant = part->tenant;
    segment->v1_part = path;
    const Result<bool> is_in_block = IsInBlock(*segment, store_);
    const bool is_needed = segment->columns.span_count() > 0 && !is_in_block.value_or(false);
    if (!is_needed) {
      (void)RemoveWalFile(directory_.files(), path);
      return;
    }
    Report(path, part->records, part->tenant);
    segment->may_be_in_block = !is_in_block;
    replayed_.push_back({std::move(segment), false});
  }

  std::vector<ReplayedSegment> TakeSegments() {
    std::erase_if(replayed_, [](const ReplayedSegment& replayed) {
      return replayed.segment->columns.span_count() == 0;
    });
    for (const ReplayedSegment& replayed : replayed_) {
      LogInfo("segment replayed from the WAL",
              {{"tenant", replayed.segment->tenant},
               {"segment", replayed.segment->id.ToString()},
               {"spans", fmt::to_string(replayed.segment->columns.span_count())}});
    }
    return std::move(replayed_);
  }

 private:
  struct OpenFile {
    std::string path;
    WalFileContents contents;
  };

  static std::string TenantOf(const WalFileContents& contents) {
    return contents.batches.empty() ? "unknown" : std::string(contents.batches[0].tenant);
  }

  std::optional<WalFileContents> Read(const std::string& path) {
    auto contents = ReadWalFile(directory_.files(), path);
    if (contents) return *std::move(contents);
    HandleUnreadable(path, contents.error());
    return std::nullopt;
  }

  // Only what is damaged is moved away: the rest may be readable at the next start.
  void HandleUnreadable(const std::string& path, const Error& error) {
    ReplayErrors(metrics_, "unknown").Add(1);
    if (error.code == ErrorCode::kDataLoss) {
      LogWarn("unreadable WAL file quarantined", {{"file", path}, {"err", error.message}});
      (void)directory_.QuarantineFile(path);
    } else {
      LogError("WAL file could not be read; it is left for the next start",
               {{"file", path}, {"err", error.message}});
    }
  }

  // Makes a segment for each id that is not finished and has no block.
  void FindSegments(const WalFileContents& contents, bool is_own, std::set<Uuid>& finished) {
    for (const WalEntry& entry : contents.batches) {
      if (segments_.contains(entry.segment) || finished.contains(entry.segment)) continue;
      auto segment = std::make_shared<LiveSegment>();
      segment->id = entry.segment;
      segment->tenant = entry.tenant;
      const Result<bool> is_in_block = IsInBlock(*segment, store_);
      if (is_in_block.value_or(false)) {
        finished.insert(entry.segment);
        continue;
      }
      segment->may_be_in_block = !is_in_block;
      replayed_.push_back({segment, is_own && is_in_block.has_value()});
      segments_.emplace(entry.segment, std::move(segment));
    }
  }

  void ReadBatches(const OpenFile& file, const std::set<Uuid>& finished) {
    WalSpace::Shares needed;
    std::set<Uuid> finished_here;
    for (const WalEntry& entry : file.contents.batches) {
      if (finished.contains(entry.segment)) {
        finished_here.insert(entry.segment);
      } else if (ReadBatch(file, entry)) {
        needed[entry.segment] += entry.bytes.size();
      }
    }
    wal_.Adopt(file.path, file.contents.file.bytes.size(), needed,
               std::vector(finished_here.begin(), finished_here.end()));
  }

  bool ReadBatch(const OpenFile& file, const WalEntry& entry) {
    NumberSet& numbers = numbers_[entry.segment];
    if (!numbers.Insert(entry.number)) return true;
    LiveSegment& segment = *segments_.at(entry.segment);
    segment.next_record = numbers.end();
    const Status appended = AppendTo(segment.columns, entry.payload);
    if (!appended) {
      const auto offset =
          static_cast<uint64_t>(entry.bytes.data() - file.contents.file.bytes.data());
      ReportDamage(file.path, segment.tenant,
                   {offset, entry.bytes.size(), appended.error().message});
    }
    return appended.has_value();
  }

  void Report(const std::string& path, const WalScan& scan, const std::string& tenant) {
    for (const WalDamage& damage : scan.damaged) ReportDamage(path, tenant, damage);
    if (scan.torn.size == 0) return;
    ReplayErrors(metrics_, tenant).Add(1);
    LogWarn("torn WAL tail truncated", {{"file", path},
                                        {"offset", fmt::to_string(scan.torn.offset)},
                                        {"bytes", fmt::to_string(scan.torn.size)}});
    const auto file = directory_.files().Open(path, OpenMode::kAppend);
    if (file) (void)(*file)->Truncate(scan.torn.offset);
  }

  void ReportDamage(const std::string& path, const std::string& tenant, const WalDamage& damage) {
    ReplayErrors(metrics_, tenant).Add(1);
    LogWarn("damaged WAL record skipped", {{"file", path},
                                           {"offset", fmt::to_string(damage.offset)},
                                           {"bytes", fmt::to_string(damage.size)},
                                           {"err", damage.reason}});
    directory_.QuarantineRecord(path, damage.offset, damage.size);
  }

  const WalDirectory& directory_;
  const ObjectStore& store_;
  Wal& wal_;
  Metrics& metrics_;
  std::vector<ReplayedSegment> replayed_;
  std::map<Uuid, std::shared_ptr<LiveSegment>> segments_;
  std::map<Uuid, NumberSet> numbers_;
};

}  // namespace

Result<bool> IsInBlock(const LiveSegment& segment, const ObjectStore& store) {
  for (const std::string_view name : {kMetaName, kCompactedMetaName}) {
    const auto size = store.Size(BlockKey(segment.tenant, segment.id, name));
    if (size) return true;
    if (size.error().code != ErrorCode::kNotFound) return std::unexpected(size.error());
  }
  return false;
}

void FindSetAside(const WalDirectory& directory, SetAsideSegments& segments) {
  for (const std::string& path : directory.SetAsideFiles()) {
    Segment segment;
    const auto append = [&](std::string_view payload) { return AppendTo(segment, payload); };
    if (const auto contents = ReadWalFile(directory.files(), path); contents.has_value()) {
      for (const WalEntry& entry : contents->batches) (void)append(entry.payload);
      if (!contents->batches.empty())
        segments.Add(std::string(contents->batches[0].tenant), segment);
    } else if (const auto part = ReadWalPartV1(directory.files(), path, append); part.has_value()) {
      segments.Add(part->tenant, segment);
    }
  }
}

Counter& ReplayErrors(Metrics& metrics, const std::string& tenant) {
  return metrics.GetCounter("tempo_ingester_replay_errors_total",
                            "WAL records or files that could not be replayed.",
                            {{"tenant", tenant}});
}

Result<std::vector<ReplayedSegment>> ReplayWal(const WalDirectory& directory,
                                               const ObjectStore& store, Wal& wal,
                                               Metrics& metrics) {
  VIVACE_ASSIGN(const std::vector<WalDirectory::Folder> folders, directory.List());
  WalReplay replay(directory, store, wal, metrics);
  for (const WalDirectory::Folder& folder : folders) {
    replay.ReplayFiles(folder.files, &folder == folders.data());
    for (const std::string& part : folder.parts) replay.ReplayPartV1(part);
  }
  return replay.TakeSegments();
}

}  // namespace vivace
