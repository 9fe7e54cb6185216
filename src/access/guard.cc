#include "access/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace vivace {
namespace {

using Clock = std::chrono::steady_clock;

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kResourceExhausted:
      return 429;
    case ErrorCode::kInvalidArgument:
      return 400;
    default:
      return 401;
  }
}

HttpResponse Refusal(const Error& error) {
  HttpResponse response{
      StatusOf(error.code), {{"content-type", "text/plain; charset=utf-8"}}, error.message + "\n"};
  if (response.status == 401)
    response.headers.emplace_back("www-authenticate",
                                  R"(Basic realm="vivace", charset="UTF-8", Bearer)");
  if (response.status == 429) response.headers.emplace_back("retry-after", "60");
  return response;
}

double Since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Counts what is sent, and writes the entry when the stream ends.
class AuditedStream final : public RpcStream {
 public:
  AuditedStream(std::shared_ptr<RpcStream> stream, AuditLog& audit, AuditEntry entry)
      : stream_(std::move(stream)), audit_(audit), entry_(std::move(entry)) {}
  ~AuditedStream() override { WriteOnce(ErrorCode::kCancelled); }

  bool Write(std::string message) override {
    bytes_ += message.size();
    return stream_->Write(std::move(message));
  }
  bool writable() const override { return stream_->writable(); }
  void OnWritable(std::function<void()> callback) override {
    stream_->OnWritable(std::move(callback));
  }
  void Finish(RpcResponse reply) override {
    WriteOnce(reply.error ? std::optional(reply.error->code) : std::nullopt);
    stream_->Finish(std::move(reply));
  }
  bool cancelled() const override { return stream_->cancelled(); }

 private:
  void WriteOnce(std::optional<ErrorCode> code) {
    if (is_written_.exchange(true)) return;
    entry_.status = code ? static_cast<int>(*code) : 0;
    entry_.bytes = bytes_;
    entry_.seconds = Since(begin_);
    audit_.Write(entry_);
  }

  const std::shared_ptr<RpcStream> stream_;
  AuditLog& audit_;
  AuditEntry entry_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<uint64_t> bytes_ = 0;
  std::atomic<bool> is_written_ = false;
};

}  // namespace

AccessRequirement ApiRequirement(std::string_view method, std::string_view path) {
  if (path == "/ready") return {};
  if (path == "/api/echo" || path.starts_with("/api/status/")) return {.right = Right::kRead};
  if (path == "/api/overrides") {
    return {.right = method == "GET" ? Right::kRead : Right::kAdmin,
            .scope = AccessRequirement::Scope::kTenants,
            .is_audited = true};
  }
  if (path.starts_with("/api/"))
    return {.right = Right::kRead, .scope = AccessRequirement::Scope::kTenants, .is_audited = true};
  // They show all tenants.
  if (path == "/metrics" || path == "/status" || path.starts_with("/status/"))
    return {.right = Right::kRead, .scope = AccessRequirement::Scope::kAll};
  return {.right = Right::kAdmin, .scope = AccessRequirement::Scope::kAll, .is_audited = true};
}

Status Guard::Check(const Identity& identity, const HttpHeaders& headers,
                    const AccessRequirement& requirement) const {
  const auto deny = [&](std::string_view what) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("identity \"{}\" lacks the {} right {}", identity.name,
                            RightName(*requirement.right), what));
  };
  if (!identity.HasRight(*requirement.right)) return deny("for this request");
  if (requirement.scope == AccessRequirement::Scope::kAny || identity.HasRight(Right::kAdmin))
    return {};
  if (requirement.scope == AccessRequirement::Scope::kAll)
    return identity.all_tenants ? Status() : deny("for all tenants");
  const auto tenants =
      ResolveTenants(options_.multitenancy, true, FindHeader(headers, kTenantHeader));
  if (!tenants) return {};  // the handler reports what is wrong with it
  const auto denied = std::ranges::find_if(
      *tenants, [&](const std::string& tenant) { return !identity.CanAccessTenant(tenant); });
  return denied == tenants->end() ? Status() : deny(fmt::format("for tenant \"{}\"", *denied));
}

void Guard::Authorize(const HttpHeaders& headers, const std::string& peer,
                      const AccessRequirement& requirement,
                      std::function<void(IdentityPointer)> allowed,
                      std::function<void(Error)> denied) const {
  if (options_.authenticator == nullptr || !requirement.right) return allowed(nullptr);
  options_.authenticator->Authenticate(headers, peer, [=, this](Result<IdentityPointer> identity) {
    if (!identity) return denied(std::move(identity).error());
    if (Status status = Check(**identity, headers, requirement); !status)
      return denied(std::move(status).error());
    allowed(*std::move(identity));
  });
}

AuditEntry Guard::EntryOf(const HttpHeaders& headers, const std::string& peer) const {
  const std::string_view tenant =
      options_.multitenancy ? FindHeader(headers, kTenantHeader) : kSingleTenant;
  return {.tenant = std::string(tenant), .peer = peer};
}

// The handlers know the standard header only.
void Guard::NormalizeTenantHeader(HttpHeaders& headers) const {
  if (options_.tenant_header == kTenantHeader) return;
  std::erase_if(headers, [](const auto& header) { return header.first == kTenantHeader; });
  for (auto& [name, value] : headers) {
    if (name == options_.tenant_header) name = kTenantHeader;
  }
}

HttpHandler Guard::Wrap(
    HttpHandler handler,
    std::function<AccessRequirement(const HttpRequest& request)> requirement_for) const {
  if (is_passthrough()) return handler;
  return [this, handler = std::move(handler), requirement_for = std::move(requirement_for)](
             HttpRequest request, HttpResponder respond) {
    const AccessRequirement requirement = requirement_for(request);
    NormalizeTenantHeader(request.headers);
    auto entry = std::make_shared<AuditEntry>();
    if (options_.audit != nullptr && requirement.is_audited) {
      *entry = EntryOf(request.headers, request.peer);
      entry->method = request.method;
      entry->route = request.path;
      entry->query = request.query;
      respond = [this, entry, begin = Clock::now(),
                 respond = std::move(respond)](HttpResponse response) {
        entry->status = response.status;
        entry->bytes = response.body.size();
        entry->seconds = Since(begin);
        options_.audit->Write(*entry);
        respond(std::move(response));
      };
    }
    const auto held = std::make_shared<HttpRequest>(std::move(request));
    Authorize(
        held->headers, held->peer, requirement,
        [=](const IdentityPointer& identity) {
          if (identity != nullptr) entry->who = identity->name;
          handler(std::move(*held), respond);
        },
        [=](const Error& error) { respond(Refusal(error)); });
  };
}

RpcHandler Guard::Wrap(RpcHandler handler, const AccessRequirement& requirement) const {
  if (is_passthrough()) return handler;
  return
      [this, handler = std::move(handler), requirement](RpcRequest request, RpcResponder respond) {
        NormalizeTenantHeader(request.metadata);
        const auto held = std::make_shared<RpcRequest>(std::move(request));
        Authorize(
            held->metadata, held->peer, requirement,
            [=](const IdentityPointer&) { handler(std::move(*held), respond); },
            [=](Error error) { respond(RpcResponse{.error = std::move(error)}); });
      };
}

StreamHandler Guard::Wrap(StreamHandler handler, const AccessRequirement& requirement) const {
  if (is_passthrough()) return handler;
  return [this, handler = std::move(handler), requirement](RpcRequest request,
                                                           std::shared_ptr<RpcStream> stream) {
    NormalizeTenantHeader(request.metadata);
    const auto held = std::make_shared<RpcRequest>(std::move(request));
    const auto open = [this, held, requirement](
                          const std::shared_ptr<RpcStream>& to,
                          const std::string& who) -> std::shared_ptr<RpcStream> {
      if (options_.audit == nullptr || !requirement.is_audited) return to;
      AuditEntry entry = EntryOf(held->metadata, held->peer);
      entry.who = who;
      entry.method = "RPC";
      entry.route = held->method;
      return std::make_shared<AuditedStream>(to, *options_.audit, std::move(entry));
    };
    Authorize(
        held->metadata, held->peer, requirement,
        [=](const IdentityPointer& identity) {
          const auto audited = open(stream, identity == nullptr ? std::string() : identity->name);
          handler(std::move(*held), audited);
        },
        [=](Error error) {
          open(stream, {})
              ->Finish({.error = std::move(error), .message = {}, .status_details = {}});
        });
  };
}

}  // namespace vivace
