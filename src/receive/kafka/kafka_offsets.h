// KafkaOffsets: how far the records of each partition are done with, when they end in another order than they began.
//
// A partition may be committed up to its oldest record that is still on its way. One thread; a record costs a search among those that wait.
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

// What is to be read next of a partition: everything before it is done with.
struct KafkaPosition {
  KafkaPartition partition;
  int64_t next_offset = 0;
};

class KafkaOffsets {
 public:
  // A record is on its way; offsets of a partition grow.
  void Begin(const KafkaPartition& partition, int64_t offset);
  // It is stored or given up. What was forgotten meanwhile is passed over.
  void End(const KafkaPartition& partition, int64_t offset);
  void Forget(const KafkaPartition& partition) { partitions_.erase(partition); }
  // Whether any record of the partition is on its way.
  bool IsBusy(const KafkaPartition& partition) const;
  // The positions that have changed since the last call.
  std::vector<KafkaPosition> TakeChanged();
  // The next call tells all of them.
  void ForgetTaken();

 private:
  struct Progress {
    std::set<int64_t> waiting;
    int64_t next = 0;   // after the newest record that began
    int64_t taken = 0;  // what TakeChanged told last; at first where the partition was begun
  };
  std::map<KafkaPartition, Progress> partitions_;
};

}  // namespace vivace
