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

Refusal RefusalOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kPermissionDenied:
      return Refusal::kRights;
    case ErrorCode::kResourceExhausted:
      return Refusal::kLimited;
    default:
      return Refusal::kCredentials;
  }
}

HttpResponse RefusalResponse(const Error& error) {
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

const char* RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kCredentials:
      return "credentials";
    case Refusal::kRights:
      return "rights";
    case Refusal::kLimited:
      return "limited";
  }
  return "";
}

// Wrong credentials are audited also where nothing can be read.
void Guard::Report(const AccessRequirement& requirement, const AuditEntry& entry,
                   const Error& error) const {
  const std::string& client = entry.client.empty() ? entry.peer : entry.client;
  refusals_.Report(client, fmt::format("{} {} as \"{}\": {}", entry.method, entry.route, entry.who,
                                       error.message));
  if (options_.on_refused) options_.on_refused(RefusalOf(error.code));
  if (options_.audit != nullptr && requirement.right != Right::kWrite) options_.audit->Write(entry);
}

Status Guard::Check(const Identity& identity, std::string_view tenant_header,
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
  const auto tenants = ResolveTenants(options_.multitenancy, true, tenant_header);
  if (!tenants) return {};  // the handler reports what is wrong with it
  const auto denied = std::ranges::find_if(
      *tenants, [&](const std::string& tenant) { return !identity.CanAccessTenant(tenant); });
  return denied == tenants->end() ? Status() : deny(fmt::format("for tenant \"{}\"", *denied));
}

// The identity may be found out later, when the head is no longer there.
void Guard::Authorize(const HttpHeaders& headers, const std::string& peer,
                      const AccessRequirement& requirement, Decision decide) const {
  if (!CanRefuse(requirement)) return decide(nullptr, {});
  options_.authenticator->Authenticate(
      headers, peer,
      [this, tenant_header = std::string(FindHeader(headers, kTenantHeader)), requirement,
       decide = std::move(decide)](Result<IdentityPointer> identity) {
        if (!identity) return decide(nullptr, std::unexpected(std::move(identity).error()));
        decide(*identity, Check(**identity, tenant_header, requirement));
      });
}

// Until somebody is let in, `who` is the name that the credentials claim.
AuditEntry Guard::EntryOf(const HttpHeaders& headers, const std::string& peer) const {
  const std::string_view tenant =
      options_.multitenancy ? FindHeader(headers, kTenantHeader) : kSingleTenant;
  AuditEntry entry{.tenant = std::string(tenant), .peer = peer};
  if (options_.authenticator != nullptr) entry.who = ClaimedName(headers);
  if (options_.proxies.Contains(AddressOfPeer(peer)))
    entry.client = options_.proxies.ClientOf(headers, peer);
  return entry;
}

AuditEntry Guard::EntryOf(const HttpRequest& request) const {
  AuditEntry entry = EntryOf(request.headers, request.peer);
  entry.method = request.method;
  entry.route = request.path;
  entry.query = request.query;
  if (request.context && !request.context->who.empty()) entry.who = request.context->who;
  return entry;
}

AuditEntry Guard::EntryOf(const RpcRequest& request) const {
  AuditEntry entry = EntryOf(request.metadata, request.peer);
  entry.method = "RPC";
  entry.route = request.method;
  if (request.context && !request.context->who.empty()) entry.who = request.context->who;
  return entry;
}

// The handlers know the standard header only.
void Guard::NormalizeTenantHeader(HttpHeaders& headers) const {
  if (options_.tenant_header == kTenantHeader) return;
  std::erase_if(headers, [](const auto& header) { return header.first == kTenantHeader; });
  for (auto& [name, value] : headers) {
    if (name == options_.tenant_header) name = kTenantHeader;
  }
}

void Guard::Judge(HttpRequest& head, const AccessRequirement& requirement,
                  HttpVerdict verdict) const {
  if (is_passthrough()) return verdict(std::nullopt);
  NormalizeTenantHeader(head.headers);
  if (!head.context) head.context = std::make_shared<RequestContext>();
  AuditEntry entry = CanRefuse(requirement) ? EntryOf(head) : AuditEntry();
  Authorize(
      head.headers, head.peer, requirement,
      [this, requirement, context = head.context, entry = std::move(entry), begin = Clock::now(),
       verdict = std::move(verdict)](const IdentityPointer& who, const Status& allowed) mutable {
        if (who != nullptr) context->who = entry.who = who->name;
        if (allowed) return verdict(std::nullopt);
        HttpResponse refusal = RefusalResponse(allowed.error());
        entry.status = refusal.status;
        entry.bytes = refusal.body.size();
        entry.seconds = Since(begin);
        Report(requirement, entry, allowed.error());
        verdict(std::move(refusal));
      });
}

RpcJudge Guard::JudgeOf(const AccessRequirement& requirement) const {
  if (is_passthrough()) return nullptr;
  return [this, requirement](RpcRequest& head, RpcVerdict verdict) {
    NormalizeTenantHeader(head.metadata);
    head.context = std::make_shared<RequestContext>();
    AuditEntry entry = CanRefuse(requirement) ? EntryOf(head) : AuditEntry();
    Authorize(
        head.metadata, head.peer, requirement,
        [this, requirement, context = head.context, entry = std::move(entry), begin = Clock::now(),
         verdict = std::move(verdict)](const IdentityPointer& who, Status allowed) mutable {
          if (who != nullptr) context->who = entry.who = who->name;
          if (allowed) return verdict(std::nullopt);
          entry.status = static_cast<int>(allowed.error().code);
          entry.seconds = Since(begin);
          Report(requirement, entry, allowed.error());
          verdict(std::move(allowed).error());
        });
  };
}

HttpResponder Guard::Audited(const HttpRequest& request, const AccessRequirement& requirement,
                             HttpResponder respond) const {
  if (!Audits(requirement)) return respond;
  return [this, entry = EntryOf(request), begin = Clock::now(),
          respond = std::move(respond)](HttpResponse response) mutable {
    entry.status = response.status;
    entry.bytes = response.body.size();
    entry.seconds = Since(begin);
    options_.audit->Write(entry);
    respond(std::move(response));
  };
}

StreamHandler Guard::Audited(StreamHandler handler, const AccessRequirement& requirement,
                             QueryText query_of) const {
  if (!Audits(requirement)) return handler;
  return [this, handler = std::move(handler), query_of = std::move(query_of)](
             RpcRequest request, std::shared_ptr<RpcStream> stream) {
    AuditEntry entry = EntryOf(request);
    entry.query = query_of(request);
    handler(std::move(request),
            std::make_shared<AuditedStream>(std::move(stream), *options_.audit, std::move(entry)));
  };
}

HttpService Guard::Protect(HttpHandler handler, const AccessRequirement& requirement) const {
  if (is_passthrough()) return {.judge = nullptr, .handle = std::move(handler)};
  return {.judge = [this, requirement](
                       HttpRequest& head,
                       HttpVerdict verdict) { Judge(head, requirement, std::move(verdict)); },
          .handle =
              [this, requirement, handler = std::move(handler)](HttpRequest request,
                                                                HttpResponder respond) {
                respond = Audited(request, requirement, std::move(respond));
                handler(std::move(request), std::move(respond));
              }};
}

}  // namespace vivace
