#include "ingest/wal_replay.h"

#include <fmt/format.h>

#include "base/log.h"
#include "block/format/meta.h"
#include "columns/span_batch_codec.h"

namespace vivace {
namespace {

class PartReplay {
 public:
  PartReplay(const WalDirectory& directory, const ObjectStore& store, Metrics& metrics)
      : directory_(directory), store_(store), metrics_(metrics) {}

  // Null where the part holds nothing that is not in a block.
  std::shared_ptr<LiveSegment> Run(const std::string& path) {
    auto segment = std::make_shared<LiveSegment>();
    const auto contents =
        ReadWalPart(directory_.files(), path, [&](std::string_view payload) -> Status {
          VIVACE_ASSIGN(const SpanBatch batch, DecodeSpanBatch(payload));
          segment->columns.Append(batch);
          return {};
        });
    if (!contents) return HandleUnreadable(path, contents.error());
    segment->id = contents->header.segment_id;
    segment->tenant = contents->header.tenant;
    segment->part_path = path;
    const bool is_in_block = BlockExists(*segment);  // then the part's removal may have begun
    if (!is_in_block) Report(path, *contents);
    if (is_in_block || segment->columns.span_count() == 0) {
      (void)directory_.files().Remove(path);
      return nullptr;
    }
    if (contents->damaged.empty()) ReopenPart(*segment, contents->good_bytes);
    LogInfo("WAL part replayed", {{"part", path},
                                  {"tenant", segment->tenant},
                                  {"spans", fmt::to_string(segment->columns.span_count())},
                                  {"bytes", fmt::to_string(contents->good_bytes)}});
    return segment;
  }

 private:
  Counter& ErrorCounter(const std::string& tenant) {
    return metrics_.GetCounter("tempo_ingester_replay_errors_total",
                               "WAL records or parts that could not be replayed.",
                               {{"tenant", tenant}});
  }

  std::shared_ptr<LiveSegment> HandleUnreadable(const std::string& path, const Error& error) {
    ErrorCounter("unknown").Add(1);
    LogWarn("unreadable WAL part quarantined", {{"part", path}, {"err", error.message}});
    directory_.QuarantinePart(path);
    return nullptr;
  }

  void Report(const std::string& path, const WalPartContents& contents) {
    for (const WalDamage& damage : contents.damaged) {
      ErrorCounter(contents.header.tenant).Add(1);
      LogWarn("damaged WAL record skipped", {{"part", path},
                                             {"offset", fmt::to_string(damage.offset)},
                                             {"bytes", fmt::to_string(damage.size)},
                                             {"err", damage.reason}});
      directory_.QuarantineRecord(path, damage.offset, damage.size);
    }
    if (contents.torn.size > 0) {
      ErrorCounter(contents.header.tenant).Add(1);
      LogWarn("torn WAL tail truncated", {{"part", path},
                                          {"offset", fmt::to_string(contents.torn.offset)},
                                          {"bytes", fmt::to_string(contents.torn.size)}});
    }
  }

  // Whether the crash came between the block's meta.json and the removal of the part.
  bool BlockExists(const LiveSegment& segment) const {
    return store_.Size(BlockKey(segment.tenant, segment.id, kMetaName)).has_value() ||
           store_.Size(BlockKey(segment.tenant, segment.id, kCompactedMetaName)).has_value();
  }

  void ReopenPart(LiveSegment& segment, uint64_t good_bytes) {
    auto part = WalPart::Reopen(directory_.files(), segment.part_path, good_bytes);
    if (part) segment.part = std::move(*part);
  }

  const WalDirectory& directory_;
  const ObjectStore& store_;
  Metrics& metrics_;
};

}  // namespace

std::vector<std::shared_ptr<LiveSegment>> ReplayWal(const WalDirectory& directory,
                                                    const ObjectStore& store, Metrics& metrics) {
  PartReplay replay(directory, store, metrics);
  std::vector<std::shared_ptr<LiveSegment>> segments;
  for (const std::string& path : directory.Parts()) {
    if (auto segment = replay.Run(path)) segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace vivace
