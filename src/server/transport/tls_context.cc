#include "server/transport/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstring>
#include <string>

#include "base/ascii.h"
#include "base/log.h"

namespace vivace {
namespace {

// Instead of a passphrase an error: OpenSSL would ask for it on the terminal, and everything that
// needs the certificate would wait.
int RefusePassphrase(char*, int, int, void*) { return -1; }

// What a file has failed with in the system's words, else OpenSSL's.
std::string ReasonOf(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code))
    return ToLowerAscii(std::string_view(std::strerror(ERR_GET_REASON(code))));
  if (ERR_GET_REASON(code) == ERR_R_UNSUPPORTED) return "in no format that can be read";
  if (ERR_GET_REASON(code) == ERR_R_INTERRUPTED_OR_CANCELLED)  // by RefusePassphrase
    return "the key is encrypted, and nobody can be asked for its passphrase";
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

std::unexpected<Error> OpenSslError(const std::string& what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  return Fail(ErrorCode::kInvalidArgument, "tls: " + what + ": " + ReasonOf(code));
}

int VersionNumber(TlsVersion version) {
  switch (version) {
    case TlsVersion::k10:
      return TLS1_VERSION;
    case TlsVersion::k11:
      return TLS1_1_VERSION;
    case TlsVersion::k12:
      return TLS1_2_VERSION;
    case TlsVersion::k13:
      break;
  }
  return TLS1_3_VERSION;
}

// Suites of TLS 1.2 and below by the names that IANA has for them.
Status SetCipherSuites(SSL_CTX* context, const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (name.starts_with("TLS_AES_") || name.starts_with("TLS_CHACHA20_POLY1305_SHA256"))
      continue;  // of TLS 1.3, as in Go always there
    const char* known = OPENSSL_cipher_name(name.c_str());
    if (known == nullptr || std::string_view(known) == "(NONE)")
      return Fail(ErrorCode::kInvalidArgument, "tls: unknown cipher suite " + name);
    list += (list.empty() ? "" : ":") + std::string(known);
  }
  if (!list.empty() && SSL_CTX_set_cipher_list(context, list.c_str()) != 1)
    return OpenSslError("cipher suites");
  return {};
}

int VerifyMode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::kNone:
      return SSL_VERIFY_NONE;
    case ClientAuth::kRequest:
    case ClientAuth::kVerifyIfGiven:
      return SSL_VERIFY_PEER;
    case ClientAuth::kRequireAny:
    case ClientAuth::kRequireAndVerify:
      break;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

bool VerifiesChain(ClientAuth auth) {
  return auth == ClientAuth::kVerifyIfGiven || auth == ClientAuth::kRequireAndVerify;
}

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char kOffered[] = "\x02h2\x08http/1.1";
  auto* chosen = const_cast<unsigned char*>(*out);
  if (SSL_select_next_proto(&chosen, out_size, kOffered, sizeof(kOffered) - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePointer = std::unique_ptr<X509, decltype(&X509_free)>;

BioPointer OpenPem(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

// All certificates of a text, at least one.
Result<std::vector<CertificatePointer>> ReadCertificates(const std::string& pem,
                                                         const std::string& name) {
  const BioPointer text = OpenPem(pem);
  std::vector<CertificatePointer> certificates;
  while (X509* certificate = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr))
    certificates.emplace_back(certificate, X509_free);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (certificates.empty() || !at_end) return OpenSslError(name);
  ERR_clear_error();
  return certificates;
}

Status UseCertificate(SSL_CTX* context, const TlsOptions& options) {
  if (options.cert_pem.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) == 1) return {};
    return OpenSslError("cert_file " + options.cert_file);
  }
  VIVACE_ASSIGN(auto certificates, ReadCertificates(options.cert_pem, "inline certificate"));
  if (SSL_CTX_use_certificate(context, certificates[0].get()) != 1)
    return OpenSslError("inline certificate");
  for (size_t i = 1; i < certificates.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, certificates[i].get()) != 1)
      return OpenSslError("inline certificate");
  }
  return {};
}

// After the certificate, with which it must match.
Status UseKey(SSL_CTX* context, const TlsOptions& options) {
  const std::string name = options.key_pem.empty() ? "key_file " + options.key_file : "inline key";
  SSL_CTX_set_default_passwd_cb(context, RefusePassphrase);
  if (options.key_pem.empty()) {
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
      return OpenSslError(name);
  } else {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(OpenPem(options.key_pem).get(), nullptr, RefusePassphrase, nullptr),
        EVP_PKEY_free);
    if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return OpenSslError(name);
  }
  if (SSL_CTX_check_private_key(context) != 1) return OpenSslError(name);
  return {};
}

Status UseClientCa(SSL_CTX* context, const TlsOptions& options) {
  if (options.client_ca_pem.empty()) {
    if (SSL_CTX_load_verify_file(context, options.client_ca_file.c_str()) != 1)
      return OpenSslError("client_ca_file " + options.client_ca_file);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca_file.c_str()));
    return {};
  }
  VIVACE_ASSIGN(const auto certificates,
                ReadCertificates(options.client_ca_pem, "inline client CA"));
  for (const CertificatePointer& certificate : certificates) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1 ||
        SSL_CTX_add_client_CA(context, certificate.get()) != 1)
      return OpenSslError("inline client CA");
  }
  return {};
}

Status LoadClientAuth(SSL_CTX* context, const TlsOptions& options) {
  SSL_CTX_set_verify(context, VerifyMode(options.client_auth), nullptr);
  if (options.client_auth == ClientAuth::kRequest ||
      options.client_auth == ClientAuth::kRequireAny) {
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  }
  if (!options.client_ca_file.empty() || !options.client_ca_pem.empty())
    return UseClientCa(context, options);
  if (VerifiesChain(options.client_auth))
    return Fail(ErrorCode::kInvalidArgument, "tls: client certificates need client_ca_file");
  return {};
}

}  // namespace

Result<TlsContext> TlsContext::Load(const TlsOptions& options) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return OpenSslError("context");
  SSL_CTX_set_min_proto_version(context.get(), VersionNumber(options.min_version));
  SSL_CTX_set_max_proto_version(context.get(), VersionNumber(options.max_version));
  VIVACE_TRY(SetCipherSuites(context.get(), options.cipher_suites));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  static constexpr unsigned char kSessionId[] = "vivace";
  SSL_CTX_set_session_id_context(context.get(), kSessionId, sizeof(kSessionId) - 1);
  VIVACE_TRY(UseCertificate(context.get(), options));
  VIVACE_TRY(UseKey(context.get(), options));
  VIVACE_TRY(LoadClientAuth(context.get(), options));
  SSL_CTX_set_alpn_select_cb(context.get(), ChooseProtocol, nullptr);
  return TlsContext(context);
}

TlsFiles::Stamp TlsFiles::StampOf(const TlsOptions& options) {
  Stamp stamp;
  for (const std::string* path : {&options.cert_file, &options.key_file, &options.client_ca_file}) {
    struct stat file = {};
    if (!path->empty() && ::stat(path->c_str(), &file) != 0) file = {};
    stamp.emplace_back(file.st_mtim.tv_sec * int64_t{1'000'000'000} + file.st_mtim.tv_nsec,
                       static_cast<int64_t>(file.st_ino) ^ static_cast<int64_t>(file.st_size)
                                                               << 40);
  }
  return stamp;
}

Result<TlsFiles> TlsFiles::Open(TlsOptions options) {
  Stamp stamp = StampOf(options);
  VIVACE_ASSIGN(TlsContext context, TlsContext::Load(options));
  return TlsFiles(std::move(options), std::move(context), std::move(stamp));
}

const TlsContext& TlsFiles::Current() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_check_) return context_;
  next_check_ = now + options_.reload_interval;
  Stamp stamp = StampOf(options_);
  if (stamp == stamp_) return context_;
  stamp_ = std::move(stamp);
  Result<TlsContext> context = TlsContext::Load(options_);
  if (context) {
    context_ = *std::move(context);
    LogInfo("certificate reloaded", {{"file", options_.cert_file}});
  } else {
    LogError("certificate reload failed, keeping the old one", {{"err", context.error().message}});
  }
  return context_;
}

}  // namespace vivace
