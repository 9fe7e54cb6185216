#include "receive/kafka/kafka_receiver.h"

#include <algorithm>
#include <filesystem>

#include "base/hash/fast_hash.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "receive/kafka/kafka_decoders.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;

constexpr size_t kInFlightBytesMax = 32 << 20;
constexpr size_t kInFlightRecordsMax = 1000;
// How long to wait for records or completions before everything else has a turn.
constexpr milliseconds kPollTimeout{100};
constexpr std::chrono::seconds kCertificateCheckPeriod{1};
// How long a revocation or shutdown waits for records in flight.
constexpr milliseconds kDrainTimeout{5000};

const ReceiverEndpoint kEndpoint{"kafka", "kafka"};

}  // namespace

KafkaReceiver::KafkaReceiver(KafkaOptions options, SpanDecoder decode, SpanSink& sink)
    : options_(std::move(options)),
      decode_(std::move(decode)),
      sink_(sink),
      next_commit_(Clock::now()) {}

Result<std::unique_ptr<KafkaReceiver>> KafkaReceiver::Start(KafkaOptions options, SpanSink& sink) {
  SpanDecoder decode = KafkaDecoderOf(options.kafka.encoding);
  if (!decode)
    return Fail(ErrorCode::kInvalidArgument,
                "unrecognized traces encoding \"" + options.kafka.encoding + "\"");
  std::unique_ptr<KafkaReceiver> receiver(
      new KafkaReceiver(std::move(options), std::move(decode), sink));
  receiver->certificate_times_ = receiver->CertificateTimes();
  VIVACE_ASSIGN(receiver->consumer_, receiver->Open());
  receiver->thread_ = std::thread([raw = receiver.get()] { raw->Run(); });
  return receiver;
}

Result<std::unique_ptr<KafkaConsumer>> KafkaReceiver::Open() {
  return KafkaConsumer::Open(
      options_.kafka, {.on_revoked = [this](const auto& partitions) { HandleRevoked(partitions); },
                       .on_problem = [this](const std::string& problem) { Report(problem); },
                       .on_commit_failed = [this] { offsets_.MarkUncommitted(); }});
}

// When the files of the TLS section were written.
std::string KafkaReceiver::CertificateTimes() const {
  const KafkaTlsConfig& tls = options_.kafka.tls;
  std::string times;
  for (const std::string& file : {tls.ca_file, tls.cert_file, tls.key_file}) {
    std::error_code missing;
    const auto written = file.empty() ? std::filesystem::file_time_type{}
                                      : std::filesystem::last_write_time(file, missing);
    times += std::to_string(written.time_since_epoch().count()) + " ";
  }
  return times;
}

// The library reads certificates once: renewed ones need a new consumer, which takes over from the
// old one.
void KafkaReceiver::ReopenOnNewCertificates() {
  if (Clock::now() < next_certificate_check_) return;
  next_certificate_check_ = Clock::now() + kCertificateCheckPeriod;
  std::string times = CertificateTimes();
  if (times == certificate_times_) return;
  certificate_times_ = std::move(times);
  Result<std::unique_ptr<KafkaConsumer>> opened = Open();
  if (!opened) return Report("renewed certificates: " + opened.error().message);
  consumer_->Close();
  consumer_ = *std::move(opened);
  LogInfo("certificates renewed", {{"receiver", "kafka " + options_.kafka.topic}});
}

void KafkaReceiver::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void KafkaReceiver::Run() {
  NameThread("kafka");
  while (!stopping_) {
    HandleCompletions(milliseconds(0));
    RetryDue();
    if (!HasRoom()) {
      HandleCompletions(kPollTimeout);
    } else if (std::optional<KafkaRecord> record = consumer_->Poll(kPollTimeout)) {
      Take(std::move(*record));
    }
    CommitWhenDue();
    ReopenOnNewCertificates();
  }
  consumer_->Close();  // revokes the partitions: calls HandleRevoked
}

bool KafkaReceiver::HasRoom() const {
  return in_flight_records_ < kInFlightRecordsMax && in_flight_bytes_ < kInFlightBytesMax;
}

void KafkaReceiver::Take(KafkaRecord record) {
  offsets_.Track(record.partition, record.offset);
  ++in_flight_records_;
  in_flight_bytes_ += record.payload.size();
  Push(std::make_shared<const KafkaRecord>(std::move(record)));
}

Result<PushContext> KafkaReceiver::ContextOf(const KafkaRecord& record) const {
  VIVACE_ASSIGN(PushContext context, MakePushContext(options_.receiver, record.headers, kEndpoint));
  context.is_replayable = true;
  return context;
}

void KafkaReceiver::Push(const std::shared_ptr<const KafkaRecord>& record) {
  const uint64_t hash = FastHash(record->payload);
  if (in_flight_hashes_.contains(hash))
    return retries_.push_back({record, Clock::now() + kPollTimeout});
  in_flight_hashes_.insert(hash);
  const auto done = [completions = completions_, record](PushOutcome outcome) {
    const std::lock_guard lock(completions->mutex);
    completions->done.push_back({record, std::move(outcome)});
    completions->wake.notify_one();
  };
  Result<PushContext> context = ContextOf(*record);
  if (!context) return done({.result = {.error = std::move(context).error()}});
  const auto decode = [&](std::string_view body, SpanBatchBuilder& builder) {
    Result<RejectedSpans> decoded = decode_(body, builder);
    if (options_.kafka.extract_headers)
      AddHeaderAttributes(record->headers, options_.kafka.headers, builder);
    return decoded;
  };
  DecodeAndPush(options_.receiver, decode, record->payload, std::move(*context), sink_, done);
}

void KafkaReceiver::HandleCompletions(milliseconds timeout) {
  std::vector<Completion> done;
  {
    std::unique_lock lock(completions_->mutex);
    completions_->wake.wait_for(lock, timeout, [&] { return !completions_->done.empty(); });
    done.swap(completions_->done);
  }
  for (Completion& one : done) Handle(one);
}

void KafkaReceiver::Handle(Completion& done) {
  const PushResult& result = done.outcome.result;
  in_flight_hashes_.erase(FastHash(done.record->payload));
  if (result.error && !done.outcome.is_malformed && result.retry_after_seconds > 0) {
    retries_.push_back(
        {std::move(done.record), Clock::now() + std::chrono::seconds(result.retry_after_seconds)});
    return;
  }
  if (result.error) {
    Report(result.error->message);
  } else if (done.outcome.rejected.total() > 0) {
    Report(RejectedSpansMessage(done.outcome));
  }
  Complete(*done.record);
}

void KafkaReceiver::Complete(const KafkaRecord& record) {
  offsets_.Complete(record.partition, record.offset);
  --in_flight_records_;
  in_flight_bytes_ -= record.payload.size();
}

void KafkaReceiver::RetryDue() {
  const auto now = Clock::now();
  const auto due = std::partition(retries_.begin(), retries_.end(),
                                  [&](const Retry& retry) { return retry.due > now; });
  const std::vector<Retry> taken(std::make_move_iterator(due),
                                 std::make_move_iterator(retries_.end()));
  retries_.erase(due, retries_.end());
  for (const Retry& retry : taken) Push(retry.record);
}

void KafkaReceiver::CommitWhenDue() {
  if (Clock::now() < next_commit_) return;
  next_commit_ = Clock::now() + options_.kafka.commit_interval;
  if (const Status sent = consumer_->Commit(offsets_.TakeCommittable(), false); !sent) {
    Report(sent.error().message);
    offsets_.MarkUncommitted();
  }
}

// What is still to be retried is read again by the partition's next consumer.
void KafkaReceiver::HandleRevoked(const std::vector<KafkaPartition>& partitions) {
  const auto is_gone = [&](const KafkaPartition& partition) {
    return std::ranges::find(partitions, partition) != partitions.end();
  };
  const auto is_retried = [&](const KafkaPartition& partition) {
    return std::ranges::any_of(
        retries_, [&](const Retry& retry) { return retry.record->partition == partition; });
  };
  const auto is_in_flight = [&](const KafkaPartition& partition) {
    return offsets_.HasInFlight(partition) && !is_retried(partition);
  };
  const auto deadline = Clock::now() + kDrainTimeout;
  while (std::ranges::any_of(partitions, is_in_flight) && Clock::now() < deadline)
    HandleCompletions(kPollTimeout);
  if (const Status sent = consumer_->Commit(offsets_.TakeCommittable(), true); !sent)
    Report(sent.error().message);
  std::erase_if(retries_, [&](const Retry& retry) {
    if (!is_gone(retry.record->partition)) return false;
    Complete(*retry.record);
    return true;
  });
  for (const KafkaPartition& partition : partitions) offsets_.Forget(partition);
}

}  // namespace vivace
