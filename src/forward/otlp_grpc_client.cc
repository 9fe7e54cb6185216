#include "forward/otlp_grpc_client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <condition_variable>
#include <mutex>
#include <set>

namespace vivace {
namespace {

constexpr const char* kMethod = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr const char* kTenantKey = "x-scope-orgid";
constexpr unsigned kCertificateRefreshSeconds = 10;
constexpr int kReconnectMaxMs = 5000;

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const OtlpTarget& target) {
  if (target.insecure) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          target.client_key_file, target.client_cert_file, target.ca_file,
          kCertificateRefreshSeconds));
  options.watch_root_certs();
  if (!target.client_cert_file.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

// What a call needs until it is answered.
struct Call {
  std::shared_ptr<const std::string> bytes;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

}  // namespace

struct OtlpGrpcClient::State {
  explicit State(std::shared_ptr<grpc::Channel> channel) : stub(std::move(channel)) {}

  void Begin(Call& call) {
    const std::lock_guard lock(mutex);
    calls.insert(&call);
  }
  void End(Call& call) {
    const std::lock_guard lock(mutex);
    calls.erase(&call);
    ended.notify_all();
  }

  grpc::GenericStub stub;
  std::mutex mutex;
  std::condition_variable ended;
  std::set<Call*> calls;  // guarded by mutex: not answered yet
};

OtlpGrpcClient::OtlpGrpcClient(const OtlpTarget& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  state_ = std::make_unique<State>(
      grpc::CreateCustomChannel(target.endpoint, CredentialsOf(target), arguments));
}

OtlpGrpcClient::~OtlpGrpcClient() {
  std::unique_lock lock(state_->mutex);
  for (Call* call : state_->calls) call->context.TryCancel();
  state_->ended.wait(lock, [&] { return state_->calls.empty(); });
}

void OtlpGrpcClient::Export(std::shared_ptr<const std::string> request, const std::string& tenant,
                            std::chrono::milliseconds timeout, std::function<void(Status)> done) {
  const auto call = std::make_shared<Call>();
  call->bytes = std::move(request);
  call->context.set_deadline(std::chrono::system_clock::now() + timeout);
  call->context.AddMetadata(kTenantKey, tenant);
  const grpc::Slice slice(call->bytes->data(), call->bytes->size(), grpc::Slice::STATIC_SLICE);
  call->request = grpc::ByteBuffer(&slice, 1);
  state_->Begin(*call);
  const auto answered = [state = state_.get(), call,
                         done = std::move(done)](const grpc::Status& status) {
    done(status.ok() ? Status()
                     : Fail(static_cast<ErrorCode>(status.error_code()), status.error_message()));
    state->End(*call);
  };
  state_->stub.UnaryCall(&call->context, kMethod, {}, &call->request, &call->response, answered);
}

}  // namespace vivace
