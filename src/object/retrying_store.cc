#include "object/retrying_store.h"

#include <thread>
#include <utility>

namespace vivace {
namespace {

bool IsCertain(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kInvalidArgument ||
         code == ErrorCode::kOutOfRange || code == ErrorCode::kDataLoss;
}

}  // namespace

RetryingStore::RetryingStore(ObjectStore& inner, Sleep sleep)
    : inner_(inner), sleep_(sleep ? std::move(sleep) : [](std::chrono::milliseconds pause) {
        std::this_thread::sleep_for(pause);
      }) {}

template <typename Operation>
auto RetryingStore::Retried(const Operation& operation) const -> decltype(operation()) {
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    auto result = operation();
    if (result.has_value() || IsCertain(result.error().code)) return result;
    if (attempt == kAttempts) {
      result.error().code = ErrorCode::kUnavailable;
      return result;
    }
    sleep_(pause);
    pause *= 4;
  }
}

Result<std::string> RetryingStore::Read(const std::string& key) const {
  return Retried([&] { return inner_.Read(key); });
}

Result<std::string> RetryingStore::ReadRange(const std::string& key, uint64_t offset,
                                             uint64_t size) const {
  return Retried([&] { return inner_.ReadRange(key, offset, size); });
}

Result<std::vector<std::string>> RetryingStore::ReadRanges(
    const std::string& key, std::span<const ByteRange> ranges) const {
  return Retried([&] { return inner_.ReadRanges(key, ranges); });
}

Result<uint64_t> RetryingStore::Size(const std::string& key) const {
  return Retried([&] { return inner_.Size(key); });
}

Result<ObjectPart> RetryingStore::ReadEnd(const std::string& key, ObjectEnd end,
                                          uint64_t size_max) const {
  return Retried([&] { return inner_.ReadEnd(key, end, size_max); });
}

Result<std::vector<std::string>> RetryingStore::List(const std::string& prefix) const {
  return Retried([&] { return inner_.List(prefix); });
}

Status RetryingStore::Write(const std::string& key, std::string_view bytes) {
  return inner_.Write(key, bytes);
}

Result<std::unique_ptr<ObjectWriter>> RetryingStore::Create(const std::string& key) {
  return inner_.Create(key);
}

Status RetryingStore::Delete(const std::string& key) { return inner_.Delete(key); }

Status RetryingStore::DeleteAll(const std::string& prefix) { return inner_.DeleteAll(prefix); }

Status RetryingStore::Rename(const std::string& from, const std::string& to) {
  return inner_.Rename(from, to);
}

}  // namespace vivace
