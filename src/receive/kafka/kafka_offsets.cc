#include "receive/kafka/kafka_offsets.h"

namespace vivace {

void KafkaOffsets::Begin(const KafkaPartition& partition, int64_t offset) {
  Progress& progress = partitions_.try_emplace(partition, Progress{.taken = offset}).first->second;
  progress.waiting.insert(progress.waiting.end(), offset);
  progress.next = offset + 1;
}

void KafkaOffsets::End(const KafkaPartition& partition, int64_t offset) {
  const auto found = partitions_.find(partition);
  if (found != partitions_.end()) found->second.waiting.erase(offset);
}

bool KafkaOffsets::IsBusy(const KafkaPartition& partition) const {
  const auto found = partitions_.find(partition);
  return found != partitions_.end() && !found->second.waiting.empty();
}

std::vector<KafkaPosition> KafkaOffsets::TakeChanged() {
  std::vector<KafkaPosition> positions;
  for (auto& [partition, progress] : partitions_) {
    const int64_t next = progress.waiting.empty() ? progress.next : *progress.waiting.begin();
    if (next == progress.taken) continue;
    progress.taken = next;
    positions.push_back({partition, next});
  }
  return positions;
}

void KafkaOffsets::ForgetTaken() {
  for (auto& [partition, progress] : partitions_) progress.taken = -1;
}

}  // namespace vivace
