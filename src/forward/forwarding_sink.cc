#include "forward/forwarding_sink.h"

#include <fmt/format.h>

#include <numeric>
#include <set>

#include "base/error_context.h"
#include "base/log.h"
#include "columns/otlp_writer.h"

namespace vivace {
namespace {

constexpr std::chrono::seconds kSendTimeout{10};

ForwardQueue::Request Encode(const SpanBatch& batch) {
  std::vector<uint32_t> rows(batch.spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  return std::make_shared<const std::string>(ToTracesData(batch, rows));
}

Status CheckForwarder(const ForwarderConfig& config) {
  const auto bad = [](std::string what) {
    return Fail(ErrorCode::kInvalidArgument, std::move(what));
  };
  if (config.name.empty()) return bad("name is empty");
  if (config.backend != "otlpgrpc")
    return bad(fmt::format("{} backend is not supported", config.backend));
  if (config.endpoints.empty()) return bad("otlpgrpc.endpoints is empty");
  if (!config.insecure && config.cert_file.empty()) return bad("otlpgrpc.tls.cert_file is empty");
  VIVACE_TRY(SpanFilter::Make(config.dropped_spans, config.dropped_events));
  return {};
}

}  // namespace

std::string ForwarderKey(const ForwarderConfig& config) {
  return "distributor.forwarders." + config.name;
}

Status ForwardingSink::Check(const std::vector<ForwarderConfig>& forwarders) {
  std::set<std::string> names;
  for (const ForwarderConfig& config : forwarders) {
    VIVACE_TRY(WithContext(CheckForwarder(config), ForwarderKey(config)));
    if (!names.insert(config.name).second)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: duplicate name", ForwarderKey(config)));
  }
  return {};
}

Result<std::unique_ptr<ForwardingSink>> ForwardingSink::Make(
    const std::vector<ForwarderConfig>& forwarders, ForwarderNames forwarder_names,
    Metrics& metrics, SpanSink& next) {
  VIVACE_TRY(Check(forwarders));
  std::unique_ptr<ForwardingSink> sink(
      new ForwardingSink(std::move(forwarder_names), metrics, next));
  for (const ForwarderConfig& config : forwarders) {
    VIVACE_TRY(WithContext(sink->Add(config), ForwarderKey(config)));
  }
  return sink;
}

Status ForwardingSink::Add(const ForwarderConfig& config) {
  Forwarder& forwarder = forwarders_[config.name];
  VIVACE_ASSIGN(forwarder.filter, SpanFilter::Make(config.dropped_spans, config.dropped_events));
  for (const std::string& endpoint : config.endpoints) {
    forwarder.clients.push_back(std::make_unique<OtlpGrpcClient>(
        OtlpTarget{endpoint, config.insecure, config.cert_file, config.client_cert_file,
                   config.client_key_file}));
  }
  return {};
}

void ForwardingSink::Push(PushContext context, SpanBatch batch,
                          std::function<void(PushResult)> done) {
  const std::vector<std::string> names = forwarder_names_(context.tenant);
  if (names.empty()) return next_.Push(std::move(context), std::move(batch), std::move(done));
  auto copies = std::make_shared<std::vector<Copy>>(CopiesOf(context.tenant, names, batch));
  next_.Push(std::move(context), std::move(batch),
             [copies, done = std::move(done)](PushResult result) {
               if (!result.error) {
                 for (Copy& copy : *copies) copy.queue->Push(std::move(copy.request));
               }
               done(std::move(result));
             });
}

std::vector<ForwardingSink::Copy> ForwardingSink::CopiesOf(const std::string& tenant,
                                                           const std::vector<std::string>& names,
                                                           const SpanBatch& batch) {
  std::vector<Copy> copies;
  ForwardQueue::Request whole;
  for (const std::string& name : names) {
    const auto found = forwarders_.find(name);
    if (found == forwarders_.end()) continue;
    const SpanFilter& filter = found->second.filter;
    ForwardQueue::Request request;
    if (filter.IsEmpty()) {
      if (whole == nullptr) whole = Encode(batch);
      request = whole;
    } else {
      request = Encode(filter.Apply(batch));
    }
    if (!request->empty())
      copies.push_back({QueueOf(tenant, name, found->second), std::move(request)});
  }
  return copies;
}

std::shared_ptr<ForwardQueue> ForwardingSink::QueueOf(const std::string& tenant,
                                                      const std::string& name,
                                                      const Forwarder& forwarder) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<ForwardQueue>& queue = queues_[{tenant, name}];
  if (queue == nullptr) {
    ForwardQueue::Options options{.name = name, .tenant = tenant, .endpoints = {}};
    for (const auto& client : forwarder.clients) {
      options.endpoints.push_back(
          [&client = *client, tenant](ForwardQueue::Request request,
                                      std::function<void(Status)> answered) {
            client.Export(std::move(request), tenant, kSendTimeout, std::move(answered));
          });
    }
    queue = std::make_shared<ForwardQueue>(std::move(options), delays_, metrics_);
  }
  return queue;
}

void ForwardingSink::Stop(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, queue] : queues_) {
    if (!queue->WaitUntilEmpty(deadline))
      LogWarn("spans were not forwarded before shutdown",
              {{"forwarder", key.second}, {"tenant", key.first}});
    queue->Close();
  }
  delays_.Stop();
  for (auto& [name, forwarder] : forwarders_) forwarder.clients.clear();
  queues_.clear();
}

}  // namespace vivace
