#include "receive/kafka/kafka_offsets.h"

namespace vivace {

void KafkaOffsets::Track(const KafkaPartition& partition, int64_t offset) {
  Progress& progress =
      partitions_.try_emplace(partition, Progress{.committed = offset}).first->second;
  progress.in_flight.insert(progress.in_flight.end(), offset);
  progress.next = offset + 1;
}

void KafkaOffsets::Complete(const KafkaPartition& partition, int64_t offset) {
  const auto found = partitions_.find(partition);
  if (found != partitions_.end()) found->second.in_flight.erase(offset);
}

bool KafkaOffsets::HasInFlight(const KafkaPartition& partition) const {
  const auto found = partitions_.find(partition);
  return found != partitions_.end() && !found->second.in_flight.empty();
}

std::vector<KafkaPosition> KafkaOffsets::TakeCommittable() {
  std::vector<KafkaPosition> positions;
  for (auto& [partition, progress] : partitions_) {
    const int64_t next = progress.in_flight.empty() ? progress.next : *progress.in_flight.begin();
    if (next == progress.committed) continue;
    progress.committed = next;
    positions.push_back({partition, next});
  }
  return positions;
}

void KafkaOffsets::MarkUncommitted() {
  for (auto& [partition, progress] : partitions_) progress.committed = -1;
}

}  // namespace vivace
