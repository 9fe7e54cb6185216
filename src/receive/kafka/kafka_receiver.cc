#include "receive/kafka/kafka_receiver.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/short_hash.h"
#include "base/thread_name.h"
#include "receive/kafka/kafka_decoders.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;

constexpr size_t kWaitingBytesMax = 32 << 20;
constexpr size_t kWaitingRecordsMax = 1000;
// How long to wait for records or completions before everything else has a turn.
constexpr milliseconds kPatience{100};
constexpr std::chrono::seconds kBetweenLooks{1};
// How long a revocation or shutdown waits for records in flight.
constexpr milliseconds kDrainPatience{5000};

const Door kDoor{"kafka", "kafka"};

}  // namespace

KafkaReceiver::KafkaReceiver(KafkaOptions options, SpanDecoder decode, SpanSink& sink)
    : options_(std::move(options)), decode_(std::move(decode)), sink_(sink), next_commit_(Clock::now()) {}

Result<std::unique_ptr<KafkaReceiver>> KafkaReceiver::Start(KafkaOptions options, SpanSink& sink) {
  SpanDecoder decode = KafkaDecoderOf(options.kafka.encoding);
  if (!decode) return Fail(ErrorCode::kInvalidArgument, "unrecognized traces encoding \"" + options.kafka.encoding + "\"");
  std::unique_ptr<KafkaReceiver> receiver(new KafkaReceiver(std::move(options), std::move(decode), sink));
  receiver->certificate_times_ = receiver->CertificateTimes();
  VIVACE_ASSIGN(receiver->consumer_, receiver->Open());
  receiver->thread_ = std::thread([raw = receiver.get()] { raw->Run(); });
  return receiver;
}

Result<std::unique_ptr<KafkaConsumer>> KafkaReceiver::Open() {
  return KafkaConsumer::Open(options_.kafka, {.on_revoked = [this](const auto& partitions) { HandleRevoked(partitions); },
                                              .on_problem = [this](const std::string& problem) { Report(problem); },
                                              .on_commit_failed = [this] { offsets_.ForgetTaken(); }});
}

// When the files of the TLS section were written.
std::string KafkaReceiver::CertificateTimes() const {
  const KafkaTlsConfig& tls = options_.kafka.tls;
  std::string times;
  for (const std::string& file : {tls.ca_file, tls.cert_file, tls.key_file}) {
    std::error_code missing;
    const auto written = file.empty() ? std::filesystem::file_time_type{} : std::filesystem::last_write_time(file, missing);
    times += std::to_string(written.time_since_epoch().count()) + " ";
  }
  return times;
}

// The library reads certificates once: renewed ones need a new consumer, which takes over from the old one.
void KafkaReceiver::ReopenWhenRenewed() {
  if (Clock::now() < next_look_) return;
  next_look_ = Clock::now() + kBetweenLooks;
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
    HandleDone(milliseconds(0));
    RepeatDue();
    if (!HasRoom()) {
      HandleDone(kPatience);
    } else if (std::optional<KafkaRecord> record = consumer_->Poll(kPatience)) {
      Take(std::move(*record));
    }
    CommitWhenDue();
    ReopenWhenRenewed();
  }
  consumer_->Close();  // revokes the partitions: calls HandleRevoked
}

bool KafkaReceiver::HasRoom() const { return waiting_records_ < kWaitingRecordsMax && waiting_bytes_ < kWaitingBytesMax; }

void KafkaReceiver::Take(KafkaRecord record) {
  offsets_.Begin(record.partition, record.offset);
  ++waiting_records_;
  waiting_bytes_ += record.payload.size();
  Push(std::make_shared<const KafkaRecord>(std::move(record)));
}

Result<PushContext> KafkaReceiver::ContextOf(const KafkaRecord& record) const {
  VIVACE_ASSIGN(PushContext context, MakePushContext(options_.receiver, record.headers, kDoor));
  context.is_replayable = true;
  return context;
}

void KafkaReceiver::Push(const std::shared_ptr<const KafkaRecord>& record) {
  const uint64_t hash = ShortHash(record->payload);
  if (pushed_.contains(hash)) return repeats_.push_back({record, Clock::now() + kPatience});
  pushed_.insert(hash);
  const auto done = [inbox = inbox_, record](PushOutcome outcome) {
    const std::lock_guard lock(inbox->mutex);
    inbox->done.push_back({record, std::move(outcome)});
    inbox->wake.notify_one();
  };
  Result<PushContext> context = ContextOf(*record);
  if (!context) return done({.result = {.error = std::move(context).error()}});
  const auto decode = [&](std::string_view body, SpanBatchBuilder& builder) {
    Result<RejectedSpans> decoded = decode_(body, builder);
    if (options_.kafka.extract_headers) AddHeaderAttributes(record->headers, options_.kafka.headers, builder);
    return decoded;
  };
  DecodeAndPush(options_.receiver, decode, record->payload, std::move(*context), sink_, done);
}

void KafkaReceiver::HandleDone(milliseconds patience) {
  std::vector<Done> done;
  {
    std::unique_lock lock(inbox_->mutex);
    inbox_->wake.wait_for(lock, patience, [&] { return !inbox_->done.empty(); });
    done.swap(inbox_->done);
  }
  for (Done& one : done) Handle(one);
}

void KafkaReceiver::Handle(Done& done) {
  const PushResult& result = done.outcome.result;
  pushed_.erase(ShortHash(done.record->payload));
  if (result.error && !done.outcome.is_malformed && result.retry_after_seconds > 0) {
    repeats_.push_back({std::move(done.record), Clock::now() + std::chrono::seconds(result.retry_after_seconds)});
    return;
  }
  if (result.error) {
    Report(result.error->message);
  } else if (done.outcome.rejected.total() > 0) {
    Report(RefusalText(done.outcome));
  }
  End(*done.record);
}

void KafkaReceiver::End(const KafkaRecord& record) {
  offsets_.End(record.partition, record.offset);
  --waiting_records_;
  waiting_bytes_ -= record.payload.size();
}

void KafkaReceiver::RepeatDue() {
  const auto now = Clock::now();
  const auto due = std::partition(repeats_.begin(), repeats_.end(), [&](const Repeat& repeat) { return repeat.due > now; });
  const std::vector<Repeat> taken(std::make_move_iterator(due), std::make_move_iterator(repeats_.end()));
  repeats_.erase(due, repeats_.end());
  for (const Repeat& repeat : taken) Push(repeat.record);
}

void KafkaReceiver::CommitWhenDue() {
  if (Clock::now() < next_commit_) return;
  next_commit_ = Clock::now() + options_.kafka.commit_interval;
  if (const Status sent = consumer_->Commit(offsets_.TakeChanged(), false); !sent) {
    Report(sent.error().message);
    offsets_.ForgetTaken();
  }
}

// What is still to be retried is read again by the partition's next consumer.
void KafkaReceiver::HandleRevoked(const std::vector<KafkaPartition>& partitions) {
  const auto is_gone = [&](const KafkaPartition& partition) { return std::ranges::find(partitions, partition) != partitions.end(); };
  const auto is_repeated = [&](const KafkaPartition& partition) {
    return std::ranges::any_of(repeats_, [&](const Repeat& repeat) { return repeat.record->partition == partition; });
  };
  const auto is_under_way = [&](const KafkaPartition& partition) { return offsets_.IsBusy(partition) && !is_repeated(partition); };
  const auto deadline = Clock::now() + kDrainPatience;
  while (std::ranges::any_of(partitions, is_under_way) && Clock::now() < deadline) HandleDone(kPatience);
  if (const Status sent = consumer_->Commit(offsets_.TakeChanged(), true); !sent) Report(sent.error().message);
  std::erase_if(repeats_, [&](const Repeat& repeat) {
    if (!is_gone(repeat.record->partition)) return false;
    End(*repeat.record);
    return true;
  });
  for (const KafkaPartition& partition : partitions) offsets_.Forget(partition);
}

}  // namespace vivace
