// KafkaOffsets: how far each partition can be committed, when records complete in another order
// than they were read.
//
// A partition may be committed up to its oldest record in flight. One thread; a record costs a
// search among those that wait.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vivace {

struct KafkaPartition {
  std::string topic;
  int32_t number = 0;
  auto operator<=>(const KafkaPartition&) const = default;
};

// The next offset to read of a partition: everything before it is complete.
struct KafkaPosition {
  KafkaPartition partition;
  int64_t next_offset = 0;
};

class KafkaOffsets {
 public:
  // A record is in flight; offsets of a partition grow.
  void Track(const KafkaPartition& partition, int64_t offset);
  // It is stored or given up. Records of forgotten partitions are ignored.
  void Complete(const KafkaPartition& partition, int64_t offset);
  void Forget(const KafkaPartition& partition) { partitions_.erase(partition); }
  // Whether any record of the partition is in flight.
  bool HasInFlight(const KafkaPartition& partition) const;
  // The positions that have changed since the last call.
  std::vector<KafkaPosition> TakeCommittable();
  // The next TakeCommittable returns all of them again: their commit failed.
  void MarkUncommitted();

 private:
  struct Progress {
    std::set<int64_t> in_flight;
    int64_t next = 0;       // after the newest record tracked
    int64_t committed = 0;  // what TakeCommittable returned last; at first the first offset tracked
  };
  std::map<KafkaPartition, Progress> partitions_;
};

}  // namespace vivace
