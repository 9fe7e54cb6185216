#include "access/authenticator.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/base64.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "config/load.h"

namespace vivace {
namespace {

constexpr std::chrono::minutes kCacheTtl{10};
constexpr std::chrono::minutes kFailureWindow{1};
constexpr size_t kCacheEntriesMax = 10'000;
constexpr size_t kAddressesMax = 10'000;
constexpr size_t kPasswordQueueMax = 100;
// Of a name that wrong credentials give, as it is remembered: anybody can give any.
constexpr size_t kNameBytesMax = 100;

// What follows the scheme, which is compared without regard to case.
std::optional<std::string_view> StripScheme(std::string_view scheme, std::string_view header) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
  for (size_t i = 0; i < scheme.size(); ++i) {
    if ((header[i] | 0x20) != scheme[i]) return std::nullopt;
  }
  return header.substr(header.find_first_not_of(' ', scheme.size()) == std::string_view::npos
                           ? header.size()
                           : header.find_first_not_of(' ', scheme.size()));
}

// The credentials of HTTP Basic, "name:password". Nothing where the header is something else,
// INVALID_ARGUMENT where they are malformed.
std::optional<Result<std::string>> BasicCredentials(std::string_view header) {
  const auto basic = StripScheme("basic", header);
  if (!basic) return std::nullopt;
  return FromBase64(*basic);
}

std::string_view NameOf(std::string_view credentials) {
  return credentials.substr(0, credentials.find(':'));
}

}  // namespace

std::string ClaimedName(const HttpHeaders& headers) {
  const auto credentials = BasicCredentials(FindHeader(headers, "authorization"));
  return credentials && *credentials ? std::string(NameOf(**credentials)) : "";
}

size_t Authenticator::KeyHash::operator()(const Key& key) const {
  size_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  return hash;
}

Authenticator::Authenticator(std::string path, TrustedProxies proxies)
    : path_(std::move(path)),
      proxies_(std::move(proxies)),
      dummy_hash_(CredentialHash::Parse(HashPassword("nobody")).value()),
      password_pool_(std::make_unique<ThreadPool>("passwords", 1, kPasswordQueueMax)) {
  RAND_bytes(secret_.data(), static_cast<int>(secret_.size()));
}

Result<std::unique_ptr<Authenticator>> Authenticator::Start(std::string path,
                                                            Clock::duration reload_period,
                                                            TrustedProxies proxies) {
  std::unique_ptr<Authenticator> authenticator(
      new Authenticator(std::move(path), std::move(proxies)));
  VIVACE_TRY(authenticator->Reload());
  authenticator->reloader_ =
      std::thread([self = authenticator.get(), reload_period] { self->Run(reload_period); });
  return authenticator;
}

Authenticator::~Authenticator() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (reloader_.joinable()) reloader_.join();
  password_pool_.reset();
}

Status Authenticator::Reload() {
  VIVACE_ASSIGN(std::string text, ReadTextFile(path_));
  {
    const std::lock_guard lock(mutex_);
    if (identities_ != nullptr && text == content_) return {};
  }
  VIVACE_ASSIGN(Identities identities, Identities::Parse(text, path_));
  const std::lock_guard lock(mutex_);
  if (identities_ != nullptr) identities.LogDoubts();  // at the start its checks have done that
  identities_ = std::make_shared<const Identities>(std::move(identities));
  content_ = std::move(text);
  cache_.clear();
  LogInfo("access file loaded", {{"identities", std::to_string(identities_->size())}});
  return {};
}

void Authenticator::Run(Clock::duration period) {
  NameThread("access");
  std::string last_problem;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, period, [this] { return stopping_; })) return;
    }
    const Status status = Reload();
    const std::string problem = status ? std::string() : status.error().message;
    if (!problem.empty() && problem != last_problem)
      LogError("access file not reloaded, keeping the previous one", {{"err", problem}});
    last_problem = problem;
  }
}

std::shared_ptr<const Identities> Authenticator::Current() const {
  const std::lock_guard lock(mutex_);
  return identities_;
}

Authenticator::Key Authenticator::KeyOf(std::string_view header) const {
  Key key;
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(header.data()), header.size(), key.data(), &size);
  return key;
}

IdentityPointer Authenticator::FindCached(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto known = cache_.find(key);
  return known == cache_.end() || known->second.until < Clock::now() ? nullptr
                                                                     : known->second.identity;
}

void Authenticator::AddToCache(const Key& key, const IdentityPointer& identity,
                               const std::shared_ptr<const Identities>& checked_against) {
  const std::lock_guard lock(mutex_);
  if (checked_against != identities_) return;  // the file has changed since
  if (cache_.size() >= kCacheEntriesMax) cache_.clear();
  cache_[key] = {identity, Clock::now() + kCacheTtl};
}

Authenticator::Source Authenticator::SourceOf(const HttpHeaders& headers, const std::string& peer,
                                              std::string_view name) const {
  Source source{.client = proxies_.ClientOf(headers, peer), .name_at_client = {}};
  if (proxies_.Contains(AddressOfPeer(peer)))
    source.name_at_client = fmt::format("{} {}", source.client, name.substr(0, kNameBytesMax));
  return source;
}

bool Authenticator::HasFailed(const std::string& who, int times) {
  const auto known = failures_.find(who);
  if (known == failures_.end()) return false;
  if (Clock::now() - known->second.since < kFailureWindow) return known->second.count >= times;
  failures_.erase(known);
  return false;
}

bool Authenticator::IsBlocked(const Source& source) {
  const std::lock_guard lock(mutex_);
  if (source.name_at_client.empty()) return HasFailed(source.client, kFailuresMax);
  return HasFailed(source.name_at_client, kFailuresMax) ||
         HasFailed(source.client, kFailuresOfClientMax);
}

void Authenticator::RecordFailure(const Source& source) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (failures_.size() >= kAddressesMax)
    erase_if(failures_,
             [&](const auto& entry) { return now - entry.second.since >= kFailureWindow; });
  for (const std::string* who : {&source.client, &source.name_at_client}) {
    if (who->empty()) continue;
    if (failures_.size() >= kAddressesMax && !failures_.contains(*who)) failures_.clear();
    Failures& failures = failures_[*who];
    if (failures.count++ == 0) failures.since = now;
  }
}

void Authenticator::Complete(IdentityPointer identity, const Key& key,
                             const std::shared_ptr<const Identities>& checked_against,
                             const Source& source, const Done& done) {
  if (identity == nullptr) {
    RecordFailure(source);
    return done(vivace::Fail(ErrorCode::kUnauthenticated, "invalid credentials"));
  }
  AddToCache(key, identity, checked_against);
  done(std::move(identity));
}

void Authenticator::Authenticate(const HttpHeaders& headers, const std::string& peer, Done done) {
  const std::string_view header = FindHeader(headers, "authorization");
  if (header.empty())
    return done(vivace::Fail(ErrorCode::kUnauthenticated, "credentials are required"));
  const Key key = KeyOf(header);
  if (IdentityPointer known = FindCached(key)) return done(std::move(known));
  const auto basic = BasicCredentials(header);
  const bool is_readable = basic && *basic;
  Source source = SourceOf(headers, peer, is_readable ? NameOf(**basic) : std::string_view());
  if (IsBlocked(source))
    return done(vivace::Fail(ErrorCode::kResourceExhausted,
                             "too many invalid credentials, try again in a minute"));
  if (const auto token = StripScheme("bearer", header)) {
    const auto identities = Current();
    return Complete(identities->FindByToken(*token), key, identities, source, done);
  }
  if (!is_readable) {
    RecordFailure(source);
    return done(vivace::Fail(ErrorCode::kUnauthenticated,
                             "the Authorization header is neither Basic nor Bearer"));
  }
  CheckPassword(**basic, key, std::move(source), std::move(done));
}

void Authenticator::CheckPassword(std::string credentials, const Key& key, Source source,
                                  Done done) {
  auto job = [this, credentials = std::move(credentials), key, source = std::move(source), done] {
    const size_t colon = std::min(credentials.find(':'), credentials.size());
    const auto identities = Current();
    IdentityPointer identity = identities->FindByName(NameOf(credentials));
    const CredentialHash& hash =
        identity != nullptr && identity->password ? *identity->password : dummy_hash_;
    const bool matches =
        hash.Matches(std::string_view(credentials).substr(std::min(colon + 1, credentials.size())));
    if (!matches || identity == nullptr || !identity->password) identity = nullptr;
    Complete(std::move(identity), key, identities, source, done);
  };
  if (!password_pool_->Post(std::move(job)))
    done(vivace::Fail(ErrorCode::kResourceExhausted,
                      "too many passwords are waiting to be checked"));
}

}  // namespace vivace
